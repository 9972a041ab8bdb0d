import { fromBinary } from '@bufbuild/protobuf'
import { fromTaskError, isTerminalPhase, literalToJson, rootActionName, type TaskFailure } from '@tern/core'
import type { NamedLiteral } from '@tern/idl/task'
import { TaskErrorSchema } from '@tern/idl/worker'
import type { ActionKey } from '../../engine/model.ts'
import type { ActionRow, ActionSummary } from '../../store/actions-repository.ts'
import type { ApiDomain } from '../domain.ts'
import { type HttpRequest, type HttpResponse, pathOf } from '../transport/http-message.ts'
import type { Html } from './html.ts'
import { type ActionLine, contentSecurityPolicy, renderMissing, renderRunPage, type RunPage } from './run-page.ts'

const runPath = /^\/v2\/domain\/([^/]+)\/project\/([^/]+)\/runs\/([^/]+)\/?$/
const shownActions = 200

/** The pages at the addresses that clients print. */
export class Pages {
  readonly #domain: ApiDomain

  constructor(domain: ApiDomain) {
    this.#domain = domain
  }

  /** False for a path that is none of a page. */
  handle(request: HttpRequest, response: HttpResponse): boolean {
    const match = runPath.exec(pathOf(request))
    if (match === null) return false
    const [, domain = '', project = '', run = ''] = match.map(decodeURIComponent)
    this.#answer({ project, domain, run, action: rootActionName }, response).catch((error: unknown) => {
      this.#domain.logger.error({ err: error, run }, 'the page of a run failed')
      send(response, 500, renderMissing('The page could not be made; the log of the server says why.'))
    })
    return true
  }

  async #answer(key: ActionKey, response: HttpResponse): Promise<void> {
    const root = await this.#domain.repositories.actions.find(key)
    if (root === undefined) {
      const { run, project, domain } = key
      send(response, 404, renderMissing(`There is no run ${run} in project ${project}, domain ${domain}.`))
    } else {
      send(response, 200, renderRunPage(await this.#load(key, root)))
    }
  }

  async #load(key: ActionKey, root: ActionRow): Promise<RunPage> {
    const { repositories, actionData, clock } = this.#domain
    const now = clock.now()
    const [inputs, outputs, actions, totalActions] = await Promise.all([
      actionData.inputs(root),
      actionData.outputs(root),
      repositories.actions.summariesAfter(root.runId, -1, shownActions),
      repositories.actions.count(root.runId),
    ])
    return {
      project: key.project,
      domain: key.domain,
      name: key.run,
      task: root.spec.taskName,
      phase: root.phase,
      isFinal: isTerminalPhase(root.phase),
      startedAt: new Date(root.createdAt),
      durationMs: durationOf(root, now),
      error: errorOf(root),
      inputs: toJson(inputs?.literals),
      outputs: toJson(outputs?.literals),
      actions: actions.map((action) => toLine(action, now)),
      totalActions,
    }
  }
}

function toLine(action: ActionSummary, now: number): ActionLine {
  return {
    name: action.name,
    task: action.spec.taskName,
    parent: action.parent ?? '',
    phase: action.phase,
    attempts: action.attempt,
    durationMs: durationOf(action, now),
  }
}

function durationOf(action: ActionSummary, now: number): number {
  return Math.max(0, (action.endedAt ?? now) - action.createdAt)
}

function errorOf(action: ActionRow): RunPage['error'] {
  if (action.abortReason !== null) return { message: `Aborted: ${action.abortReason}`, detail: '' }
  if (action.error === null || !isTerminalPhase(action.phase)) return undefined
  const failure: TaskFailure = fromTaskError(fromBinary(TaskErrorSchema, action.error))
  return { message: `${failure.code}: ${failure.message}`, detail: failure.stack ?? '' }
}

function toJson(literals: ReadonlyArray<NamedLiteral> | undefined): string {
  if (literals === undefined || literals.length === 0) return ''
  const values = literals.map(({ name, value }) => [name, value === undefined ? null : literalToJson(value)])
  return JSON.stringify(Object.fromEntries(values), null, 2)
}

function send(response: HttpResponse, status: number, page: Html): void {
  if (response.headersSent) return
  response.statusCode = status
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.setHeader('content-security-policy', contentSecurityPolicy)
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', 'no-store')
  response.end(page.text)
}

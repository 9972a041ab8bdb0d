import { FailedPreconditionError, isSuccessPhase, NotFoundError, toTimestamp } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { type NodeStatusView, workflowTaskType } from '@tern/core/workflow'
import { type GetGraphResponse, type NodeStatus, NodePhase } from '@tern/idl/graph'
import { inputsFileIn, outputsFileIn } from '../data/run-files.ts'
import { detachedRunName } from '../engine/detached-run.ts'
import type { ActionKey, RunKey } from '../engine/model.ts'
import { runningSince } from './running-since.ts'
import type { ActionRow, ActionsRepository } from '../store/actions-repository.ts'
import type { TaskKey } from '../store/tasks-repository.ts'
import type { Tasks } from '../tasks/tasks.ts'
import { handlerRuns } from './handler-runs.ts'
import { launchedAs } from './launch-plan-task.ts'
import { NodeTasks } from './node-tasks.ts'
import { toNodePhase } from './node-phases.ts'
import type { ParsedWorkflows } from './parsed-workflows.ts'
import { failureOfRow } from './row-failure.ts'
import { type Walk, walkAgain } from './walk-again.ts'

export interface WorkflowGraphsParts {
  readonly tasks: Pick<Tasks, 'get'>
  readonly actions: Pick<ActionsRepository, 'find' | 'findSpec' | 'childrenAfter'>
  readonly workflows: ParsedWorkflows
  readonly storage: Pick<Storage, 'read'>
  /** Of inputs and outputs in storage. */
  readonly maxBytes: number
  readonly org: string
}

// Rows come with their outputs.
const rowsPerQuery = 500

/** Graphs of workflows, and what became of their nodes. */
export class WorkflowGraphs {
  readonly #parts: WorkflowGraphsParts
  readonly #tasks = new NodeTasks()

  constructor(parts: WorkflowGraphsParts) {
    this.#parts = parts
  }

  /** Throws NotFoundError for a task that is not deployed, FailedPreconditionError for one that is no workflow. */
  async ofTask(key: TaskKey): Promise<GetGraphResponse> {
    const { spec } = await this.#parts.tasks.get(key)
    if (spec.taskTemplate?.type !== workflowTaskType) throw noWorkflow(`task ${key.name}`)
    return toResponse({ workflow: this.#parts.workflows.ofTemplate(spec.taskTemplate) })
  }

  /** Throws NotFoundError for an action that there is not, FailedPreconditionError for one of another task. */
  async ofAction(key: ActionKey, { withoutWorkflow = false } = {}): Promise<GetGraphResponse> {
    const { actions, workflows, storage, maxBytes } = this.#parts
    const action = await actions.find(key)
    if (action === undefined) {
      throw new NotFoundError(`action ${key.action} of run ${key.run} does not exist in ${key.project}/${key.domain}`)
    }
    const bytes = (await actions.findSpec(action.specDigest)) ?? new Uint8Array()
    if (action.spec.taskType !== workflowTaskType) throw noWorkflow(`action ${key.action} of run ${key.run}`)
    const workflow = workflows.of({ digest: action.specDigest, bytes })
    const inputs = action.inputs ?? (await storage.read(inputsFileIn(action.inputsUri ?? ''), { maxBytes }))
    const walk = await walkAgain({
      workflow,
      inputs,
      parent: { run: key, action: key.action },
      startedAt: runningSince(action) ?? action.createdAt,
      endedAt: action.endedAt,
      children: await this.#childrenOf(action),
      tasks: this.#tasks,
      readStored: (uri) => storage.read(uri, { maxBytes }),
      readOutputs: async ({ outputs, outputsUri }) =>
        outputs ?? (outputsUri === null ? new Uint8Array() : storage.read(outputsFileIn(outputsUri), { maxBytes })),
    })
    const views = [...walk.execution.statuses()]
    const handlers = await this.#handlerRuns(walk, action, key)
    const called = new Set(handlers.map(({ path }) => path))
    return toResponse({
      ...(!withoutWorkflow && { workflow }),
      nodes: [
        ...views.flatMap((view) => (called.has(view.path) ? [] : (this.#statusOf(view, walk, action, key) ?? []))),
        ...handlers,
      ],
      made: views.flatMap(({ path, made }) =>
        made === null ? [] : [{ $typeName: 'tern.workflow.v1.MadeGraph' as const, path, workflow: made }],
      ),
    })
  }

  async #childrenOf({ runId, seq }: ActionRow): Promise<ReadonlyArray<ActionRow>> {
    const children: ActionRow[] = []
    for (let after = -1; ; ) {
      const page = await this.#parts.actions.childrenAfter(runId, seq, after, rowsPerQuery)
      for (const row of page) children.push({ ...row, inputs: null })
      if (page.length < rowsPerQuery) return children
      after = page.at(-1)!.seq
    }
  }

  async #handlerRuns(walk: Walk, workflow: ActionRow, run: RunKey): Promise<ReadonlyArray<NodeStatus>> {
    const { actions, org } = this.#parts
    if (workflow.endedAt === null || isSuccessPhase(workflow.phase)) return []
    const handlers = walk.execution.handlersOnAbort(failureOfRow(workflow))
    return handlerRuns({ run, workflow, handlers, tasks: this.#tasks, actions, org })
  }

  /** Undefined for a node that was not reached after all: its workflow ended before it was. */
  #statusOf(
    view: NodeStatusView,
    { actions, effects }: Walk,
    workflow: ActionRow,
    key: RunKey,
  ): NodeStatus | undefined {
    const own = view.key === '' ? undefined : actions.get(view.key)
    const hasEnded = workflow.endedAt !== null
    const phase = toNodePhase(view, own, hasEnded)
    if (phase === NodePhase.UNSPECIFIED) return undefined
    const startedAt = own === undefined ? view.startedAt : (runningSince(own) ?? 0)
    // A dynamic node goes on when what made its graph has ended.
    const endedAt = own !== undefined && view.made === null ? (own.endedAt ?? 0) : view.endedAt
    const endOfAll = hasEnded && phase !== NodePhase.RUNNING ? (workflow.endedAt ?? 0) : 0
    const failed = own !== undefined && own.endedAt !== null && phase === NodePhase.FAILED ? failureOfRow(own) : null
    return {
      $typeName: 'tern.workflow.v1.NodeStatus',
      path: view.path,
      phase,
      action: own?.name ?? '',
      error: (view.failure ?? failed)?.message ?? '',
      taken: view.taken,
      ...times(startedAt, endedAt || (startedAt === 0 ? 0 : endOfAll)),
      ...(view.map !== null && {
        map: {
          $typeName: 'tern.workflow.v1.MapProgress',
          total: view.map.total,
          started: startedItems(view.path, view.map.started, actions),
          succeeded: view.map.succeeded,
          failed: view.map.failed,
        },
      }),
      ...(own !== undefined && this.#runOf(view, own, effects, key)),
    }
  }

  /** The run that a node's action has started. */
  #runOf({ key }: NodeStatusView, own: ActionRow, effects: Walk['effects'], run: RunKey): Pick<NodeStatus, 'run'> {
    const what = effects.get(key)?.what
    const entity = what?.kind === 'call' ? what.workflow.entities[what.entity]?.kind : undefined
    if (entity?.case !== 'launchPlan' || runningSince(own) === null) return {}
    return {
      run: {
        $typeName: 'flyteidl2.common.RunIdentifier',
        org: this.#parts.org,
        project: entity.value.project || run.project,
        domain: entity.value.domain || run.domain,
        name: detachedRunName(own.runId, launchedAs(own.name, own.attempt)),
      },
    }
  }
}

function startedItems(path: string, started: number, actions: Walk['actions']): number {
  let count = 0
  for (let index = 0; index < started; index++) if (actions.has(`${path}[${index}]`)) count++
  return count
}

function times(startedAt: number, endedAt: number): Pick<NodeStatus, 'startedAt' | 'endedAt'> {
  return {
    ...(startedAt > 0 && { startedAt: toTimestamp(startedAt) }),
    ...(endedAt > 0 && { endedAt: toTimestamp(endedAt) }),
  }
}

function toResponse(parts: Partial<Omit<GetGraphResponse, '$typeName'>>): GetGraphResponse {
  return { $typeName: 'tern.workflow.v1.GetGraphResponse', nodes: [], made: [], ...parts }
}

function noWorkflow(what: string): FailedPreconditionError {
  return new FailedPreconditionError(`${what} is no workflow: it has no graph`)
}

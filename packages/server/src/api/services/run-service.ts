import { fromBinary } from '@bufbuild/protobuf'
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import { RunSpecSchema } from '@tern/idl/task'
import type { ListRunsRequest, RunDetails, RunService, WatchRunsRequest } from '@tern/idl/workflow'
import type { ActionKey, RunKey } from '../../engine/model.ts'
import { toIdentityBytes } from '../../identity/caller.ts'
import { parseActionFilter } from '../../runs/action-filter.ts'
import { rootOf } from '../../runs/runs.ts'
import { readAction, watchAction } from '../../runs/watch-action.ts'
import { watchActions } from '../../runs/watch-actions.ts'
import { watchRuns } from '../../runs/watch-runs.ts'
import type { ActionRow } from '../../store/actions-repository.ts'
import type { RunScope, RunSummary } from '../../store/runs-repository.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { toActionDetails } from '../wire/action-details.ts'
import { toAction, toRun } from '../wire/action-message.ts'
import {
  actionNotFound,
  fromActionIdentifier,
  fromProjectIdentifier,
  fromRunIdentifier,
  runNotFound,
} from '../wire/identifiers.ts'
import { listActionTimes } from './action-times.ts'
import { createEventMethods } from './cluster-events.ts'
import { createRunWatches } from './run-service-watches.ts'

/** Services are plain objects of methods: each reads, calls the domain, and answers. */
export function createRunService(domain: ApiDomain): Partial<ServiceImpl<typeof RunService>> {
  const { runs, repositories, engine, actionData, conditions, config } = domain
  const { org } = config

  async function findRun(key: RunKey): Promise<RunSummary> {
    const run = await repositories.runs.find(key)
    if (run === undefined) throw runNotFound(key)
    return run
  }

  async function findAction(key: ActionKey): Promise<{ run: RunSummary; action: ActionRow }> {
    const run = await repositories.runs.find(key)
    const action = run && (await repositories.actions.find(key))
    if (run === undefined || action === undefined) throw actionNotFound(key)
    return { run, action }
  }

  async function detailsOf(key: ActionKey) {
    const { run, action } = await findAction(key)
    const state = await readAction(repositories, action.runId, action.seq)
    if (state === undefined) throw actionNotFound(key)
    return { run, details: toActionDetails(org, { run, ...state }) }
  }

  async function* watchDetails(key: ActionKey, { signal }: HandlerContext) {
    const { run, action } = await findAction(key)
    const { runId, seq } = action
    const { actions, events, logs } = repositories
    const states = watchAction({ feed: engine.changes, actions, events, logs, runId, seq, signal })
    for await (const state of states) yield { run, state }
  }

  return {
    ...createEventMethods(domain),
    async createRun(request, context) {
      return { run: toRun(org, await runs.create(request, callerOf(context, config))) }
    },
    async abortRun({ runId, reason }, context) {
      await runs.abort(rootOf(fromRunIdentifier(runId)), reason, callerOf(context, config))
      return {}
    },
    async abortAction({ actionId, reason }, context) {
      await runs.abort(fromActionIdentifier(actionId), reason, callerOf(context, config))
      return {}
    },
    async signalEvent({ actionId, payload }, context) {
      const caller = callerOf(context, config)
      if (payload?.value.case === undefined) {
        throw new InvalidArgumentError('payload: value is required', { field: 'payload' })
      }
      const key = fromActionIdentifier(actionId)
      await conditions.signal(key, payload.value.value, 'payload', caller && toIdentityBytes(caller))
      return {}
    },
    async getRunDetails({ runId }) {
      const key = fromRunIdentifier(runId)
      await findRun(key)
      const { run, details } = await detailsOf(rootOf(key))
      return { details: toRunDetails(run, details) }
    },
    async *watchRunDetails({ runId }, context) {
      const key = fromRunIdentifier(runId)
      await findRun(key)
      for await (const { run, state } of watchDetails(rootOf(key), context)) {
        yield { details: toRunDetails(run, toActionDetails(org, { run, ...state })) }
      }
    },
    async getActionDetails({ actionId }) {
      return { details: (await detailsOf(fromActionIdentifier(actionId))).details }
    },
    async *watchActionDetails({ actionId }, context) {
      for await (const { run, state } of watchDetails(fromActionIdentifier(actionId), context)) {
        yield { details: toActionDetails(org, { run, ...state }) }
      }
    },
    // Clients ask DataProxyService today, which says where the data is, too.
    async getActionData({ actionId }) {
      const { action } = await findAction(fromActionIdentifier(actionId))
      const [inputs, outputs] = await Promise.all([actionData.inputs(action), actionData.outputs(action)])
      return { inputs: inputs ?? {}, outputs: outputs ?? {} }
    },
    async getActionDataURIs({ actionId }) {
      const { run, action } = await findAction(fromActionIdentifier(actionId))
      return actionData.uris(run.runBase, action)
    },
    async listRuns(request) {
      const page = await repositories.runs.list(toListScope(request), request.request)
      return { runs: page.items.map((run) => toRun(org, run)), token: page.token }
    },
    async *watchRuns(request, { signal }) {
      const scope = toWatchScope(request)
      const watched = watchRuns({ feed: engine.changes, runs: repositories.runs, scope, clock: domain.clock, signal })
      for await (const changed of watched) yield { runs: changed.map((run) => toRun(org, run)) }
    },
    async listActions({ runId, request }) {
      const run = await repositories.runs.find(fromRunIdentifier(runId))
      if (run === undefined) return { actions: [], token: '' }
      const page = await repositories.actions.list(run.id, request)
      return { actions: page.items.map((action) => toAction(org, run, action)), token: page.token }
    },
    async *watchActions({ runId, filter }, { signal }) {
      const wanted = parseActionFilter(filter)
      const run = await findRun(fromRunIdentifier(runId))
      const watched = watchActions({
        feed: engine.changes,
        actions: repositories.actions,
        runId: run.id,
        filter: wanted,
        signal,
      })
      for await (const actions of watched) {
        yield {
          enrichedActions: actions.map(({ action, meetsFilter, phaseCounts }) => ({
            action: toAction(org, run, action),
            meetsFilter,
            childrenPhaseCounts: phaseCounts,
          })),
        }
      }
    },
    ...createRunWatches(domain),
    listActionTimes: listActionTimes(domain),
  }
}

function toRunDetails(run: RunSummary, action: ReturnType<typeof toActionDetails>): RunDetails {
  return {
    $typeName: 'flyteidl2.workflow.RunDetails',
    runSpec: fromBinary(RunSpecSchema, run.runSpec),
    action,
  }
}

function toListScope({ scopeBy, pausedActionsOnly }: ListRunsRequest): RunScope {
  return { ...listScope(scopeBy), ...(pausedActionsOnly ? { pausedActionsOnly } : {}) }
}

function listScope(scopeBy: ListRunsRequest['scopeBy']): RunScope {
  switch (scopeBy.case) {
    case 'projectId':
      return fromProjectIdentifier(scopeBy.value)
    case 'triggerName': {
      const { project, domain, name, taskName } = scopeBy.value
      return { project, domain, triggerName: name, triggerTaskName: taskName }
    }
    case 'taskName': {
      const { project, domain, name } = scopeBy.value
      return { taskProject: project, taskDomain: domain, taskName: name }
    }
    case 'taskId': {
      const { project, domain, name, version } = scopeBy.value
      return { taskProject: project, taskDomain: domain, taskName: name, taskVersion: version }
    }
    default:
      return {}
  }
}

/** There is one cluster, so that watching it is watching everything. */
function toWatchScope({ target }: WatchRunsRequest): RunScope {
  switch (target.case) {
    case 'projectId':
      return fromProjectIdentifier(target.value)
    case 'taskId': {
      const { project, domain, name, version } = target.value
      return { taskProject: project, taskDomain: domain, taskName: name, taskVersion: version }
    }
    case 'org':
    case 'clusterId':
      return {}
    default:
      throw new InvalidArgumentError('target: value is required', { field: 'target' })
  }
}

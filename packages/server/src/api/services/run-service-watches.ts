import type { ServiceImpl } from '@connectrpc/connect'
import { fromTimestamp, InvalidArgumentError } from '@tern/core'
import type { RunIdentifier } from '@tern/idl/common'
import type { RunService, WatchGroupsRequest, WatchWindowedActionsRequest } from '@tern/idl/workflow'
import { parseGroupView } from '../../runs/group-order.ts'
import { LiveIndexes } from '../../runs/live-index.ts'
import { type GroupNews, watchGroups } from '../../runs/watch-groups.ts'
import { watchWindow, WindowControl } from '../../runs/watch-window.ts'
import { fromSubscribe, fromUpdate } from '../../runs/window-request.ts'
import type { RunWindow } from '../../store/run-groups-repository.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier, fromRunIdentifier, runNotFound } from '../wire/identifiers.ts'
import { toTaskGroup, toVanishedGroup } from '../wire/task-group.ts'
import { toWindowMessage } from '../wire/window-message.ts'

/** Watches of RunService that show many runs or actions as something smaller: as groups, or through a window. */
export function createRunWatches(
  domain: ApiDomain,
): Pick<ServiceImpl<typeof RunService>, 'watchGroups' | 'watchWindowedActions' | 'watchWindow'> {
  const { repositories, engine, clock, config } = domain
  const { actions, actionNodes: nodes } = repositories
  const indexes = new LiveIndexes({ feed: engine.changes, nodes })

  async function* watch(runId: RunIdentifier | undefined, control: WindowControl, signal: AbortSignal) {
    const key = fromRunIdentifier(runId, 'subscribe.run_id')
    const run = await repositories.runs.find(key)
    if (run === undefined) throw runNotFound(key)
    const watched = watchWindow({ indexes, nodes, actions, runId: run.id, control, signal })
    for await (const window of watched) yield toWindowMessage(config.org, run, window)
  }

  return {
    async *watchGroups(request, { signal }) {
      const { runGroups } = repositories
      const view = parseGroupView(request.request, request.knownSortFields)
      const window = toRunWindow(request)
      const watched = watchGroups({ feed: engine.changes, groups: runGroups, window, view, clock, signal })
      for await (const news of watched) yield* toGroupMessages(news)
    },
    async *watchWindowedActions(requests, { signal }) {
      const messages = requests[Symbol.asyncIterator]()
      const first = (await messages.next()).value
      if (first?.msg.case !== 'subscribe') throw notSubscribed()
      const control = new WindowControl(fromSubscribe(first.msg.value, undefined), false)
      // A request that cannot be ends the stream, whatever there is to tell.
      const failed = new AbortController()
      const steering = steer(control, messages).catch((error: unknown) => failed.abort(error))
      yield* watch(first.msg.value.runId, control, AbortSignal.any([signal, failed.signal]))
      if (failed.signal.aborted && !signal.aborted) throw failed.signal.reason
      if (control.isFinal) await steering
    },
    async *watchWindow({ subscribe, anchorFlatIndex }, { signal }) {
      if (subscribe === undefined) throw notSubscribed()
      yield* watch(subscribe.runId, new WindowControl(fromSubscribe(subscribe, anchorFlatIndex), true), signal)
    },
  }
}

/** Moves the window as the client says, until it has said its last. */
async function steer(
  control: WindowControl,
  messages: AsyncIterator<WatchWindowedActionsRequest, unknown>,
): Promise<void> {
  for (;;) {
    const next = await messages.next()
    if (next.done === true) return control.finish()
    const { msg } = next.value
    if (msg.case !== 'updateWindow') {
      throw new InvalidArgumentError('msg: only the first message subscribes, each later one is an update_window', {
        field: 'msg',
      })
    }
    control.set(fromUpdate(msg.value, control.request))
  }
}

function notSubscribed(): InvalidArgumentError {
  return new InvalidArgumentError('subscribe: value is required, in the first message', { field: 'subscribe' })
}

const lastTime = Number.MAX_SAFE_INTEGER

function toRunWindow({ scopeBy, startDate, endDate, request }: WatchGroupsRequest): RunWindow {
  if (scopeBy.case === undefined) {
    throw new InvalidArgumentError('scope_by: value is required', { field: 'scope_by' })
  }
  return {
    ...fromProjectIdentifier(scopeBy.value),
    from: startDate === undefined ? 0 : fromTimestamp(startDate),
    to: endDate === undefined ? lastTime : fromTimestamp(endDate),
    filters: request?.filters ?? [],
  }
}

const groupsInMessage = 200

/** The sentinel stands in the last message of those that belong together. */
function* toGroupMessages({ changed, gone }: GroupNews) {
  const groups = [...changed.map(toTaskGroup), ...gone.map(toVanishedGroup)]
  for (let from = 0; from === 0 || from < groups.length; from += groupsInMessage) {
    const taskGroups = groups.slice(from, from + groupsInMessage)
    yield { taskGroups, sentinel: from + groupsInMessage >= groups.length }
  }
}

import type { ServiceImpl } from '@connectrpc/connect'
import { fromTimestamp, InvalidArgumentError } from '@tern/core'
import type { RunService, WatchGroupsRequest } from '@tern/idl/workflow'
import { parseGroupView } from '../../runs/group-order.ts'
import { type GroupNews, watchGroups } from '../../runs/watch-groups.ts'
import type { RunWindow } from '../../store/run-groups-repository.ts'
import type { ApiDomain } from '../domain.ts'
import { fromProjectIdentifier } from '../wire/identifiers.ts'
import { toTaskGroup, toVanishedGroup } from '../wire/task-group.ts'

/** Watches of RunService that show many runs or actions as something smaller: as groups, or through a window. */
export function createRunWatches(domain: ApiDomain): Pick<ServiceImpl<typeof RunService>, 'watchGroups'> {
  const { repositories, engine, clock } = domain
  return {
    async *watchGroups(request, { signal }) {
      const { runGroups } = repositories
      const view = parseGroupView(request.request, request.knownSortFields)
      const window = toRunWindow(request)
      const watched = watchGroups({ feed: engine.changes, groups: runGroups, window, view, clock, signal })
      for await (const news of watched) yield* toGroupMessages(news)
    },
  }
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

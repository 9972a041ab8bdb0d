import { InvalidArgumentError } from '@tern/core'
import { type ListRequest, type Sort, Sort_Direction } from '@tern/idl/common'
import type { WatchGroupsRequest_KnownSortField } from '@tern/idl/workflow'
import type { RunGroup } from './run-groups.ts'

/** Which groups of runs a watcher sees, and in which order. */
export interface GroupView {
  readonly order: (a: RunGroup, b: RunGroup) => number
  /** Infinity for all. */
  readonly limit: number
}

type Value = number | string | null

const values: Readonly<Record<string, (group: RunGroup) => Value>> = {
  task_name: ({ task }) => task,
  environment_name: ({ environmentName }) => environmentName,
  short_name: ({ shortName }) => shortName,
  total_runs: ({ runs }) => runs,
  created_at: ({ latestRunAt }) => latestRunAt,
  latest_run_time: ({ latestRunAt }) => latestRunAt,
  latest_finished_time: ({ latestEndAt }) => latestEndAt,
  average_failure_rate: ({ failureRate }) => failureRate,
  average_duration: ({ averageDurationMs }) => averageDurationMs,
  average_time_to_running: ({ averageTimeToRunningMs }) => averageTimeToRunningMs,
}

const maxLimit = 200

/**
 * Reads limit and order of a watch. The order is that of the latest run, newest first, unless the request names fields;
 * groups without a value come after the others when ascending.
 *
 * Throws InvalidArgumentError.
 */
export function parseGroupView(
  request: ListRequest | undefined,
  known: ReadonlyArray<WatchGroupsRequest_KnownSortField>,
): GroupView {
  if (request !== undefined && request.token !== '') {
    throw new InvalidArgumentError('token: a watch has no pages', { field: 'request.token' })
  }
  const limit = request?.limit ?? 0
  if (limit < 0 || limit > maxLimit) {
    throw new InvalidArgumentError(`limit ${limit} must be from 0 to ${maxLimit}; 0 is for all groups`, {
      field: 'request.limit',
    })
  }
  const sorts = sortsOf(request, known).map(({ key, direction }) => comparing(key, direction))
  const orders = [...sorts, comparing('latest_run_time', Sort_Direction.DESCENDING), comparing('task_name', ascending)]
  return {
    limit: limit === 0 ? Infinity : limit,
    order: (a, b) => orders.reduce((result, order) => result || order(a, b), 0),
  }
}

const ascending = Sort_Direction.ASCENDING

function sortsOf(
  request: ListRequest | undefined,
  known: ReadonlyArray<WatchGroupsRequest_KnownSortField>,
): ReadonlyArray<Pick<Sort, 'key' | 'direction'>> {
  const named = known.flatMap(({ sortBy }) =>
    sortBy.case === undefined ? [] : [{ key: 'created_at', direction: sortBy.value }],
  )
  if (named.length > 0) return named
  if (request !== undefined && request.sortByFields.length > 0) return request.sortByFields
  return request?.sortBy?.key ? [request.sortBy] : []
}

function comparing(key: string, direction: Sort_Direction): (a: RunGroup, b: RunGroup) => number {
  const valueOf = Object.hasOwn(values, key) ? values[key] : undefined
  if (valueOf === undefined) {
    throw new InvalidArgumentError(
      `cannot sort by ${JSON.stringify(key)}: the fields are ${Object.keys(values).join(', ')}`,
      { field: 'request.sort_by_fields' },
    )
  }
  const sign = direction === ascending ? 1 : -1
  return (a, b) => sign * compare(valueOf(a), valueOf(b))
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}

import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { QueueStatus, ResourceStatus, ServerStatus, WaitGroup, WorkerPoolStatus } from '@tern/idl/status'
import { msOf } from '../../model/times.ts'

/** What all servers of a database are busy with, together. */
export interface WholeStatus {
  readonly servers: ReadonlyArray<ServerStatus>
  readonly runs: number
  readonly busy: number
  readonly parents: number
  readonly waiting: number
  readonly resources: ReadonlyArray<Pick<ResourceStatus, 'name' | 'total' | 'used' | 'uses'>>
  readonly queues: ReadonlyArray<Queue>
  readonly pools: ReadonlyArray<{ readonly server: string; readonly pool: WorkerPoolStatus }>
  readonly waits: ReadonlyArray<Waits>
  readonly moreGroups: number
  readonly moreWaits: number
}

export interface Queue {
  readonly name: string
  /** Of all servers together; undefined for none. */
  readonly limit: number | undefined
  readonly priority: number
  readonly busy: number
  readonly waiting: number
}

/** Actions that wait for the same. */
export type Waits = Pick<WaitGroup, 'key' | 'reason' | 'subject' | 'count' | 'oldestAt' | 'actions'>

const mostUses = 5

/** Adds up what servers say. Each counts places and capacity for itself. */
export function mergeStatus(servers: ReadonlyArray<ServerStatus>): WholeStatus {
  const sum = (pick: (server: ServerStatus) => number) => servers.reduce((total, server) => total + pick(server), 0)
  return {
    servers,
    runs: sum(({ liveRuns }) => liveRuns),
    busy: sum(({ busyActions }) => busyActions),
    parents: sum(({ parentActions }) => parentActions),
    waiting: sum(({ waitingActions }) => waitingActions),
    resources: mergeBy(
      servers.flatMap(({ resources }) => resources),
      ({ name }) => name,
      mergeResources,
    ),
    queues: mergeBy(
      servers.flatMap(({ queues }) => queues.map(toQueue)),
      ({ name }) => name,
      mergeQueues,
    ),
    pools: servers.flatMap(({ url, pools }) => pools.map((pool) => ({ server: servers.length > 1 ? url : '', pool }))),
    waits: mergeBy(
      servers.flatMap(({ waits }) => waits),
      ({ key }): string => key,
      mergeWaits,
    ).toSorted((a, b) => b.count - a.count),
    moreGroups: sum(({ moreGroups }) => moreGroups),
    moreWaits: sum(({ moreWaits }) => moreWaits),
  }
}

function mergeBy<T>(items: ReadonlyArray<T>, keyOf: (item: T) => string, merge: (a: T, b: T) => T): ReadonlyArray<T> {
  const merged = new Map<string, T>()
  for (const item of items) {
    const before = merged.get(keyOf(item))
    merged.set(keyOf(item), before === undefined ? item : merge(before, item))
  }
  return [...merged.values()]
}

type Resource = WholeStatus['resources'][number]

function mergeResources(a: Resource, b: Resource): Resource {
  const uses = mergeBy(
    [...a.uses, ...b.uses],
    ({ taskName }) => taskName,
    (x, y) => ({ ...x, actions: x.actions + y.actions, amount: x.amount + y.amount }),
  )
  const largest = uses.toSorted((x, y) => y.amount - x.amount).slice(0, mostUses)
  return { name: a.name, total: a.total + b.total, used: a.used + b.used, uses: largest }
}

function toQueue({ name, limit, priority, busy, waiting }: QueueStatus): Queue {
  return { name, limit, priority, busy, waiting }
}

function mergeQueues(a: Queue, b: Queue): Queue {
  return {
    ...a,
    limit: a.limit === undefined || b.limit === undefined ? undefined : a.limit + b.limit,
    busy: a.busy + b.busy,
    waiting: a.waiting + b.waiting,
  }
}

function mergeWaits(a: Waits, b: Waits): Waits {
  const actions = [...a.actions, ...b.actions].toSorted((x, y) => at(x.since) - at(y.since))
  const oldestAt = at(a.oldestAt) <= at(b.oldestAt) ? a.oldestAt : b.oldestAt
  return { ...a, count: a.count + b.count, ...(oldestAt && { oldestAt }), actions }
}

function at(timestamp: Timestamp | undefined): number {
  return msOf(timestamp) ?? Number.POSITIVE_INFINITY
}

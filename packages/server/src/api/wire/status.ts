import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { toTimestamp } from '@tern/core'
import type { ActionIdentifierSchema } from '@tern/idl/common'
import {
  type ServerStatus as StatusMessage,
  ServerStatusSchema,
  type WaitGroupSchema,
  WaitReason,
  WorkerPoolStatus_Kind,
  type WorkerPoolStatusSchema,
  WorkerStatus_State,
} from '@tern/idl/status'
import type { WaitGroup } from '../../engine/load.ts'
import type { ActionKey } from '../../engine/model.ts'
import type { WaitCause } from '../../engine/wait-of.ts'
import type { PoolLoad, WorkerLoad } from '../../executors/executor.ts'
import type { OwnStatus } from '../../status/server-status.ts'

const reasons: Readonly<Record<WaitCause, WaitReason>> = {
  queue: WaitReason.QUEUE,
  run: WaitReason.RUN,
  'launch-plan': WaitReason.LAUNCH_PLAN,
  capacity: WaitReason.CAPACITY,
  cache: WaitReason.CACHE,
  signal: WaitReason.SIGNAL,
  backoff: WaitReason.BACKOFF,
  worker: WaitReason.WORKER,
  external: WaitReason.EXTERNAL,
  start: WaitReason.START,
}

const kinds: Readonly<Record<PoolLoad['kind'], WorkerPoolStatus_Kind>> = {
  node: WorkerPoolStatus_Kind.NODE,
  python: WorkerPoolStatus_Kind.PYTHON,
  process: WorkerPoolStatus_Kind.PROCESS,
}

const states: Readonly<Record<WorkerLoad['state'], WorkerStatus_State>> = {
  starting: WorkerStatus_State.STARTING,
  idle: WorkerStatus_State.IDLE,
  busy: WorkerStatus_State.BUSY,
  retiring: WorkerStatus_State.RETIRING,
}

export function toStatusMessage({ url, version, startedAt, memoryBytes, load }: OwnStatus, org: string): StatusMessage {
  return create(ServerStatusSchema, {
    url,
    version,
    startedAt: toTimestamp(startedAt),
    memoryBytes: BigInt(memoryBytes),
    liveRuns: load.liveRuns,
    liveActions: load.liveActions,
    busyActions: load.busy,
    parentActions: load.parents,
    waitingActions: load.waiting,
    resources: load.resources.map(({ name, total, used, uses }) => ({ name, total, used, uses: [...uses] })),
    queues: load.queues.map(({ limit, ...queue }) => ({ ...queue, ...(limit !== null && { limit }) })),
    pools: load.pools.map(toPool),
    waits: load.waits.map((group) => toGroup(group, org)),
    moreGroups: load.moreGroups,
    moreWaits: load.moreWaits,
  })
}

function toPool({ kind, workers, maxWorkers, ...pool }: PoolLoad): MessageInitShape<typeof WorkerPoolStatusSchema> {
  return {
    ...pool,
    kind: kinds[kind],
    ...(maxWorkers !== null && { maxWorkers }),
    workers: workers.map(({ state, idleSince, memoryBytes, ...worker }) => ({
      ...worker,
      state: states[state],
      memoryBytes: BigInt(memoryBytes),
      ...(idleSince !== null && { idleSince: toTimestamp(idleSince) }),
    })),
  }
}

function toGroup(
  { reason, oldestAt, actions, ...group }: WaitGroup,
  org: string,
): MessageInitShape<typeof WaitGroupSchema> {
  return {
    ...group,
    reason: reasons[reason],
    oldestAt: toTimestamp(oldestAt),
    actions: actions.map(({ key, name, since, amount, until, waitsFor }) => ({
      id: toIdentifier(key, org),
      name,
      since: toTimestamp(since),
      amount,
      ...(until !== null && { until: toTimestamp(until) }),
      ...(waitsFor !== null && { waitsFor: toIdentifier(waitsFor, org) }),
    })),
  }
}

function toIdentifier(
  { project, domain, run, action }: ActionKey,
  org: string,
): MessageInitShape<typeof ActionIdentifierSchema> {
  return { run: { org, project, domain, name: run }, name: action }
}

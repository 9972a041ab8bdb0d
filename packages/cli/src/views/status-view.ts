import {
  type ResourceStatus,
  type ServerStatus,
  type WaitGroup,
  type WaitingAction,
  WaitReason,
  type WorkerPoolStatus,
  WorkerPoolStatus_Kind,
  WorkerStatus_State,
} from '@tern/idl/status'
import type { ActionIdentifier } from '@tern/idl/common'
import { isoTime, textOrNull } from './wire-values.ts'

/** A server, as `-o json` shows it. */
export interface ServerView {
  readonly url: string | null
  /** Why nothing else is known of it. */
  readonly problem: string | null
  readonly version: string
  readonly startedAt: string | null
  readonly memoryBytes: number
  readonly runs: number
  readonly actions: { readonly live: number; readonly busy: number; readonly parents: number; readonly waiting: number }
  readonly resources: readonly ResourceView[]
  readonly queues: readonly QueueView[]
  readonly pools: readonly PoolView[]
  readonly waits: readonly WaitView[]
  /** Beside those of `waits`. */
  readonly more: { readonly groups: number; readonly actions: number }
}

export interface ResourceView {
  readonly name: string
  readonly total: number
  readonly used: number
  readonly uses: readonly { readonly task: string; readonly actions: number; readonly amount: number }[]
}

export interface QueueView {
  readonly name: string | null
  readonly limit: number | null
  readonly priority: number
  readonly busy: number
  readonly waiting: number
}

export interface PoolView {
  readonly kind: 'node' | 'python' | 'process' | 'unknown'
  readonly environment: string | null
  readonly bundle: string | null
  readonly maxWorkers: number | null
  readonly pending: number
  readonly workers: readonly {
    readonly pid: number
    readonly state: 'starting' | 'idle' | 'busy' | 'retiring' | 'unknown'
    readonly attempts: number
    readonly idleSince: string | null
    readonly memoryBytes: number | null
  }[]
}

export interface WaitView {
  readonly key: string
  readonly reason: string
  readonly subject: string | null
  readonly count: number
  readonly oldestAt: string | null
  readonly actions: readonly WaitingActionView[]
}

export interface WaitingActionView {
  readonly project: string
  readonly domain: string
  readonly run: string
  readonly action: string
  readonly name: string
  readonly since: string | null
  readonly amount: string | null
  readonly until: string | null
  readonly waitsFor: { readonly run: string; readonly action: string } | null
}

const kinds: Readonly<Record<number, PoolView['kind']>> = {
  [WorkerPoolStatus_Kind.NODE]: 'node',
  [WorkerPoolStatus_Kind.PYTHON]: 'python',
  [WorkerPoolStatus_Kind.PROCESS]: 'process',
}

const states: Readonly<Record<number, PoolView['workers'][number]['state']>> = {
  [WorkerStatus_State.STARTING]: 'starting',
  [WorkerStatus_State.IDLE]: 'idle',
  [WorkerStatus_State.BUSY]: 'busy',
  [WorkerStatus_State.RETIRING]: 'retiring',
}

const reasons: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(WaitReason).map(([name, reason]) => [reason, name.toLowerCase()]),
)

export function toServerView(server: ServerStatus): ServerView {
  return {
    url: textOrNull(server.url),
    problem: textOrNull(server.problem),
    version: server.version,
    startedAt: isoTime(server.startedAt),
    memoryBytes: Number(server.memoryBytes),
    runs: server.liveRuns,
    actions: {
      live: server.liveActions,
      busy: server.busyActions,
      parents: server.parentActions,
      waiting: server.waitingActions,
    },
    resources: server.resources.map(toResourceView),
    queues: server.queues.map(({ name, limit, priority, busy, waiting }) => ({
      name: textOrNull(name),
      limit: limit ?? null,
      priority,
      busy,
      waiting,
    })),
    pools: server.pools.map(toPoolView),
    waits: server.waits.map(toWaitView),
    more: { groups: server.moreGroups, actions: server.moreWaits },
  }
}

function toResourceView({ name, total, used, uses }: ResourceStatus): ResourceView {
  return { name, total, used, uses: uses.map(({ taskName, actions, amount }) => ({ task: taskName, actions, amount })) }
}

function toPoolView({ kind, environment, bundle, maxWorkers, pending, workers }: WorkerPoolStatus): PoolView {
  return {
    kind: kinds[kind] ?? 'unknown',
    environment: textOrNull(environment),
    bundle: textOrNull(bundle),
    maxWorkers: maxWorkers ?? null,
    pending,
    workers: workers.map(({ pid, state, attempts, idleSince, memoryBytes }) => ({
      pid,
      state: states[state] ?? 'unknown',
      attempts,
      idleSince: isoTime(idleSince),
      memoryBytes: memoryBytes === 0n ? null : Number(memoryBytes),
    })),
  }
}

function toWaitView({ key, reason, subject, count, oldestAt, actions }: WaitGroup): WaitView {
  return {
    key,
    reason: reasons[reason] ?? 'unknown',
    subject: textOrNull(subject),
    count,
    oldestAt: isoTime(oldestAt),
    actions: actions.map(toWaitingActionView),
  }
}

function toWaitingActionView({ id, name, since, amount, until, waitsFor }: WaitingAction): WaitingActionView {
  const { project = '', domain = '' } = id?.run ?? {}
  return {
    project,
    domain,
    ...named(id),
    name,
    since: isoTime(since),
    amount: textOrNull(amount),
    until: isoTime(until),
    waitsFor: waitsFor === undefined ? null : named(waitsFor),
  }
}

function named(id: ActionIdentifier | undefined): { readonly run: string; readonly action: string } {
  return { run: id?.run?.name ?? '', action: id?.name ?? '' }
}

import { isTerminalPhase } from '@tern/core'
import type { ClusterEvent } from '@tern/idl/workflow'
import type { Change, ChangeFeed } from '../engine/model.ts'
import { ChangeQueue } from '../runs/change-queue.ts'
import type { ActionRow, ActionsRepository } from '../store/actions-repository.ts'
import type { EventsRepository } from '../store/events-repository.ts'
import type { AttemptRef, LogsRepository } from '../store/logs-repository.ts'
import { toEvent } from './action-events.ts'
import { countWaits, readWaits } from './waits.ts'

export interface WatchClusterEventsOptions {
  /** Changes of actions, and of their events. */
  readonly feed: ChangeFeed
  readonly actions: ActionsRepository
  readonly events: EventsRepository
  readonly logs: LogsRepository
  readonly attempt: AttemptRef
  /** How long to go without looking, in case word of an event got lost between servers, in milliseconds. */
  readonly rereadMs: number
  readonly signal: AbortSignal
}

const pageSize = 50

/**
 * What an attempt waited for and what was reported to happen around it, page by page, and then whatever is added, until the action or the
 * attempt has ended and all of it is told.
 */
export async function* watchClusterEvents(options: WatchClusterEventsOptions): AsyncIterable<ClusterEvent[]> {
  const { feed, actions, attempt, rereadMs, signal } = options
  const { runId, seq } = attempt
  const keyOf = (change: Change) => (isOther(change, seq) ? undefined : seq)
  const changes = new ChangeQueue({ feed, runId, keyOf, signal })
  const told = { position: 0, hasEnded: false, waits: 0 }
  try {
    for (;;) {
      // Looked at first: what is reported of an action is stored before its end.
      const action = await actions.findBySeq(runId, seq)
      if (action !== undefined) yield* readWaitsOn(options, action, told)
      yield* readOn(options, told)
      const isOver = action === undefined || isTerminalPhase(action.phase) || told.hasEnded
      if (isOver || (await changes.next(rereadMs)).kind === 'closed') return
    }
  } finally {
    changes.close()
  }
}

interface Told {
  position: number
  hasEnded: boolean
  /** How many of its waits. */
  waits: number
}

async function* readWaitsOn(
  { actions, logs, attempt }: WatchClusterEventsOptions,
  action: ActionRow,
  told: Told,
): AsyncIterable<ClusterEvent[]> {
  const isCurrent = action.attempt === attempt.attempt
  const ended = isCurrent ? [] : await actions.endedAttempts(attempt.runId, attempt.seq)
  const row = isCurrent ? action : ended.find((other) => other.attempt === attempt.attempt)
  if (row === undefined) return
  const waits = await readWaits(logs, attempt, row, told.waits)
  told.waits = countWaits(row)
  if (waits.length > 0) yield [...waits]
}

async function* readOn(
  { events, attempt, signal }: WatchClusterEventsOptions,
  told: Told,
): AsyncIterable<ClusterEvent[]> {
  while (!signal.aborted) {
    const page = await events.after(attempt, told.position, pageSize)
    const last = page.at(-1)
    if (last === undefined) return
    told.position = last.position
    const reported = page.map(toEvent)
    told.hasEnded ||= reported.some(({ phase }) => isTerminalPhase(phase))
    const clusterEvents = reported.flatMap((event) => event.clusterEvents)
    if (clusterEvents.length > 0) yield clusterEvents
  }
}

function isOther(change: Change, seq: number): boolean {
  return change.kind === 'log' || (change.kind === 'action' && change.seq !== seq)
}

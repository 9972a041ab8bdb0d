import { create, fromBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ActionPhase } from '@tern/idl/common'
import { LogChunkSchema } from '@tern/idl/worker'
import { type ClusterEvent, ClusterEventSchema } from '@tern/idl/workflow'
import type { AttemptRef, LogsRepository } from '../store/logs-repository.ts'

/** An attempt with its timeline, as the store has it. */
export interface WaitingAttempt {
  readonly attempt: number
  readonly timeline: string
}

// One that waits again and again is described well enough by its last waits.
const maxWaits = 100

/** How often an attempt had to wait for its turn. */
export function countWaits({ timeline }: Pick<WaitingAttempt, 'timeline'>): number {
  return timeline.split(',').filter((step) => step.startsWith(`${ActionPhase.WAITING_FOR_RESOURCES}:`)).length
}

/**
 * What an attempt waited for, each time that it did: the engine writes it into the attempt's log, before there is
 * anything else in it.
 *
 * @param from how many of its waits to leave out
 */
export async function readWaits(
  logs: LogsRepository,
  ref: AttemptRef,
  attempt: Pick<WaitingAttempt, 'timeline'>,
  from = 0,
): Promise<ReadonlyArray<ClusterEvent>> {
  const count = countWaits(attempt)
  if (count <= from) return []
  const first = Math.max(from, count - maxWaits)
  const chunks = await logs.chunksAfter(ref, first - 1, count - first)
  return chunks
    .flatMap(({ lines }) => fromBinary(LogChunkSchema, lines).lines)
    .map(({ atMs, text }) => create(ClusterEventSchema, { occurredAt: timestampFromMs(atMs), message: text }))
}

/** What each of an action's attempts waited for, by its number; those that never had to are left out. */
export async function readAllWaits(
  logs: LogsRepository,
  { runId, seq }: Pick<AttemptRef, 'runId' | 'seq'>,
  attempts: ReadonlyArray<WaitingAttempt>,
): Promise<ReadonlyMap<number, ReadonlyArray<ClusterEvent>>> {
  const waiting = attempts.filter((attempt) => countWaits(attempt) > 0)
  const read = waiting.map(async (each) => {
    return [each.attempt, await readWaits(logs, { runId, seq, attempt: each.attempt }, each)] as const
  })
  return new Map(await Promise.all(read))
}

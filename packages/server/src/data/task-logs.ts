import { fromBinary } from '@bufbuild/protobuf'
import { isTerminalPhase, NotFoundError } from '@tern/core'
import { LogChunkSchema, type LogLine } from '@tern/idl/worker'
import type { ActionKey, ChangeFeed } from '../engine/model.ts'
import { ChangeQueue } from '../runs/change-queue.ts'
import type { ActionsRepository } from '../store/actions-repository.ts'
import type { AttemptRef, LogsRepository } from '../store/logs-repository.ts'

export interface TailOptions {
  readonly feed: ChangeFeed
  readonly actions: ActionsRepository
  readonly logs: LogsRepository
  /** Whether the attempt, though it does not count any more, may still write here. */
  readonly isStopping: (attempt: AttemptRef) => boolean
  readonly key: ActionKey
  readonly attempt: number
  /** How long it may be silent, in milliseconds. */
  readonly keepAliveMs: number
  readonly signal: AbortSignal
}

const chunksPerRead = 20
const linesPerBatch = 100

/**
 * The lines that an attempt wrote and goes on to write, until it has ended and, if this server runs it, its code has. While it
 * writes nothing, there is an empty batch now and then: Python's client takes a stream that is silent for 30 seconds for one
 * that broke, and gives up. Throws NotFoundError when there is no such attempt.
 */
export async function* tailLogs(options: TailOptions): AsyncIterable<ReadonlyArray<LogLine>> {
  const { feed, actions, logs, isStopping, attempt, keepAliveMs, signal } = options
  const action = await actions.find(options.key)
  if (action === undefined || attempt > action.attempt) throw attemptNotFound(options)
  const { runId, seq } = action
  const changes = new ChangeQueue({ feed, runId, keyOf: (change) => (change.seq === seq ? seq : undefined), signal })
  try {
    let last = -1
    for (;;) {
      // Looked at before the lines are read: what an attempt wrote is stored no later than its end.
      const current = await actions.findBySeq(runId, seq)
      const isOver = current === undefined || current.attempt > attempt || isTerminalPhase(current.phase)
      const hasEnded = isOver && !isStopping({ runId, seq, attempt })
      for (;;) {
        const chunks = await logs.chunksAfter({ runId, seq, attempt }, last, chunksPerRead)
        for (const { chunk, lines } of chunks) {
          last = chunk
          yield* batches(fromBinary(LogChunkSchema, lines).lines)
        }
        if (chunks.length < chunksPerRead || signal.aborted) break
      }
      if (hasEnded) return
      const { kind } = await changes.next(keepAliveMs)
      if (kind === 'closed') return
      if (kind === 'idle') yield []
    }
  } finally {
    changes.close()
  }
}

function* batches(lines: ReadonlyArray<LogLine>): Iterable<ReadonlyArray<LogLine>> {
  for (let from = 0; from < lines.length; from += linesPerBatch) yield lines.slice(from, from + linesPerBatch)
}

function attemptNotFound({ key, attempt }: TailOptions): NotFoundError {
  return new NotFoundError(`attempt ${attempt} of action ${key.action} of run ${key.run} does not exist`)
}

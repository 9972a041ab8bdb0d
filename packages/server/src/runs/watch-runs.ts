import type { ChangeFeed } from '../engine/model.ts'
import type { RunScope, RunSummary, RunsRepository } from '../store/runs-repository.ts'
import { ChangeQueue, pause } from './change-queue.ts'

export interface WatchRunsOptions {
  readonly feed: ChangeFeed
  readonly runs: RunsRepository
  readonly scope: RunScope
  readonly signal: AbortSignal
}

const snapshotSize = 100
const readSize = 200
const coalesceMs = 50
const capacity = 1000

// The root action of a run has this place in it, and a run changes when its root does.
const rootSeq = 0

/** The newest runs of a scope, and then each that is created or changes, until the signal ends it. */
export async function* watchRuns(options: WatchRunsOptions): AsyncIterable<ReadonlyArray<RunSummary>> {
  const { feed, runs, scope, signal } = options
  const changes = new ChangeQueue({
    feed,
    runId: 'all',
    keyOf: (change) => (change.seq === rootSeq && change.kind === 'action' ? change.runId : undefined),
    signal,
    capacity,
  })
  try {
    yield* nonEmpty(await runs.newest(scope, snapshotSize))
    for (;;) {
      const changed = await changes.next()
      if (changed.kind === 'closed') return
      if (changed.kind === 'overflow') yield* nonEmpty(await runs.newest(scope, snapshotSize))
      if (changed.kind === 'changed') {
        for (let from = 0; from < changed.keys.length; from += readSize) {
          yield* nonEmpty(await runs.findInScope(scope, changed.keys.slice(from, from + readSize)))
        }
      }
      await pause(coalesceMs, signal)
    }
  } finally {
    changes.close()
  }
}

function* nonEmpty(runs: ReadonlyArray<RunSummary>): Iterable<ReadonlyArray<RunSummary>> {
  if (runs.length > 0) yield runs
}

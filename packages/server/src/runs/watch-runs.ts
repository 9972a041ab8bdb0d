import type { Clock } from '@tern/core'
import type { ChangeFeed } from '../engine/model.ts'
import type { RunScope, RunSummary, RunsRepository } from '../store/runs-repository.ts'
import { ChangeQueue, pause } from './change-queue.ts'

export interface WatchRunsOptions {
  readonly feed: ChangeFeed
  readonly runs: RunsRepository
  readonly scope: RunScope
  readonly clock: Clock
  readonly signal: AbortSignal
}

const snapshotSize = 100
const readSize = 200
const coalesceMs = 50
const capacity = 10_000
/** A change is committed, and told, some time after the time that it bears. */
const slackMs = 60_000

// The root action of a run has this place in it, and a run changes when its root does.
const rootSeq = 0

/** The newest runs of a scope, and then each that is created or changes, until the signal ends it. */
export async function* watchRuns(options: WatchRunsOptions): AsyncIterable<ReadonlyArray<RunSummary>> {
  const { feed, runs, scope, clock, signal } = options
  const changes = new ChangeQueue({
    feed,
    runId: 'all',
    keyOf: (change) => (change.seq === rootSeq && change.kind === 'action' ? change.runId : undefined),
    signal,
    capacity,
  })
  try {
    let readAt = clock.now()
    yield* nonEmpty(await runs.newest(scope, snapshotSize))
    for (;;) {
      const changed = await changes.next()
      if (changed.kind === 'closed') return
      const since = readAt - slackMs
      readAt = clock.now()
      if (changed.kind === 'overflow') yield* changedSince(options, since)
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

/** When it is not known which runs changed, their times tell. */
async function* changedSince(
  { runs, scope, signal }: WatchRunsOptions,
  since: number,
): AsyncIterable<ReadonlyArray<RunSummary>> {
  let after = { updatedAt: since, id: -1 }
  while (!signal.aborted) {
    const page = await runs.updatedAfter(scope, after, readSize)
    const last = page.at(-1)
    if (last === undefined) return
    after = last
    yield page
  }
}

function* nonEmpty(runs: ReadonlyArray<RunSummary>): Iterable<ReadonlyArray<RunSummary>> {
  if (runs.length > 0) yield runs
}

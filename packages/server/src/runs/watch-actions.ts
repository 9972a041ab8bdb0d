import { setImmediate as othersTurn } from 'node:timers/promises'
import type { ChangeFeed } from '../engine/model.ts'
import type { ActionSummary, ActionsRepository } from '../store/actions-repository.ts'
import type { ActionFilter } from './action-filter.ts'
import { ActionTree, type TreeChange } from './action-tree.ts'
import { ChangeQueue, pause } from './change-queue.ts'

export interface WatchActionsOptions {
  readonly feed: ChangeFeed
  readonly actions: ActionsRepository
  readonly runId: number
  readonly filter: ActionFilter
  readonly signal: AbortSignal
}

export interface WatchedAction extends TreeChange {
  readonly action: ActionSummary
}

const pageSize = 1000
// A page and, as a rule, whatever is above its actions.
const messageSize = 2 * pageSize
const readSize = 500

// A run can change thousands of times a second; nobody looks more often than this.
const coalesceMs = 50

/** The actions of a run, in pages, and then whatever changes, until the signal ends it. */
export async function* watchActions(options: WatchActionsOptions): AsyncIterable<ReadonlyArray<WatchedAction>> {
  const { feed, runId, signal } = options
  const tree = new ActionTree(options.filter)
  const changes = new ChangeQueue({
    feed,
    runId,
    keyOf: (change) => (change.kind === 'action' ? change.seq : undefined),
    signal,
  })
  try {
    yield* readAll(options, tree)
    for (;;) {
      const changed = await changes.next()
      if (changed.kind === 'closed') return
      if (changed.kind === 'overflow') yield* readAll(options, tree)
      if (changed.kind === 'changed') yield* readChanged(options, tree, changed.keys)
      await pause(coalesceMs, signal)
    }
  } finally {
    changes.close()
  }
}

async function* readAll(options: WatchActionsOptions, tree: ActionTree): AsyncIterable<ReadonlyArray<WatchedAction>> {
  for (let after = -1; !options.signal.aborted; ) {
    const page = await options.actions.summariesAfter(options.runId, after, pageSize)
    const last = page.at(-1)
    if (last === undefined) return
    after = last.seq
    yield* toPages(await describe(options, tree.apply(page), page))
    // The embedded store and a client that keeps up never make this wait, and a large run takes seconds.
    await othersTurn()
  }
}

async function* readChanged(
  options: WatchActionsOptions,
  tree: ActionTree,
  seqs: ReadonlyArray<number>,
): AsyncIterable<ReadonlyArray<WatchedAction>> {
  const inOrder = [...seqs].sort((a, b) => a - b)
  for (let from = 0; from < inOrder.length; from += readSize) {
    const rows = await options.actions.findSummaries(options.runId, inOrder.slice(from, from + readSize))
    yield* toPages(await describe(options, tree.apply(rows), rows))
  }
}

/** Puts to each change what there is to show of its action: the rows at hand, and those of ancestors beside them. */
async function describe(
  { actions, runId }: WatchActionsOptions,
  changes: ReadonlyArray<TreeChange>,
  rows: ReadonlyArray<ActionSummary>,
): Promise<WatchedAction[]> {
  const bySeq = new Map(rows.map((row) => [row.seq, row]))
  const missing = changes.map(({ seq }) => seq).filter((seq) => !bySeq.has(seq))
  for (let from = 0; from < missing.length; from += readSize) {
    const found = await actions.findSummaries(runId, missing.slice(from, from + readSize))
    for (const row of found) bySeq.set(row.seq, row)
  }
  return changes.flatMap((change) => {
    const action = bySeq.get(change.seq)
    return action === undefined ? [] : [{ ...change, action }]
  })
}

function* toPages(actions: ReadonlyArray<WatchedAction>): Iterable<ReadonlyArray<WatchedAction>> {
  for (let from = 0; from < actions.length; from += messageSize) yield actions.slice(from, from + messageSize)
}

import { fromBinary } from '@bufbuild/protobuf'
import { isTerminalPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { TaskErrorSchema } from '@tern/idl/worker'
import { ActionType } from '@tern/idl/workflow'
import type { ActionKey, ChangeFeed } from '../engine/model.ts'
import type { ActionRow, ActionsRepository } from '../store/actions-repository.ts'
import type { RunSummary, RunsRepository } from '../store/runs-repository.ts'
import { ChangeQueue, pause } from './change-queue.ts'
import { parseTimeline } from './timeline.ts'

export interface WatchChildrenOptions {
  readonly feed: ChangeFeed
  readonly runs: RunsRepository
  readonly actions: ActionsRepository
  readonly parent: ActionKey
  /** How often to say that there is no news. */
  readonly keepAliveMs: number
  readonly signal: AbortSignal
}

export type ChildNews =
  | { readonly kind: 'children'; readonly run: RunSummary; readonly children: ReadonlyArray<ActionRow> }
  /** Everything up to now has been told. */
  | { readonly kind: 'sentinel' }

const readSize = 200

/**
 * The children of an action as they are, a sentinel, and then each child that is added or changes, until the signal ends
 * it. While there is no news the sentinel is repeated, which tells both sides that the connection is alive.
 *
 * Traces that failed in earlier attempts are left out if they may be tried again: a parent that knew of them would make them
 * again, and not say what came of it.
 */
export async function* watchChildren(options: WatchChildrenOptions): AsyncIterable<ChildNews> {
  const { signal } = options
  let parent = await findParent(options)
  // A parent may be watched before it is known here.
  while (parent === undefined) {
    yield { kind: 'sentinel' }
    await pause(options.keepAliveMs, signal)
    if (signal.aborted) return
    parent = await findParent(options)
  }
  yield* watchKnown(options, parent)
}

interface Parent {
  readonly run: RunSummary
  readonly seq: number
  /** When the attempt that watches was made, UTC epoch milliseconds; 0 for the first one. */
  readonly since: number
}

async function findParent({ runs, actions, parent }: WatchChildrenOptions): Promise<Parent | undefined> {
  const run = await runs.find(parent)
  const action = run && (await actions.find(parent))
  if (run === undefined || action === undefined) return undefined
  const since = action.attempt === 1 ? 0 : (parseTimeline(action.timeline, isTerminalPhase)[0]?.from ?? 0)
  return { run, seq: action.seq, since }
}

async function* watchKnown(options: WatchChildrenOptions, parent: Parent): AsyncIterable<ChildNews> {
  const { feed, actions, keepAliveMs, signal } = options
  const { run, seq } = parent
  const changes = new ChangeQueue({
    feed,
    runId: run.id,
    keyOf: (change) => (change.kind === 'action' && change.seq > seq ? change.seq : undefined),
    signal,
  })
  try {
    yield* readAll(options, parent)
    yield { kind: 'sentinel' }
    for (;;) {
      const changed = await changes.next(keepAliveMs)
      if (changed.kind === 'closed') return
      if (changed.kind === 'idle') yield { kind: 'sentinel' }
      if (changed.kind === 'overflow') yield* readAll(options, parent)
      if (changed.kind === 'changed') {
        for (let from = 0; from < changed.keys.length; from += readSize) {
          const children = await actions.findChildren(run.id, seq, changed.keys.slice(from, from + readSize))
          if (children.length > 0) yield { kind: 'children', run, children }
        }
      }
    }
  } finally {
    changes.close()
  }
}

async function* readAll({ actions, signal }: WatchChildrenOptions, parent: Parent): AsyncIterable<ChildNews> {
  const { run, seq, since } = parent
  for (let after = seq; !signal.aborted; ) {
    const children = await actions.childrenAfter(run.id, seq, after, readSize)
    const last = children.at(-1)
    if (last === undefined) return
    after = last.seq
    yield { kind: 'children', run, children: children.filter((child) => !isTriedAgain(child, since)) }
  }
}

function isTriedAgain({ actionType, phase, endedAt, error }: ActionRow, since: number): boolean {
  if (actionType !== ActionType.TRACE || phase !== ActionPhase.FAILED || (endedAt ?? 0) > since) return false
  return error !== null && fromBinary(TaskErrorSchema, error).recoverable
}

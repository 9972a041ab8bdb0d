import type { Clock } from '@tern/core'
import type { ChangeFeed } from '../engine/model.ts'
import type { RunGroupsRepository, RunWindow } from '../store/run-groups-repository.ts'
import { ChangeQueue, type Changes, pause } from './change-queue.ts'
import type { GroupView } from './group-order.ts'
import { type RunGroup, RunGroups } from './run-groups.ts'

export interface WatchGroupsOptions {
  readonly feed: ChangeFeed
  readonly groups: RunGroupsRepository
  readonly window: RunWindow
  readonly view: GroupView
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What is new since the last time. */
export interface GroupNews {
  /** In the order of the view. */
  readonly changed: ReadonlyArray<RunGroup>
  /** Tasks of groups that are no longer among those shown. */
  readonly gone: ReadonlyArray<string>
}

// The root action of a run has this place in it, and a run changes when its root does.
const rootSeq = 0
const capacity = 1000
const coalesceMs = 250
/** A watcher spends no more than the fifth part of the time reading. */
const restPerWork = 4
const longestWaitMs = 60 * 60 * 1000

/** The groups as they are, then what changes of them, until the window's end has passed or the signal ends it. */
export async function* watchGroups(options: WatchGroupsOptions): AsyncIterable<GroupNews> {
  const { feed, clock, window, signal } = options
  const groups = new RunGroups(options.groups, window)
  const changes = new ChangeQueue({
    feed,
    runId: 'all',
    keyOf: (change) => (change.seq === rootSeq && change.kind === 'action' ? change.runId : undefined),
    signal,
    capacity,
  })
  const told = new Map<string, string>()
  try {
    await groups.readAll()
    yield newsOf(groups, options.view, told)
    while (clock.now() <= window.to) {
      const changed = await changes.next(Math.min(window.to - clock.now() + 1, longestWaitMs))
      if (changed.kind === 'closed') return
      const since = performance.now()
      await readAgain(groups, changed)
      const news = newsOf(groups, options.view, told)
      if (news.changed.length > 0 || news.gone.length > 0) yield news
      await pause(Math.max(coalesceMs, restPerWork * (performance.now() - since)), signal)
    }
  } finally {
    changes.close()
  }
}

async function readAgain(groups: RunGroups, changed: Changes): Promise<void> {
  if (changed.kind === 'overflow') await groups.readAll()
  if (changed.kind === 'changed') await groups.readChanged(changed.keys)
}

function newsOf(groups: RunGroups, view: GroupView, told: Map<string, string>): GroupNews {
  const shown = [...groups.all].sort(view.order).slice(0, view.limit)
  const changed = shown.filter((group) => {
    const text = JSON.stringify(group)
    const isNew = told.get(group.task) !== text
    if (isNew) told.set(group.task, text)
    return isNew
  })
  const tasks = new Set(shown.map(({ task }) => task))
  const gone = [...told.keys()].filter((task) => !tasks.has(task))
  for (const task of gone) told.delete(task)
  return { changed, gone }
}

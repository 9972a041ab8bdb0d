import type { ActionEntry } from './entries.ts'
import type { EngineLoad, LoadOptions, WaitGroup, WaitingAction } from './load.ts'
import { keyOf, type Wait } from './wait-of.ts'

const mostGroups = 100

interface Group extends Pick<Wait, 'reason' | 'subject'> {
  count: number
  /** Those that wait the longest, the first one first. */
  readonly oldest: { readonly entry: ActionEntry; readonly wait: Wait; readonly since: number }[]
}

/** Gathers what waits, without keeping more of it than is asked for. */
export class WaitGroups {
  readonly #options: LoadOptions
  readonly #groups = new Map<string, Group>()

  constructor(options: LoadOptions) {
    this.#options = options
  }

  add(entry: ActionEntry, wait: Wait): void {
    const key = keyOfGroup(wait)
    const { group: wanted, limit } = this.#options
    if (wanted !== undefined && wanted !== key) return
    const group = this.#groups.get(key) ?? { reason: wait.reason, subject: wait.subject, count: 0, oldest: [] }
    this.#groups.set(key, group)
    group.count += 1
    keepOldest(group.oldest, { entry, wait, since: sinceOf(entry) }, limit)
  }

  /** The largest groups. */
  result(): Pick<EngineLoad, 'waits' | 'moreGroups' | 'moreWaits'> {
    const groups = [...this.#groups].sort(([, a], [, b]) => b.count - a.count)
    const left = groups.slice(mostGroups)
    return {
      waits: groups.slice(0, mostGroups).map(([key, group]) => toWaitGroup(key, group)),
      moreGroups: left.length,
      moreWaits: left.reduce((sum, [, { count }]) => sum + count, 0),
    }
  }
}

function keyOfGroup({ reason, subject }: Wait): string {
  return subject === '' ? reason : `${reason}:${subject}`
}

function keepOldest<T extends { readonly since: number }>(oldest: T[], item: T, limit: number): void {
  const last = oldest.at(-1)
  if (oldest.length >= limit && last !== undefined && item.since >= last.since) return
  // Actions mostly come in the order of their times.
  const before = oldest.findLastIndex(({ since }) => since <= item.since)
  oldest.splice(before + 1, 0, item)
  if (oldest.length > limit) oldest.pop()
}

/** Since when the action is in its phase. */
function sinceOf({ state: { timeline } }: ActionEntry): number {
  return Number(timeline.slice(timeline.lastIndexOf(':') + 1))
}

function toWaitGroup(key: string, { reason, subject, count, oldest }: Group): WaitGroup {
  return { key, reason, subject, count, oldestAt: oldest[0]?.since ?? 0, actions: oldest.map(toWaitingAction) }
}

function toWaitingAction({ entry, wait, since }: Group['oldest'][number]): WaitingAction {
  const { amount, until, waitsFor } = wait
  return {
    key: keyOf(entry),
    name: entry.spec.record.taskName || entry.spec.record.shortName,
    since,
    amount,
    until,
    waitsFor,
  }
}

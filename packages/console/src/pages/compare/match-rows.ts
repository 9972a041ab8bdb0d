import type { RunRow } from '../../model/run-rows.ts'

/** What stands at the same place in two runs; one of them is missing where only the other has such a thing. */
export interface Pair {
  readonly a: RunRow | undefined
  readonly b: RunRow | undefined
}

/**
 * Pairs the rows that hang below the same place in two runs: those of the same name first, which actions have that were called
 * with the same from the same place, then the rest of a kind and label in their order. What only one run has stands where it
 * is in that run.
 */
export function matchRows(a: ReadonlyArray<RunRow>, b: ReadonlyArray<RunRow>): ReadonlyArray<Pair> {
  const partners = partnersOf(a, b)
  const paired = new Set(partners.values())
  /** What only b has, by the row that it follows there; undefined for what comes first. */
  const following = new Map<RunRow | undefined, RunRow[]>()
  let last: RunRow | undefined
  for (const row of b) {
    if (paired.has(row)) last = row
    else getOrMake(following, last).push(row)
  }
  const onlyInB = (after: RunRow | undefined) => (following.get(after) ?? []).map((row) => ({ a: undefined, b: row }))
  return [
    ...onlyInB(undefined),
    ...a.flatMap((row) => {
      const partner = partners.get(row)
      return [{ a: row, b: partner }, ...(partner === undefined ? [] : onlyInB(partner))]
    }),
  ]
}

function partnersOf(a: ReadonlyArray<RunRow>, b: ReadonlyArray<RunRow>): ReadonlyMap<RunRow, RunRow> {
  const partners = new Map<RunRow, RunRow>()
  const rest = pairUp(a, b, ({ kind, id, label }) => (kind === 'group' ? `group ${label}` : id), partners)
  pairUp(rest.a, rest.b, ({ kind, label }) => `${kind} ${label}`, partners)
  return partners
}

/** Pairs rows of the same key in their order, and gives those that are left. */
function pairUp(
  a: ReadonlyArray<RunRow>,
  b: ReadonlyArray<RunRow>,
  keyOf: (row: RunRow) => string,
  partners: Map<RunRow, RunRow>,
): { readonly a: ReadonlyArray<RunRow>; readonly b: ReadonlyArray<RunRow> } {
  const waiting = Map.groupBy(b, keyOf)
  for (const row of a) {
    const partner = waiting.get(keyOf(row))?.shift()
    if (partner !== undefined) partners.set(row, partner)
  }
  return { a: a.filter((row) => !partners.has(row)), b: [...waiting.values()].flat() }
}

/** How long a row took, in milliseconds; undefined while it has not ended. */
export function tookMs(row: RunRow | undefined): number | undefined {
  return row?.startMs === undefined || row.endMs === undefined ? undefined : Math.max(0, row.endMs - row.startMs)
}

const notableMs = 100
const notableShare = 0.2

/** Whether two rows differ in something that one would want to know of. */
export function isDifferent({ a, b }: Pair): boolean {
  if (a === undefined || b === undefined) return true
  if (a.phase !== b.phase || a.isCached !== b.isCached || a.attempts !== b.attempts) return true
  if (a.total !== b.total || a.counts.some(({ count }, index) => b.counts[index]?.count !== count)) return true
  const [before, after] = [tookMs(a), tookMs(b)]
  if (before === undefined || after === undefined) return before !== after
  const delta = Math.abs(after - before)
  return delta >= notableMs && delta >= notableShare * Math.max(before, after)
}

function getOrMake<Key>(lists: Map<Key, RunRow[]>, key: Key): RunRow[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

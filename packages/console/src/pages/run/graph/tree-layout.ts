import type { RunRow } from '../../../model/run-rows.ts'

export const nodeSize = { width: 200, height: 44 } as const
const gap = { across: 56, down: 12 } as const

export interface PlacedRow {
  readonly row: RunRow
  readonly parent: string | undefined
  readonly x: number
  readonly y: number
}

/**
 * Places rows of a tree, given in their order, from left to right: what is called is to the right of its caller, which is in
 * the middle of what it called.
 */
export function layOutTree(rows: ReadonlyArray<RunRow>): ReadonlyArray<PlacedRow> {
  const children = new Map<string, RunRow[]>()
  const parents = new Map<string, string>()
  const path: RunRow[] = []
  for (const row of rows) {
    path.length = Math.min(path.length, row.depth)
    const parent = path.at(-1)
    if (parent !== undefined) {
      parents.set(row.id, parent.id)
      children.set(parent.id, [...(children.get(parent.id) ?? []), row])
    }
    path[row.depth] = row
  }
  const lines = new Map<string, number>()
  let next = 0
  // Children come after their parents, so from the last to the first they are placed before them.
  for (const row of rows) if (!children.has(row.id)) lines.set(row.id, next++)
  for (const row of rows.toReversed()) {
    const below = children.get(row.id)
    if (below === undefined) continue
    const places = below.map(({ id }) => lines.get(id) ?? 0)
    lines.set(row.id, ((places[0] ?? 0) + (places.at(-1) ?? 0)) / 2)
  }
  return rows.map((row) => ({
    row,
    parent: parents.get(row.id),
    x: row.depth * (nodeSize.width + gap.across),
    y: (lines.get(row.id) ?? 0) * (nodeSize.height + gap.down),
  }))
}

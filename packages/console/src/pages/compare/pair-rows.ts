import { isDifferent, matchRows, type Pair } from './match-rows.ts'
import type { Families } from './use-children.ts'

/** A line of the table: a pair, or what there is to say about those that are missing. */
export type Line =
  | {
      readonly kind: 'pair'
      readonly key: string
      readonly pair: Pair
      readonly depth: number
      readonly isOpen: boolean
    }
  | { readonly kind: 'note'; readonly key: string; readonly text: string; readonly depth: number }

/** Names a pair, also in the URL: the name that both rows have, or both names. */
function pairKey({ a, b }: Pair): string {
  const [left, right] = [a?.id ?? '', b?.id ?? ''].map((id) => encodeURIComponent(id).replaceAll('~', '%7E'))
  return left === right ? (left ?? '') : `${left}~${right}`
}

/** The names of the rows of a pair; undefined where there is none. */
export function idsOf(key: string): { readonly a: string | undefined; readonly b: string | undefined } {
  const [left = '', right = left] = key.split('~').map(decode)
  return { a: left || undefined, b: right || undefined }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export interface PairView {
  readonly a: string
  readonly b: string
  readonly open: ReadonlySet<string>
  readonly onlyDifferent: boolean
  readonly families: Families
}

/** The pairs that are in sight: the roots, and what is below those that are unfolded. */
export function linesOf(view: PairView): ReadonlyArray<Line> {
  const root = {
    a: view.families.get({ run: view.a, id: 'a0' })?.row,
    b: view.families.get({ run: view.b, id: 'a0' })?.row,
  }
  // Until both are there, it is not known what stands beside what.
  if (root.a === undefined || root.b === undefined) return []
  const lines: Line[] = []
  addLines(lines, root, 0, view)
  return lines
}

function addLines(lines: Line[], pair: Pair, depth: number, view: PairView): void {
  const key = pairKey(pair)
  const isOpen = view.open.has(key)
  lines.push({ kind: 'pair', key, pair, depth, isOpen })
  if (!isOpen) return
  const a = pair.a && view.families.get({ run: view.a, id: pair.a.id })
  const b = pair.b && view.families.get({ run: view.b, id: pair.b.id })
  const note = (text: string) => lines.push({ kind: 'note', key: `${key} ${text}`, text, depth: depth + 1 })
  if ((pair.a && a === undefined) || (pair.b && b === undefined)) return void note('Loading …')
  const matched = matchRows(a?.children ?? [], b?.children ?? [])
  const shown = view.onlyDifferent ? matched.filter(isDifferent) : matched
  for (const child of shown) addLines(lines, child, depth + 1, view)
  const hidden = matched.length - shown.length
  if (hidden > 0) note(`${hidden.toLocaleString()} without a difference`)
  const most = Math.max(a?.children.length ?? 0, b?.children.length ?? 0)
  if (a?.hasMore || b?.hasMore) note(`The first ${most.toLocaleString()} are compared; the counts above are of all.`)
}

import type { ActionPhase } from '@tern/idl/common'
import { groupRef, isGroup, noRef, type Ref, type RunIndex } from './run-index.ts'

/** Which children of a row are shown while it is expanded. */
export interface Expansion {
  readonly offset: number
  /** 0 for all. */
  readonly limit: number
}

/** How a tree is looked at. */
export interface TreeView {
  readonly expanded: ReadonlyMap<Ref, Expansion>
  /** Empty for all. */
  readonly phases: ReadonlySet<ActionPhase>
  /** Part of the shown name, in lower case; empty for all. */
  readonly name: string
  /** The row whose place is told, and which is made visible; `noRef` for none. */
  readonly selected: Ref
  /** The row that the window is around: an index, or the selected one. */
  readonly anchor: number | 'selected'
  readonly before: number
  readonly after: number
}

/** A part of the rows that a tree shows, one below the other. */
export interface TreeWindow {
  readonly rows: ReadonlyArray<WindowRow>
  /** Rows that the first one hangs below, the root first. */
  readonly ancestors: ReadonlyArray<WindowRow>
  readonly total: number
  /** -1 when it is not visible. */
  readonly selectedIndex: number
  /** Expanded rows of which some children are left out. */
  readonly cut: ReadonlyArray<{ readonly ref: Ref; readonly shown: number; readonly of: number }>
}

export interface WindowRow {
  readonly ref: Ref
  readonly depth: number
  readonly isExpanded: boolean
}

const maxCuts = 20

/**
 * Lays out what is visible of a tree and cuts the window out of it. Visible is the root, and what is below expanded rows;
 * a filter hides rows that neither pass it nor lead to one that does, and opens those that lead to one. It takes time in
 * proportion to the actions that are visible (with a filter: to all), some fifty nanoseconds for each.
 */
export function cutWindow(index: RunIndex, view: TreeView): TreeWindow {
  const layout = new Layout(index, view)
  layout.run()
  const selectedIndex = view.selected === noRef ? -1 : layout.rows.indexOf(view.selected)
  const total = layout.rows.length
  const wanted = view.anchor === 'selected' ? Math.max(0, selectedIndex) : view.anchor
  const anchor = Math.max(0, Math.min(wanted, total - 1))
  const start = Math.max(0, anchor - view.before)
  const refs = layout.rows.slice(start, anchor + view.after + 1)
  const toRow = (ref: Ref): WindowRow => ({ ref, depth: pathTo(index, ref).length, isExpanded: layout.isOpen(ref) })
  const [first] = refs
  return {
    rows: refs.map(toRow),
    ancestors: first === undefined ? [] : pathTo(index, first).map(toRow),
    total,
    selectedIndex,
    cut: layout.cut,
  }
}

/** Rows above a row, the root first. */
function pathTo(index: RunIndex, ref: Ref): Ref[] {
  const path: Ref[] = []
  for (let above = index.above(ref); above !== noRef; above = index.above(above)) path.push(above)
  return path.reverse()
}

const everything: Expansion = { offset: 0, limit: 0 }

class Layout {
  readonly rows: Ref[] = []
  readonly cut: { readonly ref: Ref; readonly shown: number; readonly of: number }[] = []
  readonly #index: RunIndex
  readonly #expanded: Map<Ref, Expansion>
  readonly #matches: Matches | undefined

  constructor(index: RunIndex, view: TreeView) {
    this.#index = index
    this.#expanded = new Map(view.expanded)
    this.#matches = view.phases.size === 0 && view.name === '' ? undefined : new Matches(index, view)
    if (view.selected !== noRef) {
      for (const ref of pathTo(index, view.selected)) {
        if (!this.#expanded.has(ref)) this.#expanded.set(ref, everything)
      }
    }
  }

  run(): void {
    if (!this.#index.has(0) || !this.#isVisible(0)) return
    this.rows.push(0)
    // Not by recursion: trees can be as deep as runs are long.
    const open = [this.#below(0)]
    for (let children = open.at(-1); children !== undefined; children = open.at(-1)) {
      const ref = children.take()
      if (ref === noRef) {
        open.pop()
        this.#note(children)
      } else {
        this.rows.push(ref)
        if (this.isOpen(ref)) open.push(this.#below(ref))
      }
    }
  }

  isOpen(ref: Ref): boolean {
    return this.#expanded.has(ref) || this.#matches?.leadsOnly(ref) === true
  }

  #isVisible(ref: Ref): boolean {
    return this.#matches === undefined || this.#matches.isVisible(ref)
  }

  #below(ref: Ref): Children {
    const isVisible = this.#matches === undefined ? undefined : (child: Ref) => this.#isVisible(child)
    const expansion = this.isOpen(ref) ? (this.#expanded.get(ref) ?? everything) : undefined
    return new Children(this.#index, ref, expansion, isVisible)
  }

  #note(children: Children): void {
    const { ref, shown, seen } = children
    if (seen > shown && this.cut.length < maxCuts) this.cut.push({ ref, shown, of: seen })
  }
}

/** Hands out the children of a row that are to be shown, and counts those that could be. */
class Children {
  readonly ref: Ref
  shown = 0
  seen = 0
  readonly #index: RunIndex
  readonly #from: number
  readonly #to: number
  readonly #isVisible: ((ref: Ref) => boolean) | undefined
  #at: Ref

  constructor(
    index: RunIndex,
    ref: Ref,
    expansion: Expansion | undefined,
    isVisible: ((ref: Ref) => boolean) | undefined,
  ) {
    this.ref = ref
    this.#index = index
    this.#isVisible = isVisible
    this.#from = expansion?.offset ?? 0
    this.#to = expansion === undefined || expansion.limit === 0 ? Infinity : this.#from + expansion.limit
    this.#at = expansion === undefined ? noRef : index.firstBelow(ref)
  }

  /** The next one, or `noRef`. */
  take(): Ref {
    while (this.#at !== noRef) {
      const ref = this.#at
      this.#at = this.#index.next(ref)
      if (this.#isVisible !== undefined && !this.#isVisible(ref)) continue
      const place = this.seen++
      if (place < this.#from || place >= this.#to) continue
      this.shown += 1
      return ref
    }
    return noRef
  }
}

/** Which rows pass a filter, and how many below them do. */
class Matches {
  readonly #own: Uint8Array
  readonly #below: Int32Array
  readonly #belowGroup: Int32Array

  constructor(index: RunIndex, { phases, name }: TreeView) {
    const length = index.lastSeq + 1
    this.#own = new Uint8Array(length)
    this.#below = new Int32Array(length)
    this.#belowGroup = new Int32Array(index.groupCount)
    const names = index.namesThat((shown) => shown.toLowerCase().includes(name))
    // Children come after their parents.
    for (let seq = index.lastSeq; seq >= 0; seq--) {
      if (!index.has(seq)) continue
      const matches = names[index.nameId(seq)] === 1 && (phases.size === 0 || phases.has(index.phaseOf(seq)))
      this.#own[seq] = matches ? 1 : 0
      const all = (this.#below[seq] as number) + (matches ? 1 : 0)
      if (all > 0) this.#addAbove(index, seq, all)
    }
  }

  isVisible(ref: Ref): boolean {
    return isGroup(ref) ? this.#belowGroup[groupRef(ref)] !== 0 : this.#own[ref] === 1 || this.#below[ref] !== 0
  }

  /** It does not pass, but something below it does. */
  leadsOnly(ref: Ref): boolean {
    return isGroup(ref) ? this.isVisible(ref) : this.#own[ref] === 0 && this.#below[ref] !== 0
  }

  #addAbove(index: RunIndex, seq: number, count: number): void {
    const above = index.above(seq)
    if (above === noRef) return
    if (!isGroup(above)) return this.#add(above, count)
    this.#belowGroup[groupRef(above)] = (this.#belowGroup[groupRef(above)] as number) + count
    this.#add(index.above(above), count)
  }

  #add(seq: number, count: number): void {
    this.#below[seq] = (this.#below[seq] as number) + count
  }
}

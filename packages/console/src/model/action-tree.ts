import { create } from '@bufbuild/protobuf'
import { type Action, EnrichedActionSchema, type EnrichedAction } from '@tern/idl/workflow'
import { actionRow, type PhaseCount, type RunRow, toCounts } from './run-rows.ts'
import { phaseInfo } from './phases.ts'
import { msOf } from './times.ts'

/** More are not held: what a page takes of memory has an end. Of what comes later, only those that are held are kept up to date. */
const mostActions = 10_000

/** Which rows of a tree are visible. */
export interface TreeView {
  readonly expanded: ReadonlySet<string>
  /** None for all. */
  readonly phases: ReadonlyArray<number>
  /** Part of a label. */
  readonly name: string
}

interface Group {
  readonly id: string
  readonly name: string
  readonly members: string[]
}

type Child = { readonly action: string } | { readonly group: Group }

/** The actions of a run as a page puts them together itself, for servers that do not give rows. */
export class ActionTree {
  readonly #actions = new Map<string, Action>()
  readonly #children = new Map<string, Child[]>()
  #left = 0

  /** How many actions there are beyond those that are held. */
  get left(): number {
    return this.#left
  }

  get root(): RunRow | undefined {
    const action = this.#actions.get('a0')
    return action && this.#row(action, 0, true)
  }

  put(actions: ReadonlyArray<EnrichedAction>): void {
    for (const { action } of actions) {
      const id = action?.id?.name ?? ''
      if (action === undefined || id === '') continue
      const isNew = !this.#actions.has(id)
      if (isNew && this.#actions.size >= mostActions) {
        this.#left++
        continue
      }
      this.#actions.set(id, action)
      if (isNew && id !== 'a0') this.#hang(id, action)
    }
  }

  #hang(id: string, { metadata }: Action): void {
    const parent = metadata?.parent ?? ''
    const children = this.#children.get(parent) ?? []
    this.#children.set(parent, children)
    const name = metadata?.group ?? ''
    if (name === '') return void children.push({ action: id })
    const known = children.find((child) => 'group' in child && child.group.name === name)
    if (known !== undefined && 'group' in known) known.group.members.push(id)
    else children.push({ group: { id: `${parent}/${name}`, name, members: [id] } })
  }

  /** All visible rows, from the top. */
  rows(view: TreeView): RunRow[] {
    const root = this.#actions.get('a0')
    const rows: RunRow[] = []
    if (root !== undefined) this.#walk(root, 0, view, rows)
    return rows
  }

  /** @returns whether the action, or anything below it, passes the filter */
  #walk(action: Action, depth: number, view: TreeView, rows: RunRow[]): boolean {
    const isFiltered = view.phases.length > 0 || view.name !== ''
    const id = action.id?.name ?? ''
    const isExpanded = view.expanded.has(id)
    const row = this.#row(action, depth, isExpanded)
    const below: RunRow[] = []
    let passes = !isFiltered || passesFilter(row, view)
    // What a filter finds is shown wherever it is.
    if (isExpanded || isFiltered) {
      for (const child of this.#children.get(id) ?? []) {
        const hasFound =
          'group' in child
            ? this.#walkGroup(child.group, depth + 1, view, below)
            : this.#walkId(child.action, depth + 1, view, below)
        passes ||= hasFound
      }
    }
    if (passes)
      rows.push(row.hasChildren && below.length > 0 && !isExpanded ? { ...row, isExpanded: true } : row, ...below)
    return passes
  }

  #walkId(id: string, depth: number, view: TreeView, rows: RunRow[]): boolean {
    const action = this.#actions.get(id)
    return action !== undefined && this.#walk(action, depth, view, rows)
  }

  #walkGroup(group: Group, depth: number, view: TreeView, rows: RunRow[]): boolean {
    const isFiltered = view.phases.length > 0 || view.name !== ''
    const isExpanded = view.expanded.has(group.id)
    const below: RunRow[] = []
    if (isExpanded || isFiltered) for (const id of group.members) this.#walkId(id, depth + 1, view, below)
    if (isFiltered && below.length === 0) return false
    rows.push(this.#groupRow(group, depth, isExpanded || below.length > 0), ...below)
    return true
  }

  #row(action: Action, depth: number, isExpanded: boolean): RunRow {
    const counts = new Map<number, number>()
    this.#count(action.id?.name ?? '', counts)
    return actionRow(
      create(EnrichedActionSchema, { action, childrenPhaseCounts: Object.fromEntries(counts) }),
      depth,
      isExpanded,
    )
  }

  #groupRow({ id, name, members }: Group, depth: number, isExpanded: boolean): RunRow {
    const found = members.flatMap((member) => this.#actions.get(member) ?? [])
    const phases = new Map<number, number>()
    for (const { status } of found) add(phases, status?.phase ?? 0)
    const counts: PhaseCount[] = toCounts(Object.fromEntries(phases))
    const starts = found.flatMap(({ status }) => msOf(status?.startTime) ?? [])
    const ends = found.flatMap(({ status }) => msOf(status?.endTime) ?? [])
    const isEnded = counts.every(({ info }) => info.isTerminal)
    return {
      id,
      kind: 'group',
      label: name,
      depth,
      isExpanded,
      hasChildren: members.length > 0,
      phase: counts[0]?.info.phase ?? 0,
      counts,
      total: members.length,
      startMs: starts.length > 0 ? minOf(starts) : undefined,
      endMs: isEnded && ends.length > 0 ? -minOf(ends.map((end) => -end)) : undefined,
      attempts: 0,
      isCached: false,
      environment: '',
      worthALook: undefined,
    }
  }

  /** Counts all that is below an action, by phase. */
  #count(id: string, counts: Map<number, number>): void {
    for (const child of this.#children.get(id) ?? []) {
      for (const each of 'group' in child ? child.group.members : [child.action]) {
        add(counts, this.#actions.get(each)?.status?.phase ?? 0)
        this.#count(each, counts)
      }
    }
  }
}

function add(counts: Map<number, number>, phase: number): void {
  counts.set(phase, (counts.get(phase) ?? 0) + 1)
}

function minOf(values: ReadonlyArray<number>): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
}

function passesFilter(row: RunRow, { phases, name }: TreeView): boolean {
  const isOfPhase = phases.length === 0 || phases.includes(phaseInfo(row.phase).phase)
  return isOfPhase && row.label.toLowerCase().includes(name.toLowerCase())
}

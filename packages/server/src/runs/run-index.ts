import { ActionPhase } from '@tern/idl/common'
import type { ActionNode } from '../store/action-nodes-repository.ts'

/** A row of the tree: the `seq` of an action, or `groupRef(g)` for the group numbered `g`. */
export type Ref = number

export const noRef: Ref = -1

export function isGroup(ref: Ref): boolean {
  return ref < noRef
}

/** Groups and their references are turned into each other by the same sum. */
export function groupRef(group: number): Ref {
  return -2 - group
}

const phases = ActionPhase.RECOVERED + 1
const unknown = 255
const none = -1

/**
 * The tree of a run's actions in flat arrays: about fifty bytes an action, whatever its size. Actions that their parent
 * called in a group hang below a node of that group, which stands where its first member does. Nodes are added parents
 * first, as `seq` counts, and are never taken away.
 */
export class RunIndex {
  /** Counts changes. A node that has changed since a time has a stamp above the one that was read then. */
  tick = 1
  /** The highest `seq` that is known; -1 for none. */
  lastSeq = -1
  /** Number of actions. */
  size = 0
  readonly #names: string[] = []
  readonly #nameIds = new Map<string, number>()
  readonly #groupIds = new Map<string, number>()
  readonly #groups: GroupEntry[] = []
  #parent = new Int32Array(0)
  #group = new Int32Array(0)
  #name = new Int32Array(0)
  #first = new Int32Array(0)
  #last = new Int32Array(0)
  #next = new Int32Array(0)
  #stamp = new Int32Array(0)
  #phase = new Uint8Array(0)
  #created = new Float64Array(0)
  #ended = new Float64Array(0)
  /** Which row of `#counts` an action has; only those with something below them have one. */
  #slot = new Int32Array(0)
  #counts = new Int32Array(0)
  #slots = 0

  get groupCount(): number {
    return this.#groups.length
  }

  has(seq: number): boolean {
    return seq >= 0 && seq <= this.lastSeq && this.#phase[seq] !== unknown
  }

  /** Takes in an action as it is now. */
  put(action: ActionNode): void {
    const { seq } = action
    if (!this.has(seq)) this.#add(action)
    const before = this.#phase[seq] as number
    if (before !== action.phase && before !== unknown) this.#changePhase(seq, before, action.phase)
    this.#ended[seq] = action.endedAt ?? 0
    this.#stamp[seq] = this.tick
    const group = this.#groups[this.#group[seq] as number]
    if (group === undefined) return
    group.stamp = this.tick
    group.latestEnd = Math.max(group.latestEnd, action.endedAt ?? 0)
  }

  phaseOf(seq: number): ActionPhase {
    return this.#phase[seq] as ActionPhase
  }

  nameOf(seq: number): string {
    return this.#names[this.#name[seq] as number] ?? ''
  }

  createdAt(seq: number): number {
    return this.#created[seq] as number
  }

  /** 0 while it has not ended. */
  endedAt(seq: number): number {
    return this.#ended[seq] as number
  }

  groupOf(ref: Ref): Readonly<GroupEntry> {
    return this.#groups[groupRef(ref)] as GroupEntry
  }

  /** The group of that name that an action has made, or `noRef`. */
  findGroup(parentSeq: number, name: string): Ref {
    const group = this.#groupIds.get(groupKey(parentSeq, name))
    return group === undefined ? noRef : groupRef(group)
  }

  /** The row that a row hangs below, or `noRef`. */
  above(ref: Ref): Ref {
    if (isGroup(ref)) return this.groupOf(ref).parent
    const group = this.#group[ref] as number
    return group === none ? (this.#parent[ref] as number) : groupRef(group)
  }

  firstBelow(ref: Ref): Ref {
    return isGroup(ref) ? this.groupOf(ref).first : (this.#first[ref] as number)
  }

  next(ref: Ref): Ref {
    return isGroup(ref) ? this.groupOf(ref).next : (this.#next[ref] as number)
  }

  stampOf(ref: Ref): number {
    return isGroup(ref) ? this.groupOf(ref).stamp : (this.#stamp[ref] as number)
  }

  /** Number of actions below a row in each phase that any is or was in. */
  countsBelow(ref: Ref): { [phase: number]: number } {
    const counts: { [phase: number]: number } = {}
    const slot = this.#slotOf(ref)
    if (slot === none) return counts
    for (let phase = 1; phase < phases; phase++) {
      const count = this.#counts[slot * phases + phase] as number
      if (count > 0) counts[phase] = count
    }
    return counts
  }

  /** Ids of the shown names that pass, for filters: there are few, however many actions. */
  namesThat(passes: (name: string) => boolean): Uint8Array {
    return Uint8Array.from(this.#names, (name) => (passes(name) ? 1 : 0))
  }

  nameId(seq: number): number {
    return this.#name[seq] as number
  }

  #add(action: ActionNode): void {
    const { seq, parentSeq } = action
    this.#reserve(seq + 1)
    this.#phase.fill(unknown, this.lastSeq + 1, seq + 1)
    this.lastSeq = Math.max(this.lastSeq, seq)
    this.size += 1
    this.#phase[seq] = action.phase
    this.#name[seq] = this.#nameIdOf(action.name)
    this.#created[seq] = action.createdAt
    const parent = parentSeq !== null && this.has(parentSeq) ? parentSeq : noRef
    this.#parent[seq] = parent
    this.#first[seq] = this.#last[seq] = this.#next[seq] = noRef
    this.#slot[seq] = none
    const group = parent === noRef || action.group === '' ? none : this.#groupFor(parent, action)
    this.#group[seq] = group
    if (parent !== noRef) this.#append(group === none ? parent : groupRef(group), seq)
    this.#count(seq, action.phase, 1)
  }

  #groupFor(parent: number, { group: name, createdAt }: ActionNode): number {
    const key = groupKey(parent, name)
    const known = this.#groupIds.get(key)
    const id = known ?? this.#groups.length
    if (known === undefined) {
      this.#groupIds.set(key, id)
      this.#groups.push(newGroup(parent, name, createdAt))
      this.#append(parent, groupRef(id))
    }
    const group = this.#groups[id] as GroupEntry
    group.members += 1
    group.earliestStart = Math.min(group.earliestStart, createdAt)
    return id
  }

  #append(below: Ref, ref: Ref): void {
    const last = isGroup(below) ? this.groupOf(below).last : (this.#last[below] as number)
    if (last === noRef) this.#setFirst(below, ref)
    else if (isGroup(last)) (this.#groups[groupRef(last)] as GroupEntry).next = ref
    else this.#next[last] = ref
    if (isGroup(below)) (this.#groups[groupRef(below)] as GroupEntry).last = ref
    else this.#last[below] = ref
  }

  #setFirst(below: Ref, ref: Ref): void {
    if (isGroup(below)) (this.#groups[groupRef(below)] as GroupEntry).first = ref
    else this.#first[below] = ref
  }

  #changePhase(seq: number, from: number, to: number): void {
    this.#count(seq, from, -1)
    this.#phase[seq] = to
    this.#count(seq, to, 1)
  }

  #count(seq: number, phase: number, by: number): void {
    for (let ref = this.above(seq); ref !== noRef; ref = this.above(ref)) {
      const at = this.#ownSlot(ref) * phases + phase
      this.#counts[at] = (this.#counts[at] as number) + by
      if (isGroup(ref)) (this.#groups[groupRef(ref)] as GroupEntry).stamp = this.tick
      else this.#stamp[ref] = this.tick
    }
  }

  #slotOf(ref: Ref): number {
    return isGroup(ref) ? this.groupOf(ref).slot : (this.#slot[ref] as number)
  }

  #ownSlot(ref: Ref): number {
    const slot = this.#slotOf(ref)
    if (slot !== none) return slot
    if ((this.#slots + 1) * phases > this.#counts.length) {
      this.#counts = grown(this.#counts, Math.max(64, this.#slots * 2) * phases)
    }
    if (isGroup(ref)) (this.#groups[groupRef(ref)] as GroupEntry).slot = this.#slots
    else this.#slot[ref] = this.#slots
    return this.#slots++
  }

  #nameIdOf(name: string): number {
    const known = this.#nameIds.get(name)
    if (known !== undefined) return known
    this.#nameIds.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  #reserve(size: number): void {
    if (size <= this.#phase.length) return
    const length = Math.max(256, size, this.#phase.length * 2)
    this.#parent = grown(this.#parent, length)
    this.#group = grown(this.#group, length)
    this.#name = grown(this.#name, length)
    this.#first = grown(this.#first, length)
    this.#last = grown(this.#last, length)
    this.#next = grown(this.#next, length)
    this.#stamp = grown(this.#stamp, length)
    this.#slot = grown(this.#slot, length)
    this.#phase = grown(this.#phase, length)
    this.#created = grown(this.#created, length)
    this.#ended = grown(this.#ended, length)
  }
}

/** Actions that one action called under one name. */
export interface GroupEntry {
  readonly parent: number
  readonly name: string
  members: number
  /** UTC epoch milliseconds. */
  earliestStart: number
  /** 0 while none of them has ended. */
  latestEnd: number
  first: Ref
  last: Ref
  next: Ref
  slot: number
  stamp: number
}

function newGroup(parent: number, name: string, createdAt: number): GroupEntry {
  return {
    parent,
    name,
    members: 0,
    earliestStart: createdAt,
    latestEnd: 0,
    first: noRef,
    last: noRef,
    next: noRef,
    slot: none,
    stamp: 0,
  }
}

function groupKey(parent: number, name: string): string {
  return `${parent}/${name}`
}

function grown<Columns extends Int32Array | Uint8Array | Float64Array>(columns: Columns, length: number): Columns {
  const larger = new (columns.constructor as new (length: number) => Columns)(length)
  larger.set(columns)
  return larger
}

import { ActionPhase } from '@tern/idl/common'
import type { ActionSummary } from '../store/actions-repository.ts'
import type { ActionFilter } from './action-filter.ts'

/** An action whose place in the tree looks different from what was told last. */
export interface TreeChange {
  readonly seq: number
  /** It passes the filter, or something below it does. False once, for what was shown before and no longer is. */
  readonly meetsFilter: boolean
  /** Number of actions below it in each phase. Phases that had some and no longer do are there, with 0. */
  readonly phaseCounts: { readonly [phase: number]: number }
}

interface Node {
  readonly seq: number
  readonly parent: Node | undefined
  readonly counts: { [phase: number]: number }
  phase: number
  version: number
  matches: boolean
  /** Actions in its subtree that pass the filter, itself included. */
  matching: number
  shown: boolean
}

/**
 * A watcher's picture of a run: who is below whom, and what has been told of each. It holds a few numbers for each
 * action; what is shown of an action is read when it is told.
 */
export class ActionTree {
  readonly #filter: ActionFilter
  readonly #nodes = new Map<number, Node>()
  readonly #dirty = new Set<Node>()

  constructor(filter: ActionFilter) {
    this.#filter = filter
  }

  /** Takes in the state of actions, parents before children, and returns what has to be told, in order of creation. */
  apply(actions: ReadonlyArray<ActionSummary>): TreeChange[] {
    for (const action of actions) this.#put(action)
    const changes: TreeChange[] = []
    for (const node of this.#dirty) {
      const isVisible = node.matching > 0
      if (isVisible || node.shown) {
        changes.push({ seq: node.seq, meetsFilter: isVisible, phaseCounts: { ...node.counts } })
      }
      node.shown = isVisible
    }
    this.#dirty.clear()
    return changes.sort((a, b) => a.seq - b.seq)
  }

  #put(action: ActionSummary): void {
    const known = this.#nodes.get(action.seq)
    if (known === undefined) return this.#add(action)
    if (known.version === versionOf(action)) return
    known.version = versionOf(action)
    this.#dirty.add(known)
    if (known.phase !== action.phase) this.#changePhase(known, action.phase)
    this.#setMatches(known, this.#filter(action))
  }

  #add(action: ActionSummary): void {
    const node: Node = {
      seq: action.seq,
      parent: action.parentSeq === null ? undefined : this.#nodes.get(action.parentSeq),
      counts: {},
      phase: action.phase,
      version: versionOf(action),
      matches: false,
      matching: 0,
      shown: false,
    }
    this.#nodes.set(node.seq, node)
    this.#dirty.add(node)
    this.#count(node, action.phase, 1)
    this.#setMatches(node, this.#filter(action))
  }

  #changePhase(node: Node, phase: number): void {
    this.#count(node, node.phase, -1)
    this.#count(node, phase, 1)
    node.phase = phase
  }

  #count(node: Node, phase: number, by: number): void {
    if (phase === ActionPhase.UNSPECIFIED) return
    for (let above = node.parent; above !== undefined; above = above.parent) {
      above.counts[phase] = (above.counts[phase] ?? 0) + by
      this.#dirty.add(above)
    }
  }

  #setMatches(node: Node, matches: boolean): void {
    if (node.matches === matches) return
    node.matches = matches
    for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
      at.matching += matches ? 1 : -1
      this.#dirty.add(at)
    }
  }
}

// Phase, attempt and time of the last change tell any two states of an action apart.
function versionOf(action: ActionSummary): number {
  return action.updatedAt * 1024 + action.attempt * 16 + action.phase
}

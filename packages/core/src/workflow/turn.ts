import type { StartEffect, Started, WorkflowEffect } from './effects.ts'
import type { NodeRun } from './execution-state.ts'
import { abortReason } from './abort-reason.ts'
import { itemKey } from './node-path.ts'
import { StoredValues, type UnreadValue } from './stored-values.ts'

/** Something that was started and has not ended. */
export interface Live {
  readonly node: NodeRun
  /** Of a map node. */
  readonly item: number | null
}

/** Where one execution of a workflow is: what runs, what may begin, and what it wants done. */
export class Turn {
  /** UTC epoch milliseconds. */
  now = 0
  isOver = false
  readonly stored = new StoredValues()
  readonly #live = new Map<string, Live>()
  readonly #reads = new Map<string, (() => void)[]>()
  #ready: NodeRun[] = []
  #effects: WorkflowEffect[] = []

  /** Nothing is left that it waits for. */
  mayBegin(node: NodeRun): void {
    this.#ready.push(node)
  }

  /** Nodes that need nothing started go by here, one after the other: a chain of them is no recursion. */
  beginAll(begin: (node: NodeRun) => void): void {
    for (let at = 0; at < this.#ready.length; at++) {
      const node = this.#ready[at]!
      if (node.state === 'waiting' && !this.isOver) begin(node)
    }
    this.#ready = []
  }

  wants(effect: WorkflowEffect): void {
    this.#effects.push(effect)
  }

  takeEffects(): ReadonlyArray<WorkflowEffect> {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  launch(node: NodeRun, inputs: Uint8Array, what: Started, item: number | null = null): void {
    const effect = startOf(node, inputs, what, item)
    this.#live.set(effect.key, { node, item })
    this.#effects.push(effect)
  }

  abort(key: string, failedPath: string): void {
    if (this.#live.delete(key)) this.#effects.push({ type: 'abort', key, reason: abortReason(failedPath) })
  }

  find(key: string): Live | undefined {
    return this.#live.get(key)
  }

  /** It has ended. Undefined if nobody waits for that any more. */
  take(key: string): Live | undefined {
    const live = this.#live.get(key)
    this.#live.delete(key)
    return live
  }

  /** Something is to be done again when a value has been read that is kept in storage. */
  whenRead({ uri }: UnreadValue, again: () => void): void {
    const waiting = this.#reads.get(uri)
    if (waiting !== undefined) return void waiting.push(again)
    this.#reads.set(uri, [again])
    this.#effects.push({ type: 'read', uri })
  }

  /** A value has been read, or cannot be. */
  hasRead(uri: string): void {
    const waiting = this.#reads.get(uri) ?? []
    this.#reads.delete(uri)
    for (const again of waiting) if (!this.isOver) again()
  }
}

/** The wish to have something run for a node. */
export function startOf(node: NodeRun, inputs: Uint8Array, what: Started, item: number | null): StartEffect {
  const { path } = node
  return {
    type: 'start',
    key: item === null ? path : itemKey(path, item),
    path,
    group: item === null ? node.list.path : path,
    name: node.plan.node.name,
    what,
    inputs,
    isFailureHandler: node.list.isHandler || node.graph.isInHandler,
  }
}

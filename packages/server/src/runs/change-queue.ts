import type { Change, ChangeFeed } from '../engine/model.ts'

export interface ChangeQueueOptions {
  readonly feed: ChangeFeed
  readonly runId: number | 'all'
  /** What to remember of a change: the queue keeps each value once. Undefined for changes that do not matter. */
  readonly keyOf: (change: Change) => number | undefined
  /** Ends the wait, and the subscription. */
  readonly signal: AbortSignal
  /** Keys remembered before the queue gives up on telling them apart. Defaults to 10,000. */
  readonly capacity?: number
}

/** What happened since the last look. After an overflow everything has to be read again. */
export type Changes =
  | { readonly kind: 'changed'; readonly keys: ReadonlyArray<number> }
  | { readonly kind: 'overflow' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'closed' }

/**
 * Changes that a watcher has not looked at yet. However slow the watcher, it holds each changed thing once, and a
 * bounded number of them. Subscribe before reading what the changes are changes of.
 */
export class ChangeQueue {
  readonly #keyOf: (change: Change) => number | undefined
  readonly #capacity: number
  readonly #watchesAll: boolean
  readonly #signal: AbortSignal
  readonly #unsubscribe: () => void
  #keys = new Set<number>()
  #overflown = false
  #wake: (() => void) | undefined

  constructor(options: ChangeQueueOptions) {
    this.#keyOf = options.keyOf
    this.#capacity = options.capacity ?? 10_000
    this.#watchesAll = options.runId === 'all'
    this.#signal = options.signal
    this.#unsubscribe = options.feed.subscribe(options.runId, (change) => this.#add(change))
    // A watcher whose client went away may never be asked for its next message, so it cannot be left to it to close.
    this.#signal.addEventListener('abort', this.#onAbort)
    if (this.#signal.aborted) this.close()
  }

  /** Waits for changes; for no longer than `timeoutMs`, if that is given. */
  async next(timeoutMs?: number): Promise<Changes> {
    if (this.#isEmpty && !this.#signal.aborted) await this.#wait(timeoutMs)
    return this.#take()
  }

  close(): void {
    this.#unsubscribe()
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#keys = new Set()
    this.#wake?.()
  }

  readonly #onAbort = (): void => this.close()

  get #isEmpty(): boolean {
    return this.#keys.size === 0 && !this.#overflown
  }

  #add(change: Change): void {
    if (this.#overflown) return
    if (change.kind === 'everything' && !this.#isOneOfAll(change)) return this.#overflow()
    const key = this.#keyOf(change.kind === 'everything' ? { ...change, kind: 'action' } : change)
    if (key === undefined) return
    this.#keys.add(key)
    if (this.#keys.size > this.#capacity) this.#overflow()
    else this.#wake?.()
  }

  /** To a watcher of all runs, a run of which everything may have changed is one that changed. */
  #isOneOfAll(change: Change): boolean {
    return this.#watchesAll && change.runId !== 0
  }

  #overflow(): void {
    this.#overflown = true
    this.#keys = new Set()
    this.#wake?.()
  }

  #wait(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#wake?.(), timeoutMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
    })
  }

  #take(): Changes {
    if (this.#signal.aborted) return { kind: 'closed' }
    if (this.#overflown) {
      this.#overflown = false
      return { kind: 'overflow' }
    }
    if (this.#keys.size === 0) return { kind: 'idle' }
    const keys = [...this.#keys]
    this.#keys = new Set()
    return { kind: 'changed', keys }
  }
}

/** Waits a moment, so that changes which come close together are told together. Ends early when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

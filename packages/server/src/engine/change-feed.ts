import type { Change, OpenChangeFeed } from './model.ts'

type Listener = (change: Change) => void

/** Tells subscribers what a commit changed. With nobody listening a change costs one look-up. */
export class CommittedChanges implements OpenChangeFeed {
  readonly #byRun = new Map<number, Set<Listener>>()
  readonly #all = new Set<Listener>()

  subscribe(runId: number | 'all', listener: Listener): () => void {
    if (runId === 'all') {
      this.#all.add(listener)
      return () => void this.#all.delete(listener)
    }
    const listeners = this.#byRun.get(runId) ?? new Set()
    this.#byRun.set(runId, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#byRun.get(runId) === listeners) this.#byRun.delete(runId)
    }
  }

  publish(change: Change): void {
    const listeners = this.#byRun.get(change.runId)
    if (listeners !== undefined) for (const listener of listeners) listener(change)
    for (const listener of this.#all) listener(change)
  }

  /** Tells the subscribers of a run, or of every run, to read everything again. */
  publishEverything(runId: number | 'all'): void {
    if (runId !== 'all') return this.publish({ runId, seq: 0, kind: 'everything' })
    for (const [id, listeners] of this.#byRun) {
      for (const listener of listeners) listener({ runId: id, seq: 0, kind: 'everything' })
    }
    for (const listener of this.#all) listener({ runId: 0, seq: 0, kind: 'everything' })
  }
}

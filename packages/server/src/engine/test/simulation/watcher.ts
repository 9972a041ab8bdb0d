import type { MemoryStore } from '../memory-store.ts'
import type { Change } from '../../model.ts'
import { check } from './invariants.ts'

/** Somebody who watches all runs: reads again what changes, and nothing else. */
export class Watcher {
  readonly #store: MemoryStore
  readonly #seen = new Map<string, string>()

  constructor(store: MemoryStore) {
    this.#store = store
  }

  /** For one who connects anew, or was told that anything may have changed. */
  readEverything(): void {
    for (const [key, { state }] of this.#store.actions) this.#seen.set(key, stateOf(state))
  }

  onChange({ runId, seq, kind }: Change): void {
    if (kind === 'log') return
    for (const [key, row] of this.#store.actions) {
      if (row.runId !== runId || row.seq !== seq) continue
      this.#seen.set(key, stateOf(row.state))
      return
    }
    // What was refused never was. The run's own actions are told of after they are stored.
  }

  checkEnd(): void {
    for (const [key, { state }] of this.#store.actions) {
      const seen = this.#seen.get(key)
      check(
        'after the commit',
        seen === stateOf(state),
        () => `${key} is ${stateOf(state)}, and who watches saw ${seen}`,
      )
    }
  }
}

function stateOf({ attempt, timeline }: { readonly attempt: number; readonly timeline: string }): string {
  return `#${attempt} ${timeline}`
}

import type { ActionEntry } from './entries.ts'

/**
 * How many actions of a run may be busy at once. An action that only waits for its children is not: it would hold what
 * they need, and a run nested deeper than its limit would never end.
 */
export class RunSlots {
  /** 0 for no limit. */
  readonly #limit: number
  readonly #waiting: ActionEntry[] = []
  #busy = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether the action may start now. If not it is among those that `vacate` gives back, in the order they came. */
  admit(entry: ActionEntry): boolean {
    if (this.#limit === 0 || this.#busy < this.#limit || entry.hasLiveChildren) return true
    this.#waiting.push(entry)
    return false
  }

  /** An action became busy. */
  occupy(): void {
    this.#busy += 1
  }

  /** An action is busy no longer. Returns the one that may start instead. */
  vacate(): ActionEntry | undefined {
    this.#busy -= 1
    while (this.#waiting.length > 0 && this.#busy < this.#limit) {
      const next = this.#waiting.shift()
      if (next !== undefined && next.state.endedAt === null) return next
    }
    return undefined
  }
}

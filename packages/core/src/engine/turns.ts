/** An action, as far as taking turns goes. */
export interface TurnTaker {
  readonly parent: TurnTaker | null
}

/**
 * Whose turn it is to compute a result that is computed once at a time: of several actions with the same key one computes, the
 * others wait for what it finds.
 */
export class Turns<Taker extends TurnTaker> {
  readonly #keyOf: (taker: Taker) => string | null
  readonly #turns = new Map<string, { readonly producer: Taker; readonly waiting: Set<Taker> }>()

  /** @param keyOf null for an action whose result may be computed many times at once */
  constructor(keyOf: (taker: Taker) => string | null) {
    this.#keyOf = keyOf
  }

  has(key: string): boolean {
    return this.#turns.has(key)
  }

  /**
   * The action that computes its result, for which it has to wait: it is among those that `release` gives back then. Null
   * when it may begin now.
   */
  take(taker: Taker): Taker | null {
    const key = this.#keyOf(taker)
    if (key === null) return null
    const turn = this.#turns.get(key)
    if (turn === undefined) this.#turns.set(key, { producer: taker, waiting: new Set() })
    else if (turn.producer !== taker && !this.#waitsFor(turn.producer, taker)) {
      turn.waiting.add(taker)
      return turn.producer
    }
    return null
  }

  /** Who computes the result that an action waits for; undefined for one that waits for none. */
  producerOf(taker: Taker): Taker | undefined {
    const key = this.#keyOf(taker)
    const turn = key === null ? undefined : this.#turns.get(key)
    return turn?.waiting.has(taker) === true ? turn.producer : undefined
  }

  /** The action has ended. Returns those that waited for it; undefined when it had no turn. */
  release(taker: Taker): ReadonlyArray<Taker> | undefined {
    const key = this.#keyOf(taker)
    const turn = key === null ? undefined : this.#turns.get(key)
    if (key === null || turn === undefined) return undefined
    if (turn.producer !== taker) {
      turn.waiting.delete(taker)
      return undefined
    }
    this.#turns.delete(key)
    return [...turn.waiting]
  }

  /**
   * Whether a producer cannot end before an action below has: it is above it, or has something below itself that waits for
   * another producer of which that is true. The action must not wait for it in its turn, or none of them would ever end.
   */
  #waitsFor(producer: Taker, taker: Taker, seen = new Set<Taker>()): boolean {
    if (isBelow(taker, producer)) return true
    // Nobody waits for anything above it, so there is no way back to it.
    if (!this.#isAwaitedAbove(taker)) return false
    seen.add(producer)
    for (const { producer: next, waiting } of this.#turns.values()) {
      if (seen.has(next)) continue
      for (const each of waiting) {
        if (!isBelow(each, producer)) continue
        if (this.#waitsFor(next, taker, seen)) return true
        break
      }
    }
    return false
  }

  #isAwaitedAbove({ parent }: Taker): boolean {
    for (let above = parent as Taker | null; above !== null; above = above.parent as Taker | null) {
      const key = this.#keyOf(above)
      const turn = key === null ? undefined : this.#turns.get(key)
      if (turn?.producer === above && turn.waiting.size > 0) return true
    }
    return false
  }
}

function isBelow(taker: TurnTaker, other: TurnTaker): boolean {
  for (let { parent } = taker; parent !== null; { parent } = parent) if (parent === other) return true
  return false
}

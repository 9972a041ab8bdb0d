import type { Clock } from '@tern/core'
import type { Alarm } from '../../timers.ts'

interface Ring {
  readonly at: number
  readonly ring: () => void
  /** Whoever set it. */
  readonly owner: number
}

/** Time that passes when the simulation says so, and a clock that can be set. */
export class SimulatedTime implements Clock {
  #elapsedMs = 0
  #offsetMs = 1_700_000_000_000
  #rings: Ring[] = []

  /** What the clock shows. */
  now(): number {
    return this.#offsetMs + this.#elapsedMs
  }

  /** Since the beginning, whatever is done to the clock. */
  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** Alarms of a server, by its number. */
  alarm(owner: number): Alarm {
    return {
      now: () => this.#elapsedMs,
      set: (ring, delayMs) => {
        const entry = { at: this.#elapsedMs + delayMs, ring, owner }
        this.#rings.push(entry)
        return () => this.#remove(entry)
      },
    }
  }

  /** Whoever set these alarms is dead: they never ring. */
  silence(owner: number): void {
    this.#rings = this.#rings.filter((ring) => ring.owner !== owner)
  }

  /** Sets the clock; no time passes. */
  setClock(byMs: number): void {
    this.#offsetMs += byMs
  }

  /** Lets time pass, up to the next alarm at most. */
  pass(atMostMs: number): void {
    let next: Ring | undefined
    for (const ring of this.#rings) if (next === undefined || ring.at < next.at) next = ring
    if (next === undefined || next.at > this.#elapsedMs + atMostMs) {
      this.#elapsedMs += Math.min(atMostMs, 1_000)
      return
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, next.at)
    this.#remove(next)
    next.ring()
  }

  #remove(ring: Ring): void {
    const index = this.#rings.indexOf(ring)
    if (index >= 0) this.#rings.splice(index, 1)
  }
}

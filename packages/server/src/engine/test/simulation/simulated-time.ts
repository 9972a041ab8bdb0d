import type { Clock } from '@tern/core'
import type { Alarm } from '../../timers.ts'

interface Ring {
  readonly at: number
  readonly ring: () => void
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

  /** An alarm for a server that starts. Those of the server before it never ring. */
  alarm(): Alarm {
    const rings: Ring[] = []
    this.#rings = rings
    return {
      now: () => this.#elapsedMs,
      set: (ring, delayMs) => {
        const entry = { at: this.#elapsedMs + delayMs, ring }
        rings.push(entry)
        return () => {
          const index = rings.indexOf(entry)
          if (index >= 0) rings.splice(index, 1)
        }
      },
    }
  }

  /** Sets the clock; no time passes. */
  setClock(byMs: number): void {
    this.#offsetMs += byMs
  }

  /** Lets time pass, up to the next alarm at most. Returns whether it rang. */
  pass(atMostMs: number): boolean {
    const next = this.#rings.reduce<Ring | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined)
    if (next === undefined || next.at > this.#elapsedMs + atMostMs) {
      this.#elapsedMs += Math.min(atMostMs, 1_000)
      return false
    }
    this.#elapsedMs = Math.max(this.#elapsedMs, next.at)
    this.#rings.splice(this.#rings.indexOf(next), 1)
    next.ring()
    return true
  }
}

import { durationMs, type DurationInput } from '@tern/core'
import type { LocalClock } from '@tern/sdk'
import type { ClockedRun } from '@tern/sdk/internal'

export interface FakeClockOptions {
  /** Where it begins. Defaults to 2024-01-01, midnight UTC. */
  readonly now?: Date | number | undefined
  /**
   * Whether time goes on by itself, to whatever is due next, as soon as nothing of a run is left to do but to wait for it: for a
   * sleep, a back-off, or the timeout of a condition. Code that waits for something else, such as a request, is waited for, so
   * that no time limit is missed by it. Defaults to true.
   */
  readonly autoAdvance?: boolean | undefined
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly fire: () => void
}

const { setTimeout: realTimeout, setImmediate: realImmediate } = globalThis
// Code that has just been woken up gets so many turns to come to its next wait.
const turnsToSettle = 5
const lookAgainMs = 1

/** A clock for local runs whose time is told: nothing that a run waits for takes any. */
export class FakeClock implements LocalClock {
  readonly #autoAdvance: boolean
  readonly #timers = new Set<Timer>()
  readonly #runs = new Set<ClockedRun>()
  #now: number
  #order = 0
  #isDriving = false

  constructor({ now = Date.UTC(2024, 0, 1), autoAdvance = true }: FakeClockOptions = {}) {
    this.#now = Number(now)
    this.#autoAdvance = autoAdvance
  }

  /** UTC epoch milliseconds. */
  now(): number {
    return this.#now
  }

  /** How many waits there are for it. */
  get waiting(): number {
    return this.#timers.size
  }

  after(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, order: ++this.#order, fire }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  attach(run: ClockedRun): void {
    this.#runs.add(run)
    if (this.#autoAdvance) void this.#drive()
  }

  /**
   * Lets time go by: what becomes due happens in its order, and what follows from it, too.
   *
   * @param duration `'5m'` or `{ minutes: 5 }`
   */
  async advance(duration: DurationInput): Promise<void> {
    const until = this.#now + durationMs(duration, 'duration')
    await settle()
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#fire(next)
      await settle()
    }
    this.#now = until
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.fire()
  }

  async #drive(): Promise<void> {
    if (this.#isDriving) return
    this.#isDriving = true
    while (this.#runs.size > 0) {
      await settle()
      for (const run of this.#runs) if (run.isOver) this.#runs.delete(run)
      const isBusy = [...this.#runs].some((run) => run.isBusy)
      const next = isBusy || this.#runs.size === 0 ? undefined : this.#next()
      // A process that has nothing else to do does not stay for it.
      if (next === undefined) await new Promise((resolve) => realTimeout(resolve, lookAgainMs).unref())
      else this.#fire(next)
    }
    this.#isDriving = false
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < turnsToSettle; turn++) await new Promise((resolve) => realImmediate(resolve))
}

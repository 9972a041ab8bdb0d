import type { Clock } from '@tern/core'
import { type Timer, Timers } from '../engine/timers.ts'
import { maxFirings } from '../store/firings-repository.ts'
import { triggerId } from '../store/triggers-repository.ts'
import type { Firing } from './firings.ts'

export interface RetriesHandler {
  due(firing: Firing): void
  /** Of a trigger that has as many as are kept, the oldest. */
  tooMany(firing: Firing): void
}

interface Waiting {
  readonly firing: Firing
  readonly timer: Timer
}

/** Firings that wait to be tried again, each once. */
export class Retries {
  readonly #handler: RetriesHandler
  readonly #timers: Timers<Firing>
  /** By trigger, then by instant. */
  readonly #waiting = new Map<string, Map<number, Waiting>>()

  constructor(clock: Clock, handler: RetriesHandler) {
    this.#handler = handler
    this.#timers = new Timers(clock, (firing) => this.#onDue(firing))
  }

  /** Does nothing for a firing that is waiting already. */
  add(at: number, firing: Firing): void {
    const id = triggerId(firing.key)
    const ofTrigger = this.#waiting.get(id) ?? new Map<number, Waiting>()
    if (ofTrigger.has(firing.at)) return
    this.#waiting.set(id, ofTrigger)
    ofTrigger.set(firing.at, { firing, timer: this.#timers.add(at, firing) })
    if (ofTrigger.size > maxFirings) this.#drop(Math.min(...ofTrigger.keys()), ofTrigger)
  }

  /** Forgets all that wait. */
  clear(): void {
    for (const ofTrigger of this.#waiting.values()) for (const { timer } of ofTrigger.values()) timer.cancel()
    this.#waiting.clear()
  }

  /** To be called once in a while: the clock may have been set. */
  check(): void {
    this.#timers.check()
  }

  stop(): void {
    this.#timers.stop()
    this.#waiting.clear()
  }

  #onDue(firing: Firing): void {
    const id = triggerId(firing.key)
    const ofTrigger = this.#waiting.get(id)
    ofTrigger?.delete(firing.at)
    if (ofTrigger?.size === 0) this.#waiting.delete(id)
    this.#handler.due(firing)
  }

  #drop(at: number, ofTrigger: Map<number, Waiting>): void {
    const dropped = ofTrigger.get(at)
    if (dropped === undefined) return
    dropped.timer.cancel()
    ofTrigger.delete(at)
    this.#handler.tooMany(dropped.firing)
  }
}

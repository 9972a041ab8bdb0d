import type { Clock } from '@tern/core'

/** A deadline that can be called off. */
export interface Timer {
  cancel(): void
}

/** What wakes timers up. Its time only goes forwards, whatever is done to the clock. */
export interface Alarm {
  /** Milliseconds since some moment. */
  now(): number
  /** Calls back after a delay; returns the function that calls it off. */
  set(ring: () => void, delayMs: number): () => void
}

/** Node's timers. */
const nodeAlarm: Alarm = {
  now: () => performance.now(),
  set(ring, delayMs) {
    const timer = setTimeout(ring, delayMs)
    return () => clearTimeout(timer)
  },
}

export interface TimersOptions {
  /** Defaults to Node's timers. */
  readonly alarm?: Alarm | undefined
  /**
   * The times are ends of spans, and not instants of the calendar: when the clock is set back, what is left of them stays
   * what it was. Defaults to false.
   */
  readonly areSpans?: boolean
}

interface Entry<T> {
  readonly at: number
  /** Undefined once called off. */
  value: T | undefined
}

// Node's timers hold at most 2^31 - 1 ms; a later time is reached in several steps.
const longestDelayMs = 2 ** 31 - 1

// A clock that is corrected a little is not one that has been set.
const leastStepMs = 1_000

/**
 * Many deadlines behind one Node timer: a binary heap ordered by time. Called-off entries stay until they are half of
 * the heap, so calling off costs nothing and memory follows what is live.
 */
export class Timers<T> {
  readonly #clock: Clock
  readonly #onDue: (value: T) => void
  #heap: Entry<T>[] = []
  #calledOff = 0
  readonly #alarm: Alarm
  readonly #areSpans: boolean
  #disarm: () => void = () => {}
  #armedFor: Entry<T> | undefined
  /** When the alarm rings, by its own time. */
  #ringsAt = Number.POSITIVE_INFINITY
  /** By how much the clock has been set back, as far as that counts. */
  #setBackMs = 0
  #seen: { readonly clock: number; readonly alarm: number }

  constructor(clock: Clock, onDue: (value: T) => void, { alarm = nodeAlarm, areSpans = false }: TimersOptions = {}) {
    this.#clock = clock
    this.#onDue = onDue
    this.#alarm = alarm
    this.#areSpans = areSpans
    this.#seen = { clock: clock.now(), alarm: alarm.now() }
  }

  /** Calls back with `value` at epoch millisecond `at`; in a later turn when that has passed already. */
  add(at: number, value: T): Timer {
    const now = this.#now()
    const entry: Entry<T> = { at: at + this.#setBackMs, value }
    this.#push(entry)
    this.#arm(now)
    return { cancel: () => this.#callOff(entry) }
  }

  /** Calls back for what is due by now. To be called once in a while where the clock may be set. */
  check(): void {
    this.#disarm()
    this.#fire()
  }

  stop(): void {
    this.#disarm()
    this.#heap = []
  }

  /** The time by which entries are due. */
  #now(): number {
    const clock = this.#clock.now()
    if (!this.#areSpans) return clock
    const alarm = this.#alarm.now()
    const setBackMs = this.#seen.clock + (alarm - this.#seen.alarm) - clock
    if (setBackMs > leastStepMs) this.#setBackMs += setBackMs
    this.#seen = { clock, alarm }
    return clock + this.#setBackMs
  }

  #callOff(entry: Entry<T>): void {
    if (entry.value === undefined) return
    entry.value = undefined
    this.#calledOff += 1
    if (this.#calledOff * 2 <= this.#heap.length || this.#heap.length < 64) return
    const live = this.#heap.filter((other) => other.value !== undefined)
    this.#heap = []
    this.#calledOff = 0
    for (const other of live) this.#push(other)
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap
    heap.push(entry)
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (heap[parent]!.at <= entry.at) break
      heap[child] = heap[parent]!
      child = parent
    }
    heap[child] = entry
  }

  #arm(now: number): void {
    const next = this.#heap[0]
    if (next === undefined) return
    const delayMs = Math.min(Math.max(0, next.at - now), longestDelayMs)
    const ringsAt = this.#alarm.now() + delayMs
    // The alarm for an entry that is due earlier may ring later: it was set before the clock was set forwards.
    if (ringsAt >= this.#ringsAt - (next === this.#armedFor ? leastStepMs : 0)) return
    this.#disarm()
    this.#armedFor = next
    this.#ringsAt = ringsAt
    this.#disarm = this.#alarm.set(() => this.#fire(), delayMs)
  }

  #fire(): void {
    this.#armedFor = undefined
    this.#ringsAt = Number.POSITIVE_INFINITY
    const now = this.#now()
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) {
      const { value } = this.#pop()
      if (value === undefined) this.#calledOff -= 1
      else this.#onDue(value)
    }
    this.#arm(now)
  }

  #pop(): Entry<T> {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) this.#sink(last)
    return top
  }

  /** Puts `entry` where the root was and lets it sink to its place. */
  #sink(entry: Entry<T>): void {
    const heap = this.#heap
    let parent = 0
    for (let child = 1; child < heap.length; child = 2 * parent + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1
      if (heap[child]!.at >= entry.at) break
      heap[parent] = heap[child]!
      parent = child
    }
    heap[parent] = entry
  }
}

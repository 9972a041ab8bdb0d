import type { Clock } from '@tern/core'

/** A deadline that can be called off. */
export interface Timer {
  cancel(): void
}

interface Entry<T> {
  readonly at: number
  /** Undefined once called off. */
  value: T | undefined
}

// Node's timers hold at most 2^31 - 1 ms; a later time is reached in several steps.
const longestDelayMs = 2 ** 31 - 1

/**
 * Many deadlines behind one Node timer: a binary heap ordered by time. Called-off entries stay until they are half of
 * the heap, so calling off costs nothing and memory follows what is live.
 */
export class Timers<T> {
  readonly #clock: Clock
  readonly #onDue: (value: T) => void
  #heap: Entry<T>[] = []
  #calledOff = 0
  #timer: NodeJS.Timeout | undefined
  #armedFor = Number.POSITIVE_INFINITY

  constructor(clock: Clock, onDue: (value: T) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** Calls back with `value` at epoch millisecond `at`; in a later turn when that has passed already. */
  add(at: number, value: T): Timer {
    const entry: Entry<T> = { at, value }
    this.#push(entry)
    this.#arm()
    return { cancel: () => this.#callOff(entry) }
  }

  /** Calls back for what is due by now. To be called once in a while where the clock may be set. */
  check(): void {
    clearTimeout(this.#timer)
    this.#fire()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#heap = []
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

  #arm(): void {
    const next = this.#heap[0]
    if (next === undefined || next.at >= this.#armedFor) return
    clearTimeout(this.#timer)
    this.#armedFor = next.at
    const delay = Math.min(Math.max(0, next.at - this.#clock.now()), longestDelayMs)
    this.#timer = setTimeout(() => this.#fire(), delay)
  }

  #fire(): void {
    this.#armedFor = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) {
      const { value } = this.#pop()
      if (value === undefined) this.#calledOff -= 1
      else this.#onDue(value)
    }
    this.#arm()
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

/** A part of a limit that a claim asks for. */
export interface Demand {
  readonly limit: Limit
  /** In the unit of the limit, above 0 and at most its capacity. */
  readonly amount: number
}

/**
 * Something of which there is only so much: places of a run, of a queue, or the machine's processors. Claims that find
 * no room wait in order of their priority and then of their arrival, and nobody overtakes the first of them: one that
 * asks for much would wait for ever.
 */
export class Limit {
  /** What people are told that an action waits for. */
  readonly name: string
  readonly capacity: number
  /** How amounts are written. */
  readonly format: (amount: number) => string
  /** More than the capacity when claims were resumed, which nothing can keep waiting. */
  #used = 0
  readonly #waiting = new WaitingLine()

  constructor(name: string, capacity: number, format: (amount: number) => string = String) {
    this.name = name
    this.capacity = capacity
    this.format = format
  }

  get free(): number {
    return Math.max(0, this.capacity - this.#used)
  }

  /** More than the capacity when claims were resumed. */
  get used(): number {
    return this.#used
  }

  get waitingCount(): number {
    return this.#waiting.length
  }

  /** Whether there is room for a claim, and nobody is before it. */
  admits(claim: Claim, amount: number): boolean {
    if (this.#used + amount > this.capacity) return false
    const first = this.#waiting.first
    return first === undefined || isBefore(claim, first)
  }

  occupy(amount: number): void {
    this.#used += amount
  }

  /** To be followed by `handOut`. */
  vacate(amount: number): void {
    this.#used -= amount
  }

  join(claim: Claim, amount: number): Waiter {
    const { priority, ticket } = claim
    const waiter: Waiter = { claim, amount, priority, ticket, hasLeft: false }
    this.#waiting.push(waiter)
    return waiter
  }

  leave(waiter: Waiter): void {
    this.#waiting.remove(waiter)
    // It may have been what the others waited for.
    this.handOut()
  }

  /** Gives free places to those who wait for them; what another limit stops passes them on. */
  handOut(): void {
    for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
      if (this.#used + first.amount > this.capacity) return
      this.#waiting.remove(first)
      first.claim.retry()
    }
  }
}

interface Rank {
  readonly priority: number
  readonly ticket: number
}

interface Waiter extends Rank {
  readonly claim: Claim
  readonly amount: number
  hasLeft: boolean
}

export interface ClaimOptions {
  /** At least one. */
  readonly demands: ReadonlyArray<Demand>
  /** Claims of a higher one go first. */
  readonly priority: number
  /** The claim, which waited, holds its places now. Must not give places back before it returns. */
  readonly onGranted: () => void
}

let lastTicket = 0

/** What one action takes of limits while it is busy: all of it, or nothing. */
export class Claim {
  readonly priority: number
  readonly demands: ReadonlyArray<Demand>
  readonly #onGranted: () => void
  /** Place in the order of arrival; kept while it waits, whichever limit it waits for. */
  ticket = 0
  #isHeld = false
  #waiter: Waiter | null = null
  #waitsFor: Demand | null = null

  constructor({ demands, priority, onGranted }: ClaimOptions) {
    this.demands = demands
    this.priority = priority
    this.#onGranted = onGranted
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** What it waits for; null while it does not. */
  get waitsFor(): Demand | null {
    return this.#waitsFor
  }

  /** Whether it holds its places now. If not, it waits, and is granted them later. */
  take(): boolean {
    if (this.#isHeld) return true
    if (this.#waiter !== null) return false
    this.ticket = ++lastTicket
    return this.#tryTake()
  }

  /** Takes its places even if there is no room: it goes on with what it had them for before. */
  resume(): void {
    if (this.#isHeld) return
    this.#leave()
    this.#occupy()
  }

  /** Gives back what it holds, and waits no longer. */
  release(): void {
    this.#leave()
    if (!this.#isHeld) return
    this.#isHeld = false
    for (const { limit, amount } of this.demands) limit.vacate(amount)
    for (const { limit } of this.demands) limit.handOut()
  }

  /** For limits: it is first in line there, and there is room. */
  retry(): void {
    this.#stopWaiting()
    if (this.#tryTake()) this.#onGranted()
  }

  #tryTake(): boolean {
    for (const demand of this.demands) {
      if (demand.limit.admits(this, demand.amount)) continue
      this.#waitsFor = demand
      this.#waiter = demand.limit.join(this, demand.amount)
      return false
    }
    this.#occupy()
    return true
  }

  #occupy(): void {
    this.#isHeld = true
    for (const { limit, amount } of this.demands) limit.occupy(amount)
  }

  #leave(): void {
    const waiter = this.#waiter
    if (waiter === null) return
    const { limit } = this.#waitsFor!
    this.#stopWaiting()
    limit.leave(waiter)
  }

  #stopWaiting(): void {
    this.#waiter = null
    this.#waitsFor = null
  }
}

function isBefore(a: Rank, b: Rank): boolean {
  return a.priority === b.priority ? a.ticket < b.ticket : a.priority > b.priority
}

/** A binary heap of those who wait. Who leaves stays until they are half of it, so leaving costs nothing. */
class WaitingLine {
  #heap: Waiter[] = []
  #left = 0

  get length(): number {
    return this.#heap.length - this.#left
  }

  get first(): Waiter | undefined {
    while (this.#heap[0]?.hasLeft === true) {
      this.#pop()
      this.#left -= 1
    }
    return this.#heap[0]
  }

  push(waiter: Waiter): void {
    const heap = this.#heap
    let child = heap.length
    heap.push(waiter)
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!isBefore(waiter, heap[parent]!)) break
      heap[child] = heap[parent]!
      child = parent
    }
    heap[child] = waiter
  }

  remove(waiter: Waiter): void {
    if (this.#heap[0] === waiter) return this.#pop()
    waiter.hasLeft = true
    this.#left += 1
    if (this.#left * 2 <= this.#heap.length || this.#heap.length < 64) return
    const here = this.#heap.filter(({ hasLeft }) => !hasLeft)
    this.#heap = []
    this.#left = 0
    for (const other of here) this.push(other)
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let parent = 0
    for (let child = 1; child < heap.length; child = 2 * parent + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[parent] = heap[child]!
      parent = child
    }
    heap[parent] = last
  }
}

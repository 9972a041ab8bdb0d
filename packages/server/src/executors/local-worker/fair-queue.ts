/** First in, first out within a key, and in turn between keys: a run of many actions does not hold up one of few. */
export class FairQueue<T> {
  readonly #lanes = new Map<number, Lane<T>>()
  readonly #turn: Lane<T>[] = []
  #length = 0
  #next = 0

  get length(): number {
    return this.#length
  }

  push(key: number, item: T): void {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { key, items: [], head: 0 }
      this.#lanes.set(key, lane)
      this.#turn.push(lane)
    }
    lane.items.push(item)
    this.#length += 1
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    if (this.#next >= this.#turn.length) this.#next = 0
    const lane = this.#turn[this.#next]!
    const item = lane.items[lane.head]!
    lane.head += 1
    this.#length -= 1
    if (lane.head === lane.items.length) this.#close(lane)
    else {
      this.#compact(lane)
      this.#next += 1
    }
    return item
  }

  #close(lane: Lane<T>): void {
    this.#lanes.delete(lane.key)
    this.#turn.splice(this.#next, 1)
  }

  #compact(lane: Lane<T>): void {
    if (lane.head < 1024 || lane.head * 2 < lane.items.length) return
    lane.items.splice(0, lane.head)
    lane.head = 0
  }
}

interface Lane<T> {
  readonly key: number
  readonly items: T[]
  head: number
}

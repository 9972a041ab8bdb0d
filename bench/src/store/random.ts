/** The same sequence of numbers at every start, so that what is measured is the same store each time. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  pick<Value>(values: ReadonlyArray<Value>): Value {
    return values[this.below(values.length)]!
  }

  /** One of the values, each as likely as its weight among the weights. */
  weighted<Value>(choices: ReadonlyArray<readonly [value: Value, weight: number]>): Value {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0)
    let rest = this.next() * total
    for (const [value, weight] of choices) {
      rest -= weight
      if (rest < 0) return value
    }
    return choices[0]![0]
  }

  /** A name such as the server and the SDKs make: lower-case letters and digits. */
  name(length: number): string {
    const characters = 'abcdefghijklmnopqrstuvwxyz0123456789'
    return Array.from({ length }, () => characters[this.below(characters.length)]).join('')
  }
}

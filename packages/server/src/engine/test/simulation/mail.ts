import type { Random } from './random.ts'

interface Letter {
  readonly what: string
  readonly deliver: () => void
}

/** A way on which messages keep their order. */
export class Channel {
  readonly letters: Letter[] = []

  send(what: string, deliver: () => void): void {
    this.letters.push({ what, deliver })
  }
}

/** Messages on their way: each arrives at some time, after those before it in its channel. */
export class Mail {
  readonly #random: Random
  readonly #note: (text: string) => void
  #channels: Channel[] = []

  constructor(random: Random, note: (text: string) => void) {
    this.#random = random
    this.#note = note
  }

  get isEmpty(): boolean {
    return this.#channels.length === 0
  }

  send(channel: Channel, what: string, deliver: () => void): void {
    if (channel.letters.length === 0) this.#channels.push(channel)
    channel.send(what, deliver)
  }

  /** Sends what may arrive late, twice, in another order than it was sent, or not at all. */
  throwOut(what: string, deliver: () => void, faults: { readonly lost: number; readonly twice: number }): void {
    if (this.#random.chance(faults.lost)) return this.#note(`lost: ${what}`)
    this.send(new Channel(), what, deliver)
    if (this.#random.chance(faults.twice)) this.send(new Channel(), `${what} (again)`, deliver)
  }

  /** The connection is gone, and with it what was on the way. */
  close(channel: Channel): void {
    channel.letters.length = 0
    this.#channels = this.#channels.filter((other) => other !== channel)
  }

  deliverOne(): void {
    const channel = this.#random.pick(this.#channels)
    const letter = channel?.letters.shift()
    if (channel === undefined || letter === undefined) return
    if (channel.letters.length === 0) this.#channels = this.#channels.filter((other) => other !== channel)
    this.#note(letter.what)
    letter.deliver()
  }

  clear(): void {
    this.#channels = []
  }
}

import type { Random } from './random.ts'

interface Letter {
  readonly what: string
  readonly deliver: () => void
}

/** A way to or from a server, on which messages keep their order. */
export class Channel {
  readonly letters: Letter[] = []
  /** The number of the server. */
  readonly server: number

  constructor(server: number) {
    this.server = server
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
    channel.letters.push({ what, deliver })
  }

  /** The connection is gone, and with it what was on the way. */
  close(channel: Channel): void {
    channel.letters.length = 0
    this.#channels = this.#channels.filter((other) => other !== channel)
  }

  /** A server is dead: nothing reaches it, and what it had sent does not arrive. */
  closeAll(server: number): void {
    this.#channels = this.#channels.filter((channel) => channel.server !== server)
  }

  deliverOne(): void {
    const channel = this.#random.pick(this.#channels)
    const letter = channel?.letters.shift()
    if (channel === undefined || letter === undefined) return
    if (channel.letters.length === 0) this.#channels = this.#channels.filter((other) => other !== channel)
    this.#note(letter.what)
    letter.deliver()
  }
}

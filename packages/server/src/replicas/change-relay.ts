import type { Logger } from 'pino'
import type { CommittedChanges } from '../engine/change-feed.ts'
import type { ServerRecord, ServerStore } from '../store/server-store.ts'
import { GatheredChanges, readChanges } from './gathered-changes.ts'

export interface ChangeRelayParts {
  readonly store: Pick<ServerStore, 'send'>
  /** What this server changes, and where the changes of others are published. */
  readonly feed: CommittedChanges
  /** Another server changed triggers. */
  readonly onTriggers: () => void
  readonly logger: Logger
}

// Changes that come close together travel together: nobody who watches looks more often.
const gatherMs = 20
const tryAgainMs = 1000

/**
 * Tells other servers what this one changes, and those who watch here what others change. Messages are numbered, so that
 * a lost one shows; then everything that is watched is read again.
 */
export class ChangeRelay {
  readonly #parts: ChangeRelayParts
  readonly #gathered = new GatheredChanges()
  /** By server: the number of its latest message here, and of the latest that it said to have sent. */
  #received = new Map<number, number>()
  #announced = new Map<number, number>()
  #sent = 0
  #unsubscribe: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #isSending = false
  #isReceiving = false

  constructor(parts: ChangeRelayParts) {
    this.#parts = parts
  }

  /** How many messages have been sent, or tried to be. */
  get sent(): number {
    return this.#sent
  }

  /** Whether there is anybody to tell. Alone, a change costs nothing. */
  share(hasOthers: boolean): void {
    if (hasOthers === (this.#unsubscribe !== undefined)) return
    if (!hasOthers) return this.stop()
    this.#unsubscribe = this.#parts.feed.subscribe('all', (change) => {
      if (this.#isReceiving) return
      this.#gathered.add(change)
      this.#schedule(gatherMs)
    })
    // Whoever is new may have missed what came before.
    this.#gathered.addEverything()
    this.#schedule(0)
  }

  triggersChanged(): void {
    if (this.#unsubscribe === undefined) return
    this.#gathered.addTriggers()
    this.#schedule(0)
  }

  receive(from: number, number: number, body: string): void {
    const last = this.#received.get(from)
    this.#received.set(from, Math.max(number, last ?? 0))
    if (last !== undefined && number > last + 1) this.readEverythingAgain()
    this.#isReceiving = true
    try {
      const { feed, onTriggers } = this.#parts
      readChanges(body, {
        onChange: (change) => feed.publish(change),
        onEverything: (runId) => feed.publishEverything(runId),
        onTriggers,
      })
    } finally {
      this.#isReceiving = false
    }
  }

  /** Looks whether all has arrived that the others said to have sent when this server last asked. */
  check(others: ReadonlyArray<ServerRecord>): void {
    const received = new Map<number, number>()
    let isComplete = true
    for (const { id, sent } of others) {
      const number = this.#received.get(id) ?? sent
      const announced = this.#announced.get(id) ?? 0
      isComplete &&= number >= announced
      received.set(id, Math.max(number, announced))
    }
    this.#received = received
    this.#announced = new Map(others.map(({ id, sent }) => [id, sent]))
    if (!isComplete) this.readEverythingAgain()
  }

  /** Messages may have been missed. */
  restart(): void {
    this.#received.clear()
    this.#announced.clear()
    this.readEverythingAgain()
  }

  readEverythingAgain(): void {
    this.#isReceiving = true
    try {
      this.#parts.feed.publishEverything('all')
      this.#parts.onTriggers()
    } finally {
      this.#isReceiving = false
    }
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#gathered.take()
  }

  #schedule(delayMs: number): void {
    if (this.#isSending) return
    this.#timer ??= setTimeout(() => void this.#send(), delayMs)
  }

  async #send(): Promise<void> {
    this.#timer = undefined
    const bodies = this.#gathered.take()
    const first = this.#sent + 1
    this.#sent += bodies.length
    this.#isSending = true
    let delayMs = gatherMs
    try {
      await this.#parts.store.send(first, bodies)
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'other servers could not be told of changes; they read again')
      this.#gathered.addEverything()
      delayMs = tryAgainMs
    }
    this.#isSending = false
    if (this.#unsubscribe !== undefined && !this.#gathered.isEmpty) this.#schedule(delayMs)
  }
}

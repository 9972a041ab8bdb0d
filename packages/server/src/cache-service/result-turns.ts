import type { Clock } from '@tern/core'
import type { Logger } from 'pino'
import type { SharedTurns } from '../engine/shared-turns.ts'
import type { CacheEntriesRepository } from '../store/cache-entries-repository.ts'

export interface ResultTurnsParts {
  readonly repository: CacheEntriesRepository
  /** Tells this server from others. */
  readonly owner: string
  readonly clock: Clock
  readonly logger: Logger
  /** How long a turn lasts that nobody extends, in milliseconds: then its server is taken for gone. Defaults to 15 seconds. */
  readonly leaseMs?: number | undefined
}

// No project is called that.
const place = { project: '.results', domain: '' }

/** Turns to compute results, as reservations in the database, which are extended for as long as this server lives. */
export class ResultTurns implements SharedTurns {
  readonly #parts: ResultTurnsParts
  readonly #held = new Set<string>()
  /** By key, what is asked of the database one after the other. */
  readonly #asked = new Map<string, Promise<unknown>>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(parts: ResultTurnsParts) {
    this.#parts = parts
  }

  take(key: string): Promise<boolean> {
    return this.#inTurn(key, async () => {
      if (this.#isStopped || !(await this.#reserve(key))) return false
      this.#held.add(key)
      this.#timer ??= setInterval(() => this.#extend(), this.#leaseMs / 3).unref()
      return true
    })
  }

  give(key: string): void {
    void this.#inTurn(key, async () => {
      if (!this.#held.delete(key)) return
      if (this.#held.size === 0) this.#rest()
      await this.#release(key)
    })
  }

  /** Gives back what it has, and takes no more: nobody would give that back. */
  async stop(): Promise<void> {
    this.#isStopped = true
    // What is being taken is held once that is answered.
    await Promise.all(this.#asked.values())
    for (const key of this.#held) this.give(key)
    await Promise.all(this.#asked.values())
    this.#rest()
  }

  get #leaseMs(): number {
    return this.#parts.leaseMs ?? 15_000
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #extend(): void {
    for (const key of this.#held) {
      void this.#inTurn(key, async () => {
        if (this.#held.has(key)) await this.#reserve(key)
      })
    }
  }

  /** A database that does not answer is no reason not to compute. */
  async #reserve(key: string): Promise<boolean> {
    const { repository, owner, clock, logger } = this.#parts
    const now = clock.now()
    const wanted = { owner, heartbeatMs: this.#leaseMs, expiresAt: now + this.#leaseMs }
    try {
      return (await repository.reserve({ ...place, key }, wanted, now)).owner === owner
    } catch (err) {
      logger.warn({ err, key }, 'it is not known whether another server computes a result; computing it')
      return true
    }
  }

  async #release(key: string): Promise<void> {
    const { repository, owner, logger } = this.#parts
    try {
      await repository.release({ ...place, key }, owner)
    } catch (err) {
      logger.warn({ err, key }, 'the turn to compute a result could not be given back; it ends by itself')
    }
  }

  #inTurn<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const before = this.#asked.get(key) ?? Promise.resolve()
    const asked = before.then(ask)
    const settled = asked.then(
      () => {},
      () => {},
    )
    this.#asked.set(key, settled)
    void settled.then(() => {
      if (this.#asked.get(key) === settled) this.#asked.delete(key)
    })
    return asked
  }
}

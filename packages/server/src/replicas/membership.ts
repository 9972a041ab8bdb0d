import type { Logger } from 'pino'
import type { ServerRecord, ServerStore } from '../store/server-store.ts'
import { DatabaseError } from '../store/store-errors.ts'

export interface MembershipParts {
  readonly store: Pick<ServerStore, 'beat' | 'remove'>
  /** How many messages this server has sent. */
  readonly sent: () => number
  /** Called with the other servers, at each look at them. */
  readonly onOthers: (others: ReadonlyArray<ServerRecord>) => void
  /** A server is there no longer: its runs are free. */
  readonly onGone: () => void
  /** Called now and then: somebody should look for free runs that nobody was told of. */
  readonly onSearch: () => void
  /** This server was taken for dead. */
  readonly onFatal: (error: unknown) => void
  readonly logger: Logger
  /** How long a server that is connected may be silent before it is cut off, in milliseconds. */
  readonly leaseMs: number
  /** How often to say that this server is well, and to look at the others, in milliseconds. Defaults to a second. */
  readonly beatMs?: number | undefined
}

interface Other {
  readonly beat: number
  /** Looks at it since it was last seen to be well. */
  silentFor: number
}

// A server without its connection makes it again within a second or two, if it is alive.
const silentLooks = 3
// A message that was lost, or a server that ended while it took runs over, must not leave runs lying.
const looksBetweenSearches = 30

/**
 * Who is there. Each server says every second that it is well; one that does not, and whose connection is gone, has
 * died, and one that is connected but silent for too long is cut off. Judged by looks of this server, which are at least
 * a beat apart, and not by any clock: what keeps this server from looking makes nobody else older.
 */
export class Membership {
  readonly #parts: MembershipParts
  readonly #beatMs: number
  readonly #others = new Map<number, Other>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #looks = 0
  #isFailing = false
  #isStopped = false

  constructor(parts: MembershipParts) {
    this.#parts = parts
    this.#beatMs = parts.beatMs ?? 1000
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    this.#beat()
    await this.#looking
  }

  /** Looks at the others now, beside the regular looks. */
  lookNow(): void {
    this.#looking = this.#looking.then(() => this.#look(false))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  #beat(): void {
    this.#looking = this.#looking.then(() => this.#look(true))
    void this.#looking.then(() => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.#beat(), this.#beatMs)
    })
  }

  async #look(isRegular: boolean): Promise<void> {
    if (this.#isStopped) return
    const { store, sent, onFatal, logger } = this.#parts
    try {
      this.#see(await store.beat(sent()), isRegular)
      if (isRegular) await this.#removeDead()
      if (this.#isFailing) logger.info('the other servers can be seen again')
      this.#isFailing = false
    } catch (error) {
      if (this.#isStopped) return
      if (error instanceof DatabaseError) {
        this.#isStopped = true
        return onFatal(error)
      }
      if (!this.#isFailing) logger.warn({ err: error }, 'the other servers cannot be seen')
      this.#isFailing = true
      // While this server could not look, others may have been well.
      this.#others.clear()
    }
  }

  #see(others: ReadonlyArray<ServerRecord>, isRegular: boolean): void {
    const present = new Set(others.map(({ id }) => id))
    let isOneGone = false
    for (const id of this.#others.keys()) {
      if (present.has(id)) continue
      this.#others.delete(id)
      isOneGone = true
    }
    for (const { id, beat } of others) {
      const known = this.#others.get(id)
      if (known?.beat !== beat) this.#others.set(id, { beat, silentFor: 0 })
      else if (isRegular) known.silentFor += 1
    }
    const { onOthers, onGone, onSearch } = this.#parts
    onOthers(others)
    if (isOneGone) onGone()
    if (isRegular) this.#looks += 1
    if (isRegular && this.#looks % looksBetweenSearches === 0) onSearch()
  }

  async #removeDead(): Promise<void> {
    const { store, leaseMs, onGone, logger } = this.#parts
    for (const [id, { silentFor }] of this.#others) {
      if (silentFor < silentLooks) continue
      const isOverdue = silentFor * this.#beatMs >= leaseMs
      if (!(await store.remove(id, isOverdue))) continue
      logger.warn(
        { server: id, silentFor },
        `another server has ${isOverdue ? 'hung' : 'died'}; its runs are taken over`,
      )
      this.#others.delete(id)
      onGone()
    }
  }
}

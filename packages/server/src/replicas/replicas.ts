import type { Logger } from 'pino'
import type { TernEngine } from '../engine/engine.ts'
import type { ServerEvent, ServerFacts, ServerRecord, ServerStore } from '../store/server-store.ts'
import { ChangeRelay } from './change-relay.ts'
import { Membership } from './membership.ts'

export interface ReplicasParts {
  readonly store: ServerStore
  readonly engine: Pick<TernEngine, 'changes' | 'takeOver'>
  /** Tells of triggers that this server changes. */
  readonly triggers: { subscribe(listener: () => void): () => void }
  /** Another server changed triggers. */
  readonly onTriggers: () => void
  readonly onFatal: (error: unknown) => void
  readonly logger: Logger
  /** How long a server that is connected may be silent before it is cut off, in milliseconds. Defaults to 15 seconds. */
  readonly leaseMs?: number | undefined
  /** How often to look at the others, in milliseconds; see MembershipParts. */
  readonly beatMs?: number | undefined
}

/**
 * This server among those that share its database: it is known to them, tells them what changes, hears what they change,
 * and takes over the runs of those that end.
 */
export class Replicas {
  readonly #parts: ReplicasParts
  readonly #relay: ChangeRelay
  readonly #membership: Membership
  /** The other servers, as they were at the last look at them. */
  others: ReadonlyArray<ServerRecord> = []
  #unsubscribe: (() => void) | undefined
  #isStopped = false

  constructor(parts: ReplicasParts) {
    const { store, engine, onTriggers, onFatal, logger } = parts
    this.#parts = parts
    this.#relay = new ChangeRelay({ store, feed: engine.changes, onTriggers, logger })
    this.#membership = new Membership({
      store,
      sent: () => this.#relay.sent,
      onOthers: (others) => {
        this.others = others
        this.#relay.share(others.length > 0)
        this.#relay.check(others)
      },
      onGone: () => this.#onGone(),
      onSearch: () => this.#takeOver(),
      onFatal,
      logger,
      leaseMs: parts.leaseMs ?? 15_000,
      beatMs: parts.beatMs,
    })
  }

  /** Throws DatabaseError when this server cannot be one of them: see ServerStore.announce. */
  async start(facts: ServerFacts): Promise<void> {
    const { store, triggers } = this.#parts
    store.listen((event) => this.#onEvent(event))
    await store.announce(facts)
    this.#unsubscribe = triggers.subscribe(() => this.#relay.triggersChanged())
    await this.#membership.start()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    this.#relay.stop()
    await this.#membership.stop()
  }

  #onEvent(event: ServerEvent): void {
    switch (event.kind) {
      case 'joined':
        return this.#membership.lookNow()
      case 'left':
        return this.#onGone()
      case 'message':
        return this.#relay.receive(event.from, event.number, event.body)
      case 'missed':
        return this.#relay.restart()
    }
  }

  #onGone(): void {
    // Whatever the other server could not tell any more.
    this.#relay.readEverythingAgain()
    this.#takeOver()
  }

  #takeOver(): void {
    if (this.#isStopped) return
    this.#parts.engine.takeOver().catch((error: unknown) => {
      if (!this.#isStopped) this.#parts.onFatal(error)
    })
  }
}

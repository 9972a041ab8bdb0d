import { type Backoff, type Clock, backoffDelayMs } from '@tern/core'
import type { Logger } from 'pino'
import type { StartedAttempt } from '../executors/executor.ts'
import type {
  ActionRecord,
  AttemptRecord,
  EngineBatch,
  EngineStore,
  LogChunkRecord,
  ResultRecord,
  RunRecord,
  SpecRow,
} from '../store/engine-store.ts'
import type { ActionEntry } from './entries.ts'

export interface PendingCancel {
  readonly attempt: StartedAttempt
  readonly reason: string
}

/** What one commit writes, and what may be done once it is written. */
export class Batch {
  readonly specs: SpecRow[] = []
  readonly runs: RunRecord[] = []
  readonly created: ActionEntry[] = []
  readonly changed: ActionEntry[] = []
  readonly attempts: AttemptRecord[] = []
  readonly logs: LogChunkRecord[] = []
  readonly results: ResultRecord[] = []
  /** Actions that want to be dispatched. */
  readonly ready: ActionEntry[] = []
  /** Actions that ended: whoever awaits them is told. */
  readonly ended: ActionEntry[] = []
  readonly cancels: PendingCancel[] = []
  readonly acknowledgements: (() => void)[] = []

  get isEmpty(): boolean {
    return (
      this.created.length === 0 &&
      this.changed.length === 0 &&
      this.logs.length === 0 &&
      this.ready.length === 0 &&
      this.acknowledgements.length === 0 &&
      this.cancels.length === 0 &&
      this.specs.length === 0
    )
  }
}

export interface CommitterOptions {
  readonly store: EngineStore
  readonly clock: Clock
  readonly logger: Logger
  /** Runs a flush a little later, when more may have been gathered. Defaults to setImmediate. */
  readonly defer?: ((flush: () => void) => void) | undefined
  /** Called when a write is refused in a way that trying again cannot mend. */
  readonly onFatal: (error: unknown) => void
  /** Called after each commit, with the new actions that the store refused because their names were taken. */
  readonly onCommitted: (batch: Batch, refused: ReadonlyArray<ActionRecord>) => void
}

const retryDelay: Backoff = { baseMs: 50, factor: 2, capMs: 5_000 }

/**
 * Group commit: whatever is gathered while the event loop handles incoming messages, or while a commit is in flight, is
 * written as one transaction. A commit that fails is tried again until it works, since the state in memory is ahead of
 * the store and nothing of it has been acknowledged or acted upon.
 */
export class Committer {
  readonly #options: CommitterOptions
  #gathering = new Batch()
  #scheduled = false
  #inFlight = false
  #failures = 0
  #retryTimer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** The batch being gathered. Asking for it schedules its commit. */
  get batch(): Batch {
    this.#schedule()
    return this.#gathering
  }

  /** False while commits fail. */
  get isHealthy(): boolean {
    return this.#failures === 0
  }

  /** The entry's row is written with the next commit. */
  mark(entry: ActionEntry): void {
    if (entry.dirty) return
    entry.dirty = true
    const { batch } = this
    if (entry.stored) batch.changed.push(entry)
    else batch.created.push(entry)
  }

  /** Resolves once everything gathered so far is committed. */
  committed(): Promise<void> {
    return new Promise((resolve) => this.batch.acknowledgements.push(resolve))
  }

  /** Resolves when nothing is left to commit. */
  async drain(): Promise<void> {
    if (!this.#scheduled && !this.#inFlight) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Gives up on a commit that keeps failing, so that the process can end. */
  stop(): void {
    clearTimeout(this.#retryTimer)
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight) return
    this.#scheduled = true
    const defer = this.#options.defer ?? setImmediate
    defer(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const batch = this.#gathering
    if (batch.isEmpty) return this.#settle()
    this.#gathering = new Batch()
    for (const entry of batch.changed) entry.dirty = false
    for (const entry of batch.created) {
      entry.dirty = false
      entry.stored = true
    }
    this.#inFlight = true
    this.#write(batch)
  }

  #write(batch: Batch): void {
    const { specs, runs, created, changed, attempts, logs, results } = batch
    const rows: EngineBatch = { specs, runs, created, changed, attempts, logs, results, at: this.#options.clock.now() }
    try {
      const refused = this.#options.store.commit(rows)
      if (refused instanceof Promise) {
        refused.then(
          (late) => this.#written(batch, late),
          (error: unknown) => this.#retry(batch, error),
        )
      } else {
        this.#written(batch, refused)
      }
    } catch (error) {
      this.#retry(batch, error)
    }
  }

  #written(batch: Batch, refused: ReadonlyArray<ActionRecord>): void {
    if (this.#failures > 0) this.#options.logger.info({ failures: this.#failures }, 'the store accepts writes again')
    this.#failures = 0
    this.#inFlight = false
    this.#options.onCommitted(batch, refused)
    for (const acknowledge of batch.acknowledgements) acknowledge()
    if (this.#gathering.isEmpty) this.#settle()
    else this.#schedule()
  }

  #retry(batch: Batch, error: unknown): void {
    if (!this.#options.store.isTransient(error)) {
      this.#failures += 1
      this.#options.logger.fatal({ err: error }, 'the store refused a write for good')
      this.#options.onFatal(error)
      return
    }
    const delayMs = backoffDelayMs(retryDelay, this.#failures)
    this.#failures += 1
    this.#options.logger.error({ err: error, failures: this.#failures, delayMs }, 'a commit failed; trying again')
    this.#retryTimer = setTimeout(() => this.#write(batch), delayMs)
  }

  #settle(): void {
    if (this.#scheduled || this.#inFlight) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

import { type Backoff, type Clock, type TaskFailure, backoffDelayMs } from '@tern/core'
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
  readonly handle: number
  readonly attempt: StartedAttempt
  readonly reason: string
  /** Why the action has ended; null where another attempt follows, and where it ended well. */
  readonly end: TaskFailure | null
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
  /** New conditions: from now on they can be given their values. */
  readonly conditions: ActionEntry[] = []
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

  /** Takes over what was gathered since. An entry's row is written as the entry is by then, whichever batch it is from. */
  append(later: Batch): void {
    const changed = new Set(this.changed)
    for (const entry of later.changed) if (!changed.has(entry)) this.changed.push(entry)
    const kinds = ['specs', 'runs', 'created', 'attempts', 'logs', 'results'] as const
    for (const kind of kinds) addAll<unknown>(this[kind], later[kind])
    const effects = ['ready', 'conditions', 'ended', 'cancels', 'acknowledgements'] as const
    for (const kind of effects) addAll<unknown>(this[kind], later[kind])
  }
}

// Not by spreading: a batch may have more items than a call can have arguments.
function addAll<Item>(items: Item[], more: ReadonlyArray<Item>): void {
  for (const item of more) items.push(item)
}

export interface CommitterOptions {
  readonly store: EngineStore
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Runs a flush a little later, when more may have been gathered, or after a delay when a commit has failed. Defaults
   * to setImmediate, and setTimeout for a delay.
   */
  readonly defer?: ((flush: () => void, delayMs: number) => void) | undefined
  /** Called when a write is refused in a way that trying again cannot mend. */
  readonly onFatal: (error: unknown) => void
  /** Called after each commit, with the new actions that the store refused because their names were taken. */
  readonly onCommitted: (batch: Batch, refused: ReadonlyArray<ActionRecord>) => void
}

const retryDelay: Backoff = { baseMs: 50, factor: 2, capMs: 5_000 }

/**
 * Group commit: whatever is gathered while the event loop handles incoming messages, or while a commit is in flight, is
 * written as one transaction. A commit that fails is tried again until it works, since the state in memory is ahead of
 * the store and nothing of it has been acknowledged or acted upon. What has been gathered by then goes with it: entries
 * are written as they are at that moment, which must not be torn from what else belongs to it.
 */
export class Committer {
  readonly #options: CommitterOptions
  #gathering = new Batch()
  #scheduled = false
  #inFlight = false
  #stopped = false
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

  /** Resolves when nothing is left to commit, or when a commit fails. */
  async drain(): Promise<void> {
    if (!this.#scheduled && !this.#inFlight) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Gives up on a commit that keeps failing, so that the process can end. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#retryTimer)
    this.#endDrain()
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight) return
    this.#scheduled = true
    this.#defer(() => {
      this.#scheduled = false
      this.#flush()
    }, 0)
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
    try {
      const refused = this.#options.store.commit(this.#rowsOf(batch))
      if (refused instanceof Promise) this.#await(batch, refused)
      else this.#written(batch, refused)
    } catch (error) {
      this.#retry(batch, error)
    }
  }

  #rowsOf({ specs, runs, created, changed, attempts, logs, results }: Batch): EngineBatch {
    return { specs, runs, created, changed, attempts, logs, results, at: this.#options.clock.now() }
  }

  #await(batch: Batch, refused: Promise<ReadonlyArray<ActionRecord>>): void {
    refused
      .then(
        (late) => this.#written(batch, late),
        (error: unknown) => this.#retry(batch, error),
      )
      .catch((error: unknown) => this.#fail(error))
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
    if (this.#stopped) return
    if (!this.#options.store.isTransient(error)) return this.#fail(error)
    const delayMs = backoffDelayMs(retryDelay, this.#failures)
    this.#failures += 1
    this.#options.logger.error({ err: error, failures: this.#failures, delayMs }, 'a commit failed; trying again')
    this.#endDrain()
    this.#defer(() => {
      batch.append(this.#gathering)
      this.#gathering = batch
      this.#flush()
    }, delayMs)
  }

  #defer(work: () => void, delayMs: number): void {
    const { defer } = this.#options
    if (defer !== undefined) defer(work, delayMs)
    else if (delayMs === 0) setImmediate(work)
    else this.#retryTimer = setTimeout(work, delayMs)
  }

  #fail(error: unknown): void {
    this.#failures += 1
    this.#options.logger.fatal({ err: error }, 'the store refused a write for good')
    this.#endDrain()
    this.#options.onFatal(error)
  }

  #settle(): void {
    if (!this.#scheduled && !this.#inFlight) this.#endDrain()
  }

  #endDrain(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

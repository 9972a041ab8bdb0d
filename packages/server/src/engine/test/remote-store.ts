import type {
  ActionRecord,
  CachedResult,
  EngineBatch,
  EngineStore,
  LiveRun,
  SpecRow,
  StoredRun,
} from '../../store/engine-store.ts'
import type { EarlierTrace, RecoveryReads } from '../../store/recovery-reads.ts'
import { copyAction, MemoryStore, unreadable } from './memory-store.ts'

const connectionLost = new Error('the connection was lost')
/** The other servers have gone on with what this one had. */
export const takenForDead = new Error('the server was taken for dead')

/** A database that several servers share: which of them are there, and which has which runs. */
export class SharedDatabase extends MemoryStore {
  readonly #servers = new Set<number>()
  readonly #owners = new Map<number, number>()

  join(server: number): void {
    this.#servers.add(server)
  }

  /** A server has ended, or is taken for dead: it writes nothing more, and its runs are free. */
  remove(server: number): void {
    this.#servers.delete(server)
  }

  has(server: number): boolean {
    return this.#servers.has(server)
  }

  writeOf(server: number, batch: EngineBatch): ReadonlyArray<ActionRecord> {
    if (!this.has(server)) throw takenForDead
    const refused = this.write(batch)
    for (const { id } of batch.runs) if (this.runs.has(id)) this.#owners.set(id, server)
    return refused
  }

  /** A run as a server finds it. */
  runFor(server: number, name: string): StoredRun | undefined {
    const run = this.runNamed(name)
    if (run === undefined) return undefined
    const { id, requestDigest } = run
    const owner = this.#owners.get(id)
    const isOther = owner !== undefined && owner !== server && this.has(owner)
    return { id, requestDigest, isLive: this.liveRun(run) !== undefined, ownerUrl: isOther ? String(owner) : null }
  }

  get runIds(): ReadonlyArray<number> {
    return [...this.runs.keys()]
  }

  /** Makes a server the owner of a run that nobody has. Nothing keeps one that was taken for dead from trying. */
  take(server: number, runId: number): LiveRun | undefined {
    if (this.has(this.#owners.get(runId) ?? 0)) return undefined
    this.#owners.set(runId, server)
    return this.liveRun(this.runs.get(runId)!)
  }

  override isTransient(error: unknown): boolean {
    return error === connectionLost
  }

  /** The batch that wants to write an action has written it, and its answer was lost. */
  protected override isRepeat(stored: ActionRecord, action: ActionRecord): boolean {
    return stored.seq === action.seq
  }
}

export interface RemoteStoreOptions {
  readonly database: SharedDatabase
  /** The number of the server. */
  readonly server: number
  /** Awaited by every batch on its way, and by every answer to one. */
  readonly travel: () => Promise<void>
  /** Awaited by every look-up, after it has looked: the answer may be old when it comes. */
  readonly lookUp: () => Promise<void>
  /** Whether the connection breaks now. */
  readonly breaks: () => boolean
  /** Whether a look-up fails for good. */
  readonly fails: () => boolean
  /** Called when a batch sets out while another is under way. */
  readonly onTwoCommits: () => void
}

/**
 * A server's way to its database, which is as far away as one: commits take time, during which the engine goes on, and
 * connections break, before a batch has arrived or after it was committed and before the answer has arrived.
 */
export class RemoteStore implements EngineStore, RecoveryReads {
  readonly #options: RemoteStoreOptions
  readonly #database: SharedDatabase
  #isCommitting = false

  constructor(options: RemoteStoreOptions) {
    this.#options = options
    this.#database = options.database
  }

  async commit(batch: EngineBatch): Promise<ReadonlyArray<ActionRecord>> {
    if (this.#isCommitting) this.#options.onTwoCommits()
    this.#isCommitting = true
    const sent = { ...batch, created: batch.created.map(copyAction), changed: batch.changed.map(copyAction) }
    try {
      await this.#travel()
      const refused = new Set(this.#database.writeOf(this.#options.server, sent))
      await this.#travel()
      return batch.created.filter((_, i) => refused.has(sent.created[i]!))
    } finally {
      this.#isCommitting = false
    }
  }

  isTransient(error: unknown): boolean {
    return this.#database.isTransient(error)
  }

  newRunId(): number {
    return this.#database.newRunId()
  }

  async findRun(_project: string, _domain: string, name: string): Promise<StoredRun | undefined> {
    const found = this.#database.runFor(this.#options.server, name)
    await this.#options.lookUp()
    return found
  }

  async *liveRuns(): AsyncIterable<LiveRun> {
    for (const id of this.#database.runIds) {
      await this.#options.lookUp()
      const live = this.#database.take(this.#options.server, id)
      await this.#options.lookUp()
      if (live !== undefined) yield live
    }
  }

  findAction(runId: number, name: string): Promise<ActionRecord | undefined> {
    return this.#ask(this.#database.findAction(runId, name))
  }

  findCached(key: string): Promise<CachedResult | undefined> {
    return this.#ask(this.#database.findCached(key))
  }

  findInputs(): Promise<Uint8Array | null> {
    return this.#database.findInputs()
  }

  findSpec(digest: string): Promise<SpecRow | undefined> {
    return this.#database.findSpec(digest)
  }

  tracesOf(runId: number, parent: string): Promise<ReadonlyArray<EarlierTrace>> {
    return this.#ask(this.#database.tracesOf(runId, parent))
  }

  parentsOf(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
    return this.#ask(this.#database.parentsOf(runId, names))
  }

  async #ask<Found>(look: Promise<Found>): Promise<Found> {
    const found = await look
    await this.#options.lookUp()
    if (this.#options.fails()) throw unreadable
    return found
  }

  async #travel(): Promise<void> {
    await this.#options.travel()
    if (this.#options.breaks()) throw connectionLost
  }
}

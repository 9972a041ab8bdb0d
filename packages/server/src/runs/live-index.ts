import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ChangeFeed } from '../engine/model.ts'
import type { ActionNodesRepository } from '../store/action-nodes-repository.ts'
import { ChangeQueue, pause } from './change-queue.ts'
import { RunIndex } from './run-index.ts'

export interface LiveIndexOptions {
  readonly feed: ChangeFeed
  readonly nodes: ActionNodesRepository
  readonly runId: number
  /** Actions to hold; what a run has beyond that is counted and not shown. Defaults to a million. */
  readonly maxActions?: number
}

const pageSize = 1000
const readSize = 500
const coalesceMs = 100
/** Changes to remember before everything is read again. */
const capacity = 50_000
/** Stands among the keys of changes for all actions that are not in the index yet. */
const moreActions = -1
const defaultMaxActions = 1_000_000

/** The index of a run, kept up to date for as long as somebody watches it. */
export class LiveIndex {
  readonly index = new RunIndex()
  /** Everything that there was has been read once. */
  isHydrated = false
  /** Number of actions that the run has, as far as known. */
  knownTotal = 0
  /** Counts how often everything had to be read again. */
  generation = 0
  /** Why it is no longer kept up to date. */
  failure: unknown
  readonly #options: LiveIndexOptions
  readonly #maxActions: number
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  readonly #changes: ChangeQueue
  /** The action before the first of the page that is being read. */
  #pageAfter: number | undefined
  /** What comes after it may have been read before it changed. */
  #staleAfter = Number.POSITIVE_INFINITY

  constructor(options: LiveIndexOptions) {
    this.#options = options
    this.#maxActions = options.maxActions ?? defaultMaxActions
    this.#changes = new ChangeQueue({
      feed: options.feed,
      runId: options.runId,
      keyOf: ({ kind, seq }) => (kind === 'action' ? this.#keyOf(seq) : undefined),
      signal: this.#stop.signal,
      capacity,
    })
    this.#run().catch((error: unknown) => {
      this.failure = error
      this.#tell()
    })
  }

  /** The run has more actions than are held. */
  get isCut(): boolean {
    return this.index.size >= this.#maxActions && this.knownTotal > this.index.size
  }

  /** Calls the listener after every change; returns the function that ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#stop.abort()
    this.#changes.close()
  }

  #keyOf(seq: number): number {
    if (seq <= this.index.lastSeq) return seq
    // It may be on the page that is on its way, as it was before.
    if (this.#pageAfter !== undefined) this.#staleAfter = Math.min(this.#staleAfter, this.#pageAfter)
    return moreActions
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    await this.#readFrom(-1)
    this.isHydrated = true
    this.#tell()
    for (;;) {
      const changed = await this.#changes.next()
      if (changed.kind === 'closed') return
      if (changed.kind === 'overflow') await this.#readAgain()
      if (changed.kind === 'changed') await this.#readChanged(changed.keys)
      this.#tell()
      await pause(coalesceMs, signal)
    }
  }

  async #readAgain(): Promise<void> {
    this.isHydrated = false
    this.generation += 1
    await this.#readFrom(-1)
    this.isHydrated = true
  }

  /** In pages, and with a turn for others between them. */
  async #readFrom(seq: number): Promise<void> {
    const { nodes, runId } = this.#options
    this.knownTotal = (await nodes.lastSeq(runId)) + 1
    for (let after = seq; !this.#stop.signal.aborted && after + 1 < this.#maxActions; ) {
      const limit = Math.min(pageSize, this.#maxActions - 1 - after)
      this.#pageAfter = after
      const page = await nodes.after(runId, after, limit)
      this.#pageAfter = undefined
      const last = page.at(-1)
      if (last === undefined) return
      after = last.seq
      this.#put(page)
      if (page.length < limit) return
      this.#tell()
      await nextTurn()
    }
  }

  async #readChanged(keys: ReadonlyArray<number>): Promise<void> {
    const { nodes, runId } = this.#options
    const known = keys.filter((key) => key !== moreActions && this.index.has(key))
    for (let from = 0; from < known.length; from += readSize) {
      this.#put(await nodes.find(runId, known.slice(from, from + readSize)))
      await nextTurn()
    }
    if (!keys.includes(moreActions)) return
    const after = Math.min(this.#staleAfter, this.index.lastSeq)
    this.#staleAfter = Number.POSITIVE_INFINITY
    await this.#readFrom(after)
  }

  #put(page: Awaited<ReturnType<ActionNodesRepository['after']>>): void {
    this.index.tick += 1
    for (const node of page) this.index.put(node)
    this.knownTotal = Math.max(this.knownTotal, this.index.size)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

export interface LiveIndexesOptions extends Omit<LiveIndexOptions, 'runId'> {
  /** How long an index is kept when nobody watches it any more, in milliseconds. Defaults to 30 seconds. */
  readonly idleMs?: number
  /** Indexes to keep that nobody watches. Defaults to 4. */
  readonly maxIdle?: number
}

interface Entry {
  readonly live: LiveIndex
  users: number
  idle: NodeJS.Timeout | undefined
}

/**
 * The indexes of the runs that are watched. Watchers of one run share one; it stays for a while when the last has gone, as
 * who scrolls over a connection of one direction goes and comes back with each step.
 */
export class LiveIndexes {
  readonly #options: LiveIndexesOptions
  readonly #entries = new Map<number, Entry>()

  constructor(options: LiveIndexesOptions) {
    this.#options = options
  }

  /** Number of runs that there is an index of. */
  get size(): number {
    return this.#entries.size
  }

  /** To be given back with `release`. */
  acquire(runId: number): LiveIndex {
    const known = this.#entries.get(runId)
    const entry = known?.live.failure === undefined && known ? known : this.#open(runId)
    entry.users += 1
    clearTimeout(entry.idle)
    entry.idle = undefined
    return entry.live
  }

  release(runId: number, live: LiveIndex): void {
    const entry = this.#entries.get(runId)
    // Its place has been taken by another, because it failed.
    if (entry?.live !== live) return live.close()
    entry.users -= 1
    if (entry.users > 0) return
    // Last in the order of those to close.
    this.#entries.delete(runId)
    this.#entries.set(runId, entry)
    entry.idle = setTimeout(() => this.#drop(runId, entry), this.#options.idleMs ?? 30_000)
    entry.idle.unref()
    this.#dropOldest()
  }

  /** Forgets all, whoever watches. */
  close(): void {
    for (const [runId, entry] of this.#entries) this.#drop(runId, entry)
  }

  #open(runId: number): Entry {
    const entry: Entry = { live: new LiveIndex({ ...this.#options, runId }), users: 0, idle: undefined }
    this.#entries.set(runId, entry)
    return entry
  }

  #dropOldest(): void {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0)
    const excess = idle.length - (this.#options.maxIdle ?? 4)
    for (const [runId, entry] of idle.slice(0, Math.max(0, excess))) this.#drop(runId, entry)
  }

  #drop(runId: number, entry: Entry): void {
    clearTimeout(entry.idle)
    entry.live.close()
    if (this.#entries.get(runId) === entry) this.#entries.delete(runId)
  }
}

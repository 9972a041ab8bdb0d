import { Claim } from '@tern/core/engine'
import { ActionPhase } from '@tern/idl/common'
import type { Logger } from 'pino'
import type { Executor, PoolLoad, StartedAttempt } from '../executors/executor.ts'
import type { CachedResult } from '../store/engine-store.ts'
import type { Deadlines } from './deadlines.ts'
import type { ActionEntry, SpecEntry } from './entries.ts'
import { EntryAttempt } from './entry-attempt.ts'
import { type Limits, waitText } from './limits.ts'
import type { SpecRecord } from './model.ts'
import type { PlanGate } from './plan-gate.ts'
import { type ResultCache, waitForOtherServer, waitForResult } from './result-cache.ts'

export interface DispatcherParts {
  /** Asked in order: the first that accepts a task's spec runs it. */
  readonly executors: ReadonlyArray<Executor>
  readonly cache: ResultCache
  readonly deadlines: Deadlines
  readonly limits: Limits
  readonly gate: PlanGate
  readonly logger: Logger
  readonly onCached: (entry: ActionEntry, result: CachedResult) => void
  readonly onCacheMiss: (entry: ActionEntry) => void
  /** Looks for its result in the run that its run recovers, and hands the action back if it is to be executed. */
  readonly recover: (entry: ActionEntry) => void
  /** The action has to wait now. */
  readonly onWait: (entry: ActionEntry, reason: string) => void
  /** An action that waited need not any more. */
  readonly onPlaced: (entry: ActionEntry) => void
  /** It may be dispatched. */
  readonly onReady: (entry: ActionEntry) => void
  readonly onNoExecutor: (entry: ActionEntry, spec: SpecRecord) => void
}

// Rarely enough for a database that many wait at.
const askAgainMs = 500

/** Brings ready actions to executors: looks for a cached result, waits for a place, hands the attempt out. */
export class Dispatcher {
  readonly #parts: DispatcherParts
  /** Actions by the handle of their live attempt. */
  readonly #attempts = new Map<number, ActionEntry>()
  readonly #asking = new Set<NodeJS.Timeout>()
  #lastHandle = 0
  #isStopped = false

  constructor(parts: DispatcherParts) {
    this.#parts = parts
  }

  /** The action whose live attempt this is; undefined for one that is over. */
  entryOf(handle: number): ActionEntry | undefined {
    return this.#attempts.get(handle)
  }

  /** What executors have running. */
  get pools(): ReadonlyArray<PoolLoad> {
    return this.#parts.executors.flatMap((executor) => executor.pools?.() ?? [])
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const timer of this.#asking) clearTimeout(timer)
    await Promise.all(this.#parts.executors.map((executor) => executor.stop()))
  }

  /** Starts an action that wants to be, when its back-off is over. */
  dispatch(entry: ActionEntry, now: number): void {
    if (!isWaiting(entry)) return
    const { deadlines } = this.#parts
    const { notBefore } = entry.state
    if (notBefore !== null && notBefore > now && !entry.hasBackedOff) {
      deadlines.backOff(entry, notBefore)
      return
    }
    if (entry.runningSince === null) deadlines.limitQueueTime(entry)
    if (!this.#parts.gate.lets(entry)) return
    if (entry.run.recovers !== null && !entry.isRecoveryTried && entry.state.attempt === 1) this.#parts.recover(entry)
    else if (entry.cacheKey === null) this.#start(entry)
    else void this.#startUnlessCached(entry)
  }

  /** Whether an attempt that ran before a restart goes on. If so it takes its places at once: those that begin come after. */
  reattaches(entry: ActionEntry): boolean {
    const executor = this.#executorOf(entry.spec)
    if (executor?.reattaches !== true) return false
    entry.claim = this.#newClaim(entry, executor)
    entry.claim?.resume()
    return true
  }

  /** The attempt is over: what it still reports is ignored. Returns it, if there was one. */
  release(entry: ActionEntry): StartedAttempt | null {
    const { live, handle } = entry
    if (handle !== 0) {
      this.#attempts.delete(handle)
      entry.handle = 0
      entry.live = null
    }
    entry.claim?.release()
    return live
  }

  async #startUnlessCached(entry: ActionEntry): Promise<void> {
    const { cache, onCacheMiss, onWait } = this.#parts
    if (await this.#isSettled(entry)) return
    if (entry.spec.policy.serializeCache) {
      const producer = cache.takeTurn(entry)
      if (producer !== null) return onWait(entry, waitForResult(producer))
      const isTaken = await cache.takeSharedTurn(entry)
      // Whoever had the turn before may have come to the result since it was looked for.
      if (await this.#isSettled(entry)) return
      if (!isTaken) return this.#askAgain(entry)
    }
    onCacheMiss(entry)
    this.#start(entry)
  }

  /** Another server computes the same: it does not tell when it has done so. */
  #askAgain(entry: ActionEntry): void {
    if (this.#isStopped) return
    this.#parts.onWait(entry, waitForOtherServer)
    const timer = setTimeout(() => {
      this.#asking.delete(timer)
      this.#parts.onReady(entry)
    }, askAgainMs)
    this.#asking.add(timer)
  }

  /** Whether the action is not to be started: it has a result, or another attempt or an end meanwhile. */
  async #isSettled(entry: ActionEntry): Promise<boolean> {
    const { attempt } = entry.state
    const cached = await this.#findCached(entry)
    if (!isWaiting(entry) || entry.state.attempt !== attempt) return true
    if (cached !== undefined) this.#parts.onCached(entry, cached)
    return cached !== undefined
  }

  /** A cache that cannot be read is no reason not to compute. */
  async #findCached(entry: ActionEntry): Promise<CachedResult | undefined> {
    try {
      return await this.#parts.cache.find(entry)
    } catch (error) {
      this.#parts.logger.warn({ err: error, cacheKey: entry.cacheKey }, 'a cached result could not be looked up')
      return undefined
    }
  }

  #executorOf({ record, policy }: SpecEntry): Executor | undefined {
    return this.#parts.executors.find((candidate) => candidate.accepts(record, policy))
  }

  #start(entry: ActionEntry): void {
    const { spec } = entry
    const executor = this.#executorOf(spec)
    if (executor === undefined) return this.#parts.onNoExecutor(entry, spec.record)
    if (!this.#hasPlaces(entry, executor)) return
    const handle = ++this.#lastHandle
    entry.handle = handle
    this.#attempts.set(handle, entry)
    const live = executor.start(new EntryAttempt(entry, handle, this.#parts.limits.priorityOf(entry)))
    // It may have failed at once.
    if (entry.handle === handle) entry.live = live
  }

  /** Whether the action may start now. If not, it is told to be placed later. */
  #hasPlaces(entry: ActionEntry, executor: Executor): boolean {
    if (entry.claim === undefined) entry.claim = this.#newClaim(entry, executor)
    const { claim } = entry
    if (claim === null) {
      this.#endWait(entry)
      return true
    }
    if (entry.hasLiveChildren) {
      // It only waits for them, and would hold what they need.
      claim.release()
      return true
    }
    if (claim.take()) {
      this.#endWait(entry)
      return true
    }
    if (claim.waitsFor !== null) this.#parts.onWait(entry, waitText(claim.waitsFor))
    return false
  }

  #endWait(entry: ActionEntry): void {
    if (entry.state.phase === ActionPhase.WAITING_FOR_RESOURCES) this.#parts.onPlaced(entry)
  }

  #newClaim(entry: ActionEntry, executor: Executor): Claim | null {
    const { limits } = this.#parts
    if (executor.onlyWaits === true) return null
    const demands = limits.demandsOf(entry, executor.usesCapacity === true)
    if (demands.length === 0) return null
    const onGranted = (): void => {
      this.#parts.onPlaced(entry)
      this.#parts.onReady(entry)
    }
    return new Claim({ demands, priority: limits.priorityOf(entry), onGranted })
  }
}

function isWaiting(entry: ActionEntry): boolean {
  return entry.state.endedAt === null && entry.handle === 0
}

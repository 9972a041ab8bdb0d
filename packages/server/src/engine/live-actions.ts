import { create, toBinary } from '@bufbuild/protobuf'
import type { Clock, TaskFailure } from '@tern/core'
import { failureOfEnd, type LifecycleEvent, recorded, transition } from '@tern/core/engine'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { ActionType } from '@tern/idl/workflow'
import { LogChunkSchema, LogLine_Stream } from '@tern/idl/worker'
import type { Logger } from 'pino'
import type { ChildRequest, Executor } from '../executors/executor.ts'
import type { ActionRecord, CachedResult, EngineStore } from '../store/engine-store.ts'
import type { RecoveryReads } from '../store/recovery-reads.ts'
import { CommittedChanges } from './change-feed.ts'
import { type Batch, Committer, type CommitterOptions } from './committer.ts'
import { type DeadlineEvents, Deadlines } from './deadlines.ts'
import { Dispatcher } from './dispatcher.ts'
import { ActionEntry, type RunEntry } from './entries.ts'
import { noExecutor, serverRestarted, storeUnreadable } from './failures.ts'
import { Limits, type LimitsOptions } from './limits.ts'
import { LiveRuns } from './live-runs.ts'
import type { NewAction, WaitingCondition, SpecRecord } from './model.ts'
import { inputsOf, outputsOf, sourceOf, toOutcome } from './outcomes.ts'
import { type Earlier, Recovery } from './recovery.ts'
import { ResultCache, type ResultCacheOptions } from './result-cache.ts'
import { PlanGate } from './plan-gate.ts'
import type { RunPlaces } from './run-places.ts'
import { SpecCache } from './spec-cache.ts'
import { StoppingAttempts } from './stopping-attempts.ts'
import { type PolicyDefaults, usualPolicy } from './task-policy.ts'
import type { Alarm } from './timers.ts'

export interface LiveActionsOptions extends LimitsOptions, ResultCacheOptions {
  readonly store: EngineStore
  readonly recovery: RecoveryReads
  /** Those of runs of launch plans with a limit. Defaults to none: then there are no limits. */
  readonly places?: RunPlaces | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** What wakes it up when limits are reached and back-offs end. Defaults to Node's timers. */
  readonly alarm?: Alarm
  /** When the gathered changes are committed; see CommitterOptions. */
  readonly defer?: CommitterOptions['defer']
  /** What is done with tasks that do not say. */
  readonly policy?: Partial<PolicyDefaults> | undefined
  /** Draws the jitter of back-offs. Defaults to Math.random. */
  readonly random?: () => number
  /** Called for each condition once it is stored, and for those that still wait when the engine starts. */
  readonly onCondition?: (condition: WaitingCondition) => void
  /** Called when the store refuses a write for good: the process must end, and its successor picks up what is stored. */
  readonly onFatal: (error: unknown) => void
}

/**
 * The shell around the state machine: it holds what is live, applies events to it, gathers the outcome for the next
 * commit, and performs effects once they are committed. Everything happens on one thread, so between two commits
 * nothing else can come in between.
 */
export class LiveActions {
  readonly changes = new CommittedChanges()
  readonly store: EngineStore
  readonly clock: Clock
  readonly logger: Logger
  readonly committer: Committer
  readonly specs: SpecCache
  readonly runs: LiveRuns
  readonly limits: Limits
  readonly gate: PlanGate
  readonly dispatcher: Dispatcher
  readonly stopping: StoppingAttempts
  readonly #random: () => number
  readonly #cache: ResultCache
  readonly #recovery: Recovery
  readonly #deadlines: Deadlines
  readonly #onCondition: (condition: WaitingCondition) => void

  /** @param executors asked in order: the first that accepts a task's spec runs it */
  constructor(options: LiveActionsOptions, executors: (actions: LiveActions) => ReadonlyArray<Executor>) {
    const { store, clock, logger } = options
    this.store = store
    this.clock = clock
    this.logger = logger
    this.#onCondition = options.onCondition ?? (() => {})
    this.committer = new Committer({ ...options, onCommitted: (batch, refused) => this.#onCommitted(batch, refused) })
    this.stopping = new StoppingAttempts(this.committer, this.changes)
    this.#random = options.random ?? Math.random
    const defaults = { ...usualPolicy, ...options.policy }
    this.specs = new SpecCache((spec) => this.committer.batch.specs.push(spec), clock, defaults)
    this.#cache = new ResultCache(store, options)
    this.#recovery = new Recovery(store, options.recovery, options)
    this.runs = new LiveRuns()
    this.limits = new Limits(options)
    const onPlaced = (entry: ActionEntry): void =>
      this.apply(entry, { type: 'placed', attempt: entry.state.attempt, at: clock.now() })
    this.gate = new PlanGate({
      places: options.places,
      logger,
      onWait: (entry, reason) => this.#wait(entry, reason),
      onReady: (entry) => {
        if (entry.state.phase === ActionPhase.WAITING_FOR_RESOURCES) onPlaced(entry)
        this.committer.batch.ready.push(entry)
      },
    })
    const events: DeadlineEvents = {
      onReady: (entry) => this.dispatcher.dispatch(entry, clock.now()),
      onTimeout: (entry, attempt, failure, retry) =>
        this.apply(entry, { type: 'timed-out', attempt, at: clock.now(), failure, retry }),
    }
    this.#deadlines = new Deadlines(clock, events, options.alarm)
    this.dispatcher = new Dispatcher({
      executors: executors(this),
      cache: this.#cache,
      deadlines: this.#deadlines,
      limits: this.limits,
      gate: this.gate,
      logger,
      onCached: (entry, result) => this.#takeCached(entry, result),
      onCacheMiss: (entry) => {
        entry.cacheStatus = CatalogCacheStatus.CACHE_MISS
      },
      recover: (entry) => void this.#recover(entry),
      onWait: (entry, reason) => this.#wait(entry, reason),
      onPlaced,
      onReady: (entry) => this.committer.batch.ready.push(entry),
      onNoExecutor: (entry, spec) => this.fail(entry, noExecutor(spec)),
    })
  }

  /** The action whose result another one waits for, to take it for its own. */
  producerOf(entry: ActionEntry): ActionEntry | undefined {
    return this.#cache.producerOf(entry)
  }

  /** Stops executors and writes what is left. Live actions stay live: the next server picks them up. */
  async stop(): Promise<void> {
    this.#deadlines.stop()
    this.gate.stop()
    await this.dispatcher.stop()
    if (this.committer.isHealthy) await this.committer.drain()
    this.committer.stop()
  }

  /** What an event makes of an action, and of what hangs on it. */
  apply(entry: ActionEntry, event: LifecycleEvent): void {
    const before = entry.state
    const { state, replaced, ready, ended } = transition(before, event, entry.spec.policy.retry)
    if (state === before && !ready) return
    entry.state = state
    if (state !== before) this.committer.mark(entry)
    const { batch } = this.committer
    if (replaced !== null) {
      batch.attempts.push({ runId: entry.runId, seq: entry.seq, ...replaced })
      entry.replay = true
      entry.hasBackedOff = false
      this.#deadlines.endAttempt(entry)
      this.#cancel(entry, replaced.attempt, 'the attempt was replaced')
      entry.logChunks = 0
    }
    if (ready) batch.ready.push(entry)
    if (event.type === 'started') this.#deadlines.limitRuntime(entry, this.clock.now())
    if (ended) this.#end(entry)
  }

  #end(entry: ActionEntry): void {
    const failure = failureOfEnd(entry.state)
    this.#cancel(entry, entry.state.attempt, failure?.message ?? 'the action ended', failure)
    this.#deadlines.endAction(entry)
    this.runs.leave(entry)
    const { batch } = this.committer
    batch.ended.push(entry)
    if (entry.liveChildren === null) return
    const reason = entry.state.abortReason ?? `its parent ${entry.name} ended`
    for (const child of entry.liveChildren) {
      this.apply(child, { type: 'abort', at: this.clock.now(), reason, by: entry.state.endedBy })
    }
  }

  #cancel(entry: ActionEntry, number: number, reason: string, end: TaskFailure | null = null): void {
    const { handle, runId, seq, logChunks } = entry
    const attempt = this.dispatcher.release(entry)
    if (attempt === null) return
    this.stopping.add(handle, { runId, seq, attempt: number, logChunks })
    this.committer.batch.cancels.push({ handle, attempt, reason, end })
  }

  #onCommitted(batch: Batch, refused: ReadonlyArray<ActionRecord>): void {
    for (const entry of refused) this.#onRefused(entry as ActionEntry)
    for (const cancel of batch.cancels) this.stopping.stop(cancel)
    for (const entry of batch.conditions) this.#announceCondition(entry)
    for (const entry of batch.ended) {
      this.#announceEnd(entry)
      // Not before its result is stored: whoever has the next turn looks for it.
      if (entry.spec.policy.serializeCache) for (const next of this.#cache.release(entry)) batch.ready.push(next)
    }
    for (const entry of this.limits.inOrder(batch.ready)) this.dispatcher.dispatch(entry, this.clock.now())
    this.#publish(batch)
  }

  #announceEnd(entry: ActionEntry): void {
    // It never was: its parent is told how the one ended that is stored.
    if (entry.isRefused) return
    this.runs.forget(entry)
    const { parent } = entry
    if (parent === null) {
      this.runs.close(entry.run)
      this.gate.ended(entry.run)
    } else parent.live?.deliver(toOutcome(entry))
  }

  #announceCondition(entry: ActionEntry): void {
    const { run, name, spec, state, createdAt } = entry
    if (state.endedAt !== null) return
    if (run.recovers !== null && !entry.isRecoveryTried) void this.#recover(entry)
    else this.#onCondition({ key: { ...run.key, action: name }, spec: spec.record.bytes, createdAt })
  }

  /** The store had an action of that name: somebody's repeat. The stored one stands, the new one never was. */
  #onRefused(entry: ActionEntry): void {
    entry.isRefused = true
    entry.state = { ...entry.state, endedAt: entry.createdAt }
    this.runs.leave(entry)
    this.runs.forget(entry)
    const { parent } = entry
    if (parent === null) {
      entry.run.isRefused = true
      this.runs.close(entry.run)
      return
    }
    parent.replay = true
    const { handle } = parent
    this.#deliverStored(parent, handle, entry.name).catch((error: unknown) => this.giveUp(handle, error))
  }

  async #deliverStored(parent: ActionEntry, handle: number, child: string): Promise<void> {
    const stored = await this.store.findAction(parent.runId, child)
    if (stored !== undefined && parent.handle === handle) this.deliverEnd(parent, stored)
  }

  /**
   * Tells an attempt how a child ended that the store has. One that has not ended is another server's, which has taken the
   * run over: this one will be told so, and nothing that it says of the run counts any more.
   */
  deliverEnd(parent: ActionEntry, stored: ActionRecord): void {
    if (stored.state.endedAt !== null) parent.live?.deliver(toOutcome(stored))
  }

  #publish(batch: Batch): void {
    for (const { runId, seq } of batch.created) this.changes.publish({ runId, seq, kind: 'action' })
    for (const { runId, seq } of batch.changed) this.changes.publish({ runId, seq, kind: 'action' })
    for (const { runId, seq } of batch.logs) this.changes.publish({ runId, seq, kind: 'log' })
  }

  /** A new action, to be dispatched once it is stored. */
  create(
    run: RunEntry,
    parent: ActionEntry | null,
    child: Omit<ChildRequest, 'name'> & { readonly name: string },
    actionType: number,
    isExternal = false,
  ): ActionEntry {
    const entry = this.#newEntry(run, parent, { ...child, isExternal }, actionType)
    this.adopt(entry)
    this.committer.mark(entry)
    const { batch } = this.committer
    if (!entry.isUndispatched) batch.ready.push(entry)
    else if (actionType === ActionType.CONDITION) batch.conditions.push(entry)
    return entry
  }

  /** A trace: it is over when the engine hears of it. */
  record(
    run: RunEntry,
    parent: ActionEntry,
    child: ChildRequest,
    outcome: NonNullable<NewAction['recorded']>,
  ): ActionEntry {
    const entry = this.#newEntry(run, parent, { ...child, isExternal: false }, ActionType.TRACE, outcome.startedAt)
    this.#endRecorded(entry, outcome)
    return entry
  }

  /** A trace that had failed, and came to something else when a later attempt called it again: that counts from here on. */
  recordAgain(
    run: RunEntry,
    parent: ActionEntry,
    stored: ActionRecord,
    spec: SpecRecord,
    outcome: NonNullable<NewAction['recorded']>,
  ): void {
    this.#endRecorded(ActionEntry.fromRecord(stored, run, parent, this.specs.use(spec)), outcome)
  }

  #endRecorded(entry: ActionEntry, outcome: NonNullable<NewAction['recorded']>): void {
    entry.state = recorded(outcome)
    if (outcome.outputs !== null) entry.setOutputs(outcome.outputs)
    this.committer.mark(entry)
    this.committer.batch.ended.push(entry)
  }

  #newEntry(
    run: RunEntry,
    parent: ActionEntry | null,
    child: ChildRequest & { readonly isExternal: boolean },
    actionType: number,
    at = this.clock.now(),
  ): ActionEntry {
    const spec = this.specs.use(child.spec)
    const queue = child.queue || spec.policy.queue || (parent ?? run).queue || ''
    return new ActionEntry({ ...child, queue, run, parent, spec, actionType, seq: run.nextSeq++, at })
  }

  /** The action counts as live from here on. */
  adopt(entry: ActionEntry): void {
    this.runs.enter(entry)
    if (!entry.isExternal) this.#deadlines.limitAction(entry)
  }

  /** What a restart makes of an action that is live in the store. */
  restore(entry: ActionEntry): void {
    const runningSince = entry.runningSince
    if (entry.actionType === ActionType.CONDITION) this.#announceCondition(entry)
    else if (entry.isExternal) return
    else if (runningSince !== null && this.dispatcher.reattaches(entry)) {
      this.#deadlines.limitRuntime(entry, runningSince)
      this.committer.batch.ready.push(entry)
    } else this.apply(entry, { type: 'restored', at: this.clock.now(), failure: serverRestarted })
  }

  /** Ends the live attempt with a failure. */
  fail(entry: ActionEntry, failure: TaskFailure, at = this.clock.now()): void {
    const random = failure.kind === 'system' ? this.#random() : 0
    this.apply(entry, { type: 'failed', attempt: entry.state.attempt, at, failure, random })
  }

  /** A parent whose child cannot be looked up must not wait for ever: its attempt is given up, and another one asks. */
  giveUp(handle: number, error: unknown): void {
    this.logger.error({ err: error }, 'the store could not be read; an attempt is given up')
    const entry = this.dispatcher.entryOf(handle)
    if (entry !== undefined) this.fail(entry, storeUnreadable)
  }

  /** Lines of an attempt's log: a serialized tern.worker.v1.LogChunk. */
  keepLog(entry: ActionEntry, lines: Uint8Array, lineCount: number): void {
    const { runId, seq, state } = entry
    const chunk = entry.logChunks++
    this.committer.batch.logs.push({ runId, seq, attempt: state.attempt, chunk, lines, lineCount })
    // The attempt must be known to the store before its lines: a restart may not number another one the same.
    this.committer.mark(entry)
  }

  /** It says for what, each time that it begins to wait. */
  #wait(entry: ActionEntry, reason: string): void {
    const { attempt, phase } = entry.state
    const at = this.clock.now()
    this.apply(entry, { type: 'waits', attempt, at })
    if (entry.state.phase === phase) return
    const line = { atMs: at, stream: LogLine_Stream.SYSTEM, text: reason }
    this.keepLog(entry, toBinary(LogChunkSchema, create(LogChunkSchema, { lines: [line] })), 1)
  }

  #takeCached(entry: ActionEntry, result: CachedResult): void {
    entry.cacheStatus = CatalogCacheStatus.CACHE_HIT
    entry.takeResult(result)
    this.apply(entry, { type: 'succeeded', attempt: entry.state.attempt, at: this.clock.now() })
  }

  /** Takes over what the recovered run had, or goes on without. */
  async #recover(entry: ActionEntry): Promise<void> {
    const { action, traces } = await this.#findEarlier(entry)
    if (entry.state.endedAt !== null || entry.handle !== 0) return
    entry.isRecoveryTried = true
    if (action !== undefined) {
      entry.takeResult({ ...action, source: sourceOf(entry.run.recovers!.run, action) })
      this.apply(entry, { type: 'recovered', at: this.clock.now() })
      return
    }
    for (const trace of traces) this.#recordEarlier(entry, trace)
    if (traces.length > 0) entry.replay = true
    // Once the traces are stored: its code asks for them first.
    if (entry.isUndispatched) this.committer.batch.conditions.push(entry)
    else this.committer.batch.ready.push(entry)
  }

  /** A run that cannot be read is no reason not to execute. */
  async #findEarlier(entry: ActionEntry): Promise<Earlier> {
    try {
      return await this.#recovery.find(entry)
    } catch (error) {
      this.logger.warn({ err: error, run: entry.run.key }, 'the recovered run could not be read; executing again')
      return { action: undefined, traces: [] }
    }
  }

  #recordEarlier(parent: ActionEntry, { action, spec }: Earlier['traces'][number]): void {
    const { name, group, createdAt, state } = action
    const endedAt = state.endedAt ?? createdAt
    const inputs = inputsOf(action) ?? { bytes: new Uint8Array() }
    const child = { name, spec, inputs, group: group ?? '', cacheKey: '', queue: '' }
    const outcome = { phase: ActionPhase.RECOVERED, startedAt: createdAt, endedAt, outputs: outputsOf(action) }
    this.record(parent.run, parent, child, outcome).cacheSource = sourceOf(parent.run.recovers!.run, action)
  }
}

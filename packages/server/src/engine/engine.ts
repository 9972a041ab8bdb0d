import { type Clock, rootActionName, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { ActionType } from '@tern/idl/workflow'
import type { Logger } from 'pino'
import type { ChildOutcome, ChildRequest, Executor, ExecutorHost } from '../executors/executor.ts'
import type { ActionRecord, CachedResult, EngineStore, LiveRun, RunRecord } from '../store/engine-store.ts'
import { CommittedChanges } from './change-feed.ts'
import { type Batch, Committer, type CommitterOptions } from './committer.ts'
import { Deadlines } from './deadlines.ts'
import { Dispatcher } from './dispatcher.ts'
import { ActionEntry, type RunEntry, type SpecEntry } from './entries.ts'
import {
  actionNotFound,
  conditionEnded,
  nameTaken,
  noExecutor,
  notACondition,
  notExternal,
  parentEnded,
  parentNotFound,
  runEnded,
  runNotFound,
  serverRestarted,
  signalledOtherwise,
  storeUnreadable,
  wasAborted,
} from './failures.ts'
import { type LifecycleEvent, recorded, transition } from './lifecycle.ts'
import { LiveRuns } from './live-runs.ts'
import type {
  ActionData,
  ActionKey,
  ActionReport,
  Engine,
  Identity,
  NewAction,
  NewRun,
  RunKey,
  SpecRecord,
  WaitingCondition,
} from './model.ts'
import { OwnedElsewhereError } from './owned-elsewhere.ts'
import { type EarlierTrace, Recovery, type RecoveryReads } from './recovery.ts'
import { type OutputsExist, ResultCache } from './result-cache.ts'
import { SpecCache } from './spec-cache.ts'

export interface EngineOptions {
  readonly store: EngineStore
  /** Asked in order: the first that accepts a task's spec runs it. */
  readonly executors: (host: ExecutorHost) => ReadonlyArray<Executor>
  /** Whether outputs that an earlier action left in storage are still there to be reused. */
  readonly outputsExist: OutputsExist
  readonly recovery: RecoveryReads
  readonly clock: Clock
  readonly logger: Logger
  /** When the gathered changes are committed; see CommitterOptions. */
  readonly defer?: CommitterOptions['defer']
  /** Called for each condition once it is stored, and for those that still wait when the engine starts. */
  readonly onCondition?: (condition: WaitingCondition) => void
  /** Called when the store refuses a write for good: the process must end, and its successor picks up what is stored. */
  readonly onFatal: (error: unknown) => void
}

/**
 * The shell around the state machine: it holds what is live, turns calls and executors' reports into events, gathers
 * the outcome for the next commit, and performs effects once they are committed. Everything happens on one thread, so
 * between two commits nothing else can come in between.
 */
export class TernEngine implements Engine, ExecutorHost {
  readonly changes = new CommittedChanges()
  readonly #store: EngineStore
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #committer: Committer
  readonly #specs: SpecCache
  readonly #cache: ResultCache
  readonly #recovery: Recovery
  readonly #deadlines: Deadlines
  readonly #runs: LiveRuns
  readonly #dispatcher: Dispatcher
  readonly #onCondition: (condition: WaitingCondition) => void
  #takingOver: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: EngineOptions) {
    const { store, clock, logger } = options
    this.#store = store
    this.#clock = clock
    this.#logger = logger
    this.#onCondition = options.onCondition ?? (() => {})
    this.#committer = new Committer({ ...options, onCommitted: (batch, refused) => this.#onCommitted(batch, refused) })
    this.#specs = new SpecCache((spec) => this.#committer.batch.specs.push(spec))
    this.#cache = new ResultCache(store, options.outputsExist)
    this.#recovery = new Recovery(store, options.recovery, options.outputsExist)
    this.#runs = new LiveRuns((entry) => this.#committer.batch.ready.push(entry))
    this.#deadlines = new Deadlines(clock, {
      onReady: (entry) => this.#dispatcher.dispatch(entry, clock.now()),
      onTimeout: (entry, attempt, failure) =>
        this.#apply(entry, { type: 'timed-out', attempt, at: clock.now(), failure, retry: false }),
    })
    this.#dispatcher = new Dispatcher({
      executors: options.executors(this),
      cache: this.#cache,
      deadlines: this.#deadlines,
      runs: this.#runs,
      logger,
      onCached: (entry, result) => this.#takeCached(entry, result),
      onCacheMiss: (entry) => {
        entry.cacheStatus = CatalogCacheStatus.CACHE_MISS
      },
      recover: (entry) => void this.#recover(entry),
      onNoExecutor: (entry, spec) => this.#fail(entry, noExecutor(spec)),
    })
  }

  /** False while the store refuses writes. */
  get isHealthy(): boolean {
    return this.#committer.isHealthy
  }

  /** Number of actions that have not ended, as far as memory goes. */
  get liveActions(): number {
    return this.#runs.actionCount
  }

  /** Picks up every action that had not ended when the last server stopped, however that happened. */
  start(): Promise<void> {
    return this.takeOver()
  }

  /** Goes on with the runs that no server has: those of one that stopped or died. One call at a time does the work. */
  takeOver(): Promise<void> {
    const done = this.#takingOver.then(() => this.#takeOver())
    this.#takingOver = done.catch(() => {})
    return done
  }

  async #takeOver(): Promise<void> {
    for await (const live of this.#store.liveRuns()) {
      const specs = new Map<string, SpecEntry>()
      for (const { specDigest } of live.actions) {
        if (!specs.has(specDigest)) specs.set(specDigest, this.#specs.restore(await this.#storedSpec(specDigest)))
      }
      if (this.#isStopped) return
      this.#open(live, specs)
    }
  }

  /** Nothing is awaited in between: what is asked of the run finds all of it, or nothing. */
  #open(live: LiveRun, specs: ReadonlyMap<string, SpecEntry>): void {
    const run = this.#runs.open(live.run, live.actions[0]?.createdAt ?? this.#clock.now())
    run.nextSeq = live.nextSeq
    const bySeq = new Map<number, ActionEntry>()
    for (const record of live.actions) {
      const parent = record.parentSeq === null ? null : bySeq.get(record.parentSeq)
      if (parent === undefined) continue
      const entry = ActionEntry.fromRecord(record, run, parent, specs.get(record.specDigest)!)
      bySeq.set(record.seq, entry)
      this.#adopt(entry)
      this.#restore(entry)
    }
  }

  /** Stops executors and writes what is left. Live actions stay live: the next server picks them up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#deadlines.stop()
    await this.#dispatcher.stop()
    if (this.#committer.isHealthy) await this.#committer.drain()
    this.#committer.stop()
  }

  async createRun(request: NewRun): Promise<{ readonly runId: number; readonly created: boolean }> {
    const { project, domain, run: name } = request.key
    const stored = await this.#store.findRun(project, domain, name)
    const id = await this.#store.newRunId()
    // Another request may have created it during the look-up: from here to its creation nothing is awaited.
    const live = this.#runs.find(request.key)
    const taken = live?.record ?? stored
    if (taken !== undefined) {
      if (taken.requestDigest !== request.requestDigest) throw nameTaken(request.key)
      await this.#committer.committed()
      return live?.isRefused ? this.#createdElsewhere(request) : { runId: taken.id, created: false }
    }
    const record = toRunRecord(request, id)
    const run = this.#runs.open(record, this.#clock.now())
    this.#committer.batch.runs.push(record)
    this.#create(
      run,
      null,
      { ...request, name: rootActionName, group: '', queue: '' },
      ActionType.TASK,
      request.isExternal,
    )
    await this.#committer.committed()
    return run.isRefused ? this.#createdElsewhere(request) : { runId: record.id, created: true }
  }

  /** Another server was faster to take the name: for the same request, or for a different one. */
  async #createdElsewhere({
    key,
    requestDigest,
  }: NewRun): Promise<{ readonly runId: number; readonly created: false }> {
    const stored = await this.#store.findRun(key.project, key.domain, key.run)
    if (stored?.requestDigest !== requestDigest) throw nameTaken(key)
    return { runId: stored.id, created: false }
  }

  async enqueue(request: NewAction): Promise<{ readonly created: boolean }> {
    const run = await this.#liveRun(request.key)
    const stored = run.actions.has(request.key.action)
      ? undefined
      : await this.#store.findAction(run.record.id, request.key.action)
    if (stored !== undefined || run.actions.has(request.key.action)) {
      await this.#committer.committed()
      return { created: false }
    }
    const parent = run.actions.get(request.parent) ?? (await this.#endedParent(run, request))
    if (parent.state.endedAt !== null) throw parentEnded(request)
    const child = { ...request, name: request.key.action }
    if (request.recorded === undefined) this.#create(run, parent, child, request.spec.actionType, request.isExternal)
    else this.#record(run, parent, child, request.recorded)
    await this.#committer.committed()
    return { created: true }
  }

  async abort(key: ActionKey, reason: string, by?: Identity): Promise<void> {
    const entry = this.#runs.find(key)?.actions.get(key.action)
    if (entry === undefined) await this.#stored(key)
    else this.#apply(entry, { type: 'abort', at: this.#clock.now(), reason, by: by ?? null })
    await this.#committer.committed()
  }

  async signal(key: ActionKey, value: Uint8Array, by?: Identity): Promise<void> {
    const entry = this.#runs.find(key)?.actions.get(key.action)
    const action = entry ?? (await this.#stored(key))
    if (action.actionType !== ActionType.CONDITION) throw notACondition(key)
    if (entry !== undefined && entry.state.endedAt === null) {
      entry.outputs = value
      this.#apply(entry, { type: 'signalled', at: this.#clock.now(), by: by ?? null })
    } else if (action.state.phase !== ActionPhase.SUCCEEDED) {
      throw conditionEnded(key, action.state.phase as ActionPhase)
    } else if (action.outputs === null || !isSame(action.outputs, value)) {
      throw signalledOtherwise(key)
    }
    await this.#committer.committed()
  }

  async report(key: ActionKey, report: ActionReport): Promise<void> {
    const entry = this.#runs.find(key)?.actions.get(key.action)
    if (entry === undefined) await this.#stored(key)
    else if (!entry.isExternal) throw notExternal(key)
    else this.#takeReport(entry, report)
    await this.#committer.committed()
  }

  dispatched(handle: number): void {
    const entry = this.#dispatcher.entryOf(handle)
    if (entry === undefined) return
    const event = { type: 'dispatched', attempt: entry.state.attempt, at: this.#clock.now() } as const
    // Not written for its own sake: a crash before the next write only hands the same attempt out again.
    entry.state = transition(entry.state, event, entry.spec.policy.retry).state
  }

  started(handle: number, at: number): void {
    const entry = this.#dispatcher.entryOf(handle)
    if (entry !== undefined) this.#started(entry, at)
  }

  succeeded(handle: number, outputs: ActionData | null, startedAt: number, at: number): void {
    const entry = this.#dispatcher.entryOf(handle)
    if (entry === undefined) return
    if (outputs !== null) entry.setOutputs(outputs)
    this.#started(entry, startedAt)
    this.#dispatcher.release(entry)
    if (entry.cacheKey !== null) this.#cacheResult(entry, entry.cacheKey, at)
    this.#apply(entry, { type: 'succeeded', attempt: entry.state.attempt, at })
  }

  failed(handle: number, failure: TaskFailure, startedAt: number, at: number): void {
    const entry = this.#dispatcher.entryOf(handle)
    if (entry === undefined) return
    this.#started(entry, startedAt)
    this.#dispatcher.release(entry)
    this.#apply(entry, { type: 'failed', attempt: entry.state.attempt, at, failure })
  }

  log(handle: number, lines: Uint8Array, lineCount: number): void {
    const entry = this.#dispatcher.entryOf(handle)
    if (entry === undefined) return
    const { runId, seq } = entry
    this.#committer.batch.logs.push({
      runId,
      seq,
      attempt: entry.state.attempt,
      chunk: entry.logChunks++,
      lines,
      lineCount,
    })
    // The attempt must be known to the store before its lines: a restart may not number another one the same.
    this.#committer.mark(entry)
  }

  enqueueChild(handle: number, child: ChildRequest): void {
    const parent = this.#dispatcher.entryOf(handle)
    if (parent === undefined) return
    if (parent.run.actions.has(child.name)) return
    if (!parent.replay) {
      this.#create(parent.run, parent, child, ActionType.TASK)
      return
    }
    this.#enqueueReplayed(handle, child).catch((error: unknown) => this.#onUnreadable(handle, error))
  }

  abortChild(handle: number, name: string, reason: string): void {
    const parent = this.#dispatcher.entryOf(handle)
    const child = parent?.run.actions.get(name)
    if (child?.parent !== parent || child === undefined) return
    this.#apply(child, { type: 'abort', at: this.#clock.now(), reason, by: null })
  }

  /** A replaying attempt asks for a child that an earlier one may have finished: the store's answer is as good as new. */
  async #enqueueReplayed(handle: number, child: ChildRequest): Promise<void> {
    const parent = this.#dispatcher.entryOf(handle)
    if (parent === undefined) return
    const stored = await this.#store.findAction(parent.runId, child.name)
    if (this.#dispatcher.entryOf(handle) !== parent || parent.run.actions.has(child.name)) return
    if (stored === undefined) this.#create(parent.run, parent, child, ActionType.TASK)
    else parent.live?.deliver(toOutcome(stored))
  }

  /** A parent whose child cannot be looked up must not wait for ever: its attempt is given up, and another one asks. */
  #onUnreadable(handle: number, error: unknown): void {
    this.#logger.error({ err: error }, 'the store could not be read; an attempt is given up')
    const entry = this.#dispatcher.entryOf(handle)
    if (entry !== undefined) this.#fail(entry, storeUnreadable)
  }

  #takeCached(entry: ActionEntry, result: CachedResult): void {
    entry.cacheStatus = CatalogCacheStatus.CACHE_HIT
    entry.cacheSource = result.source
    entry.outputs = result.outputs
    entry.outputsUri = result.outputsUri
    this.#apply(entry, { type: 'succeeded', attempt: entry.state.attempt, at: this.#clock.now() })
  }

  #takeReport(entry: ActionEntry, { outputs, cacheStatus, ...report }: ActionReport): void {
    if (entry.state.endedAt !== null || report.attempt < entry.state.attempt) return
    if (outputs !== undefined) entry.setOutputs(outputs)
    if (cacheStatus !== undefined) entry.cacheStatus = cacheStatus
    this.#apply(entry, { type: 'reported', failure: null, isFinal: true, ...report })
  }

  /** Takes over what the recovered run had, or goes on without. */
  async #recover(entry: ActionEntry): Promise<void> {
    const earlier = await this.#findEarlier(entry)
    if (entry.state.endedAt !== null || entry.handle !== 0) return
    entry.isRecoveryTried = true
    if (earlier.action !== undefined) this.#takeEarlier(entry, earlier.action)
    else {
      for (const trace of earlier.traces) this.#recordEarlier(entry, trace)
      // Once the traces are stored: its code asks for them first.
      if (entry.isUndispatched) this.#committer.batch.conditions.push(entry)
      else this.#committer.batch.ready.push(entry)
    }
  }

  /** A run that cannot be read is no reason not to execute. */
  async #findEarlier(entry: ActionEntry): Promise<{ action?: ActionRecord; traces: ReadonlyArray<EarlierTrace> }> {
    try {
      const action = await this.#recovery.find(entry)
      return action === undefined ? { traces: await this.#recovery.tracesOf(entry) } : { action, traces: [] }
    } catch (error) {
      this.#logger.warn({ err: error, run: entry.run.key }, 'the recovered run could not be read; executing again')
      return { traces: [] }
    }
  }

  #takeEarlier(entry: ActionEntry, earlier: ActionRecord): void {
    entry.outputs = earlier.outputs
    entry.outputsUri = earlier.outputsUri
    entry.cacheSource = sourceOf(entry.run.recovers!.run, earlier)
    this.#apply(entry, { type: 'recovered', at: this.#clock.now() })
  }

  #recordEarlier(parent: ActionEntry, { action, spec }: EarlierTrace): void {
    const { name, group, createdAt, outputsUri, state } = action
    const child = { name, spec, inputs: { bytes: new Uint8Array() }, group: group ?? '', cacheKey: '', queue: '' }
    const entry = this.#newEntry(parent.run, parent, { ...child, isExternal: false }, ActionType.TRACE, createdAt)
    entry.state = recorded({ phase: ActionPhase.RECOVERED, startedAt: createdAt, endedAt: state.endedAt ?? createdAt })
    entry.outputsUri = outputsUri
    entry.cacheSource = sourceOf(parent.run.recovers!.run, action)
    this.#committer.mark(entry)
  }

  #fail(entry: ActionEntry, failure: TaskFailure): void {
    this.#apply(entry, { type: 'failed', attempt: entry.state.attempt, at: this.#clock.now(), failure })
  }

  #cacheResult(entry: ActionEntry, key: string, at: number): void {
    const { project, domain } = entry.run.key
    const source = sourceOf(entry.run.key, entry)
    const { outputs, outputsUri } = entry
    entry.cacheStatus = CatalogCacheStatus.CACHE_POPULATED
    this.#committer.batch.results.push({ key, project, domain, source, outputs, outputsUri, at })
  }

  #started(entry: ActionEntry, at: number): void {
    if (at > 0) this.#apply(entry, { type: 'started', attempt: entry.state.attempt, at })
  }

  #apply(entry: ActionEntry, event: LifecycleEvent): void {
    const before = entry.state
    const { state, replaced, ready, ended } = transition(before, event, entry.spec.policy.retry)
    if (state === before && !ready) return
    entry.state = state
    if (state !== before) this.#committer.mark(entry)
    const { batch } = this.#committer
    if (replaced !== null) {
      batch.attempts.push({ runId: entry.runId, seq: entry.seq, ...replaced })
      entry.replay = true
      entry.logChunks = 0
      this.#deadlines.endAttempt(entry)
      this.#cancel(entry, 'the attempt was replaced')
    }
    if (ready) batch.ready.push(entry)
    if (event.type === 'started') this.#deadlines.limitRuntime(entry)
    if (ended) this.#end(entry)
  }

  #end(entry: ActionEntry): void {
    this.#cancel(entry, entry.state.abortReason ?? entry.state.failure?.message ?? 'the action ended')
    this.#deadlines.endAction(entry)
    this.#runs.leave(entry)
    const { batch } = this.#committer
    batch.ended.push(entry)
    batch.ready.push(...this.#cache.release(entry))
    if (entry.liveChildren === null) return
    const reason = entry.state.abortReason ?? `its parent ${entry.name} ended`
    for (const child of entry.liveChildren) {
      this.#apply(child, { type: 'abort', at: this.#clock.now(), reason, by: entry.state.endedBy })
    }
  }

  #cancel(entry: ActionEntry, reason: string): void {
    const attempt = this.#dispatcher.release(entry)
    if (attempt !== null) this.#committer.batch.cancels.push({ attempt, reason })
  }

  #onCommitted(batch: Batch, refused: ReadonlyArray<ActionRecord>): void {
    for (const entry of refused) this.#onRefused(entry as ActionEntry)
    for (const { attempt, reason } of batch.cancels) attempt.cancel(reason)
    for (const entry of batch.conditions) this.#announceCondition(entry)
    for (const entry of batch.ended) this.#announceEnd(entry)
    for (const entry of batch.ready) this.#dispatcher.dispatch(entry, this.#clock.now())
    this.#publish(batch)
  }

  #announceEnd(entry: ActionEntry): void {
    this.#runs.forget(entry)
    const { parent } = entry
    if (parent === null) this.#runs.close(entry.run)
    else parent.live?.deliver(toOutcome(entry))
  }

  #announceCondition(entry: ActionEntry): void {
    const { run, name, spec, state, createdAt } = entry
    if (state.endedAt !== null) return
    if (run.recovers !== null && !entry.isRecoveryTried) void this.#recover(entry)
    else this.#onCondition({ key: { ...run.key, action: name }, spec: spec.record.bytes, createdAt })
  }

  /** The store had an action of that name: somebody's repeat. The stored one stands, the new one never was. */
  #onRefused(entry: ActionEntry): void {
    entry.state = { ...entry.state, endedAt: entry.createdAt }
    this.#runs.leave(entry)
    this.#runs.forget(entry)
    const { parent } = entry
    if (parent === null) {
      entry.run.isRefused = true
      this.#runs.close(entry.run)
      return
    }
    parent.replay = true
    const { handle } = parent
    this.#deliverStored(parent, handle, entry.name).catch((error: unknown) => this.#onUnreadable(handle, error))
  }

  async #deliverStored(parent: ActionEntry, handle: number, child: string): Promise<void> {
    const stored = await this.#store.findAction(parent.runId, child)
    if (stored !== undefined && parent.handle === handle) parent.live?.deliver(toOutcome(stored))
  }

  #publish(batch: Batch): void {
    for (const { runId, seq } of batch.created) this.changes.publish({ runId, seq, kind: 'action' })
    for (const { runId, seq } of batch.changed) this.changes.publish({ runId, seq, kind: 'action' })
    for (const { runId, seq } of batch.logs) this.changes.publish({ runId, seq, kind: 'log' })
  }

  #create(
    run: RunEntry,
    parent: ActionEntry | null,
    child: Omit<ChildRequest, 'name'> & { readonly name: string },
    actionType: number,
    isExternal = false,
  ): void {
    const entry = this.#newEntry(run, parent, { ...child, isExternal }, actionType)
    this.#adopt(entry)
    this.#committer.mark(entry)
    const { batch } = this.#committer
    if (!entry.isUndispatched) batch.ready.push(entry)
    else if (actionType === ActionType.CONDITION) batch.conditions.push(entry)
  }

  /** A trace: it is over when the engine hears of it. */
  #record(run: RunEntry, parent: ActionEntry, child: ChildRequest, outcome: NonNullable<NewAction['recorded']>): void {
    const entry = this.#newEntry(run, parent, { ...child, isExternal: false }, ActionType.TRACE, outcome.startedAt)
    entry.state = recorded(outcome)
    entry.outputsUri = outcome.outputsUri === '' ? null : outcome.outputsUri
    this.#committer.mark(entry)
  }

  #newEntry(
    run: RunEntry,
    parent: ActionEntry | null,
    child: ChildRequest & { readonly isExternal: boolean },
    actionType: number,
    at = this.#clock.now(),
  ): ActionEntry {
    const spec = this.#specs.use(child.spec)
    return new ActionEntry({ ...child, run, parent, spec, actionType, seq: run.nextSeq++, at })
  }

  #adopt(entry: ActionEntry): void {
    this.#runs.enter(entry)
    if (!entry.isExternal) this.#deadlines.limitAction(entry)
  }

  #restore(entry: ActionEntry): void {
    if (!entry.isUndispatched) {
      this.#apply(entry, { type: 'restored', at: this.#clock.now(), failure: serverRestarted })
    } else if (entry.actionType === ActionType.CONDITION) this.#announceCondition(entry)
  }

  async #liveRun(key: RunKey): Promise<RunEntry> {
    const run = this.#runs.find(key)
    if (run !== undefined) return run
    const stored = await this.#store.findRun(key.project, key.domain, key.run)
    if (stored === undefined) throw runNotFound(key)
    if (stored.isLive) throw new OwnedElsewhereError(key, stored.ownerUrl ?? null)
    throw runEnded(key)
  }

  async #endedParent(run: RunEntry, request: NewAction): Promise<never> {
    const stored = await this.#store.findAction(run.record.id, request.parent)
    throw stored === undefined ? parentNotFound(request) : parentEnded(request)
  }

  async #stored(key: ActionKey): Promise<ActionRecord> {
    const isHere = this.#runs.find(key) !== undefined
    const run = await this.#store.findRun(key.project, key.domain, key.run)
    if (run === undefined) throw runNotFound(key)
    if (run.isLive && !isHere) throw new OwnedElsewhereError(key, run.ownerUrl ?? null)
    const action = await this.#store.findAction(run.id, key.action)
    if (action === undefined) throw actionNotFound(key)
    return action
  }

  async #storedSpec(digest: string): Promise<SpecRecord> {
    const spec = this.#specs.known(digest) ?? (await this.#store.findSpec(digest))
    if (spec === undefined) throw new Error(`the store has no task spec ${digest}`)
    return spec
  }
}

function toRunRecord(request: NewRun, id: number): RunRecord {
  const { key, spec } = request
  return {
    id,
    project: key.project,
    domain: key.domain,
    name: key.run,
    source: request.source,
    specDigest: spec.digest,
    taskProject: spec.taskProject,
    taskDomain: spec.taskDomain,
    taskName: spec.taskName,
    taskVersion: spec.taskVersion,
    taskType: spec.taskType,
    runSpec: request.runSpec,
    requestDigest: request.requestDigest,
    runBase: request.runBase,
    createdBy: request.createdBy?.bytes ?? null,
    createdBySubject: request.createdBy?.subject ?? null,
    ...(request.trigger && { trigger: request.trigger }),
  }
}

/** An attempt, as results name where they come from. */
function sourceOf({ project, domain, run }: RunKey, { name, state }: ActionRecord): string {
  return [project, domain, run, name, state.attempt].join('/')
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function toOutcome(action: ActionRecord): ChildOutcome {
  const { state } = action
  return {
    name: action.name,
    phase: state.phase,
    outputs:
      action.outputs !== null
        ? { bytes: action.outputs }
        : action.outputsUri !== null
          ? { uri: action.outputsUri }
          : null,
    failure: state.abortReason === null ? state.failure : wasAborted(state.abortReason),
  }
}

import type { Clock, TaskFailure } from '@tern/core'
import { fromBinary } from '@bufbuild/protobuf'
import { CatalogCacheStatus } from '@tern/idl/core'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import type { Logger } from 'pino'
import type { ChildOutcome, ChildRequest, Executor, ExecutorHost } from '../executors/executor.ts'
import type { ActionRecord, EngineStore, RunRecord } from '../store/engine-store.ts'
import { CommittedChanges } from './change-feed.ts'
import { type Batch, Committer } from './committer.ts'
import { ActionEntry, RunEntry } from './entries.ts'
import {
  actionNotFound,
  missedDeadline,
  nameTaken,
  noExecutor,
  parentEnded,
  parentNotFound,
  ranTooLong,
  runEnded,
  runNotFound,
  serverRestarted,
  waitedTooLong,
  wasAborted,
} from './failures.ts'
import { type LifecycleEvent, recorded, transition } from './lifecycle.ts'
import type { ActionData, ActionKey, Engine, Identity, NewAction, NewRun, RunKey, SpecRecord } from './model.ts'
import { type OutputsExist, ResultCache } from './result-cache.ts'
import { SpecCache } from './spec-cache.ts'
import { Timers } from './timers.ts'

/** The root action's name, in every run. */
export const rootAction = 'a0'

export interface EngineOptions {
  readonly store: EngineStore
  /** Asked in order: the first that accepts a task's spec runs it. */
  readonly executors: (host: ExecutorHost) => ReadonlyArray<Executor>
  /** Whether outputs that an earlier action left in storage are still there to be reused. */
  readonly outputsExist: OutputsExist
  readonly clock: Clock
  readonly logger: Logger
  /** When the gathered changes are committed. Defaults to setImmediate. */
  readonly defer?: ((flush: () => void) => void) | undefined
  /** Called when the store refuses a write for good: the process must end, and its successor picks up what is stored. */
  readonly onFatal: (error: unknown) => void
}

interface Deadline {
  readonly entry: ActionEntry
  readonly kind: 'ready' | 'queued' | 'runtime' | 'deadline'
  readonly attempt: number
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
  readonly #executors: ReadonlyArray<Executor>
  readonly #committer: Committer
  readonly #specs: SpecCache
  readonly #cache: ResultCache
  readonly #timers: Timers<Deadline>
  readonly #runs = new Map<string, RunEntry>()
  readonly #attempts = new Map<number, ActionEntry>()
  #lastHandle = 0

  constructor(options: EngineOptions) {
    this.#store = options.store
    this.#clock = options.clock
    this.#logger = options.logger
    this.#committer = new Committer({ ...options, onCommitted: (batch, refused) => this.#onCommitted(batch, refused) })
    this.#specs = new SpecCache((spec) => this.#committer.batch.specs.push(spec))
    this.#cache = new ResultCache(options.store, options.outputsExist)
    this.#timers = new Timers(options.clock, (deadline) => this.#onDeadline(deadline))
    this.#executors = options.executors(this)
  }

  /** False while the store refuses writes. */
  get isHealthy(): boolean {
    return this.#committer.isHealthy
  }

  /** Number of actions that have not ended, as far as memory goes. */
  get liveActions(): number {
    let count = 0
    for (const run of this.#runs.values()) count += run.actions.size
    return count
  }

  /** Picks up every action that had not ended when the last server stopped, however that happened. */
  async start(): Promise<void> {
    for await (const live of this.#store.liveRuns()) {
      const run = this.#openRun(live.run, live.actions[0]?.createdAt ?? this.#clock.now())
      run.nextSeq = live.nextSeq
      const bySeq = new Map<number, ActionEntry>()
      for (const record of live.actions) {
        const spec = this.#specs.restore(await this.#storedSpec(record.specDigest))
        const parent = record.parentSeq === null ? null : bySeq.get(record.parentSeq)
        if (parent === undefined) continue
        const entry = ActionEntry.fromRecord(record, run, parent, spec)
        bySeq.set(record.seq, entry)
        this.#adopt(entry)
        this.#apply(entry, { type: 'restored', at: this.#clock.now(), failure: serverRestarted })
      }
    }
  }

  /** Stops executors and writes what is left. Live actions stay live: the next server picks them up. */
  async stop(): Promise<void> {
    this.#timers.stop()
    await Promise.all(this.#executors.map((executor) => executor.stop()))
    if (this.#committer.isHealthy) await this.#committer.drain()
    this.#committer.stop()
  }

  // ---- what the API asks

  async createRun(request: NewRun): Promise<{ readonly runId: number; readonly created: boolean }> {
    const { project, domain, run: name } = request.key
    const stored = await this.#store.findRun(project, domain, name)
    const id = await this.#store.newRunId()
    // Another request may have created it during the look-up: from here to its creation nothing is awaited.
    const taken = this.#runs.get(keyOf(request.key))?.record ?? stored
    if (taken !== undefined) {
      if (taken.requestDigest !== request.requestDigest) throw nameTaken(request.key)
      await this.#committer.committed()
      return { runId: taken.id, created: false }
    }
    const record = toRunRecord(request, id)
    const run = this.#openRun(record, this.#clock.now())
    this.#committer.batch.runs.push(record)
    this.#create(run, null, { ...request, name: rootAction, group: '', queue: '' }, ActionType.TASK)
    await this.#committer.committed()
    return { runId: record.id, created: true }
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
    if (request.recorded === undefined) this.#create(run, parent, child, request.spec.actionType)
    else this.#record(run, parent, child, request.recorded)
    await this.#committer.committed()
    return { created: true }
  }

  async abort(key: ActionKey, reason: string, by?: Identity): Promise<void> {
    const entry = this.#runs.get(keyOf(key))?.actions.get(key.action)
    if (entry === undefined) await this.#requireStored(key)
    else this.#apply(entry, { type: 'abort', at: this.#clock.now(), reason, by: by ?? null })
    await this.#committer.committed()
  }

  // ---- what executors report

  dispatched(handle: number): void {
    const entry = this.#attempts.get(handle)
    if (entry === undefined) return
    const event = { type: 'dispatched', attempt: entry.state.attempt, at: this.#clock.now() } as const
    // Not written for its own sake: a crash before the next write only hands the same attempt out again.
    entry.state = transition(entry.state, event, entry.spec.policy.retry).state
  }

  started(handle: number, at: number): void {
    const entry = this.#attempts.get(handle)
    if (entry !== undefined) this.#started(entry, at)
  }

  succeeded(handle: number, outputs: ActionData | null, startedAt: number, at: number): void {
    const entry = this.#attempts.get(handle)
    if (entry === undefined) return
    if (outputs !== null) {
      entry.outputs = 'bytes' in outputs ? outputs.bytes : null
      entry.outputsUri = 'uri' in outputs ? outputs.uri : null
    }
    this.#started(entry, startedAt)
    this.#release(entry)
    if (entry.cacheKey !== null) this.#cacheResult(entry, entry.cacheKey, at)
    this.#apply(entry, { type: 'succeeded', attempt: entry.state.attempt, at })
  }

  failed(handle: number, failure: TaskFailure, startedAt: number, at: number): void {
    const entry = this.#attempts.get(handle)
    if (entry === undefined) return
    this.#started(entry, startedAt)
    this.#release(entry)
    this.#apply(entry, { type: 'failed', attempt: entry.state.attempt, at, failure })
  }

  log(handle: number, lines: Uint8Array, lineCount: number): void {
    const entry = this.#attempts.get(handle)
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
    const parent = this.#attempts.get(handle)
    if (parent === undefined) return
    if (parent.run.actions.has(child.name)) return
    if (!parent.replay) {
      this.#create(parent.run, parent, child, ActionType.TASK)
      return
    }
    this.#supervise(this.#enqueueReplayed(handle, child))
  }

  abortChild(handle: number, name: string, reason: string): void {
    const parent = this.#attempts.get(handle)
    const child = parent?.run.actions.get(name)
    if (child?.parent !== parent || child === undefined) return
    this.#apply(child, { type: 'abort', at: this.#clock.now(), reason, by: null })
  }

  /** A replaying attempt asks for a child that an earlier one may have finished: the store's answer is as good as new. */
  async #enqueueReplayed(handle: number, child: ChildRequest): Promise<void> {
    const parent = this.#attempts.get(handle)
    if (parent === undefined) return
    const stored = await this.#store.findAction(parent.runId, child.name)
    if (this.#attempts.get(handle) !== parent || parent.run.actions.has(child.name)) return
    if (stored === undefined) this.#create(parent.run, parent, child, ActionType.TASK)
    else parent.live?.deliver(toOutcome(stored))
  }

  #cacheResult(entry: ActionEntry, key: string, at: number): void {
    const { project, domain, run } = entry.run.key
    const source = [project, domain, run, entry.name, entry.state.attempt].join('/')
    const { outputs, outputsUri } = entry
    entry.cacheStatus = CatalogCacheStatus.CACHE_POPULATED
    this.#committer.batch.results.push({ key, project, domain, source, outputs, outputsUri, at })
  }

  // ---- events

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
      this.#limitAttempt(entry, 'queued', null)
      this.#cancel(entry, 'the attempt was replaced')
    }
    if (ready) batch.ready.push(entry)
    if (event.type === 'started') this.#limitAttempt(entry, 'runtime', entry.spec.policy.maxRuntimeMs)
    if (ended) this.#end(entry)
  }

  #end(entry: ActionEntry): void {
    this.#cancel(entry, entry.state.abortReason ?? entry.state.failure?.message ?? 'the action ended')
    entry.attemptTimer?.cancel()
    entry.deadlineTimer?.cancel()
    entry.run.actions.delete(entry.name)
    this.#leaveParent(entry)
    const { batch } = this.#committer
    batch.ended.push(entry)
    batch.ready.push(...this.#cache.release(entry))
    if (entry.liveChildren === null) return
    const reason = entry.state.abortReason ?? `its parent ${entry.name} ended`
    for (const child of entry.liveChildren) {
      this.#apply(child, { type: 'abort', at: this.#clock.now(), reason, by: entry.state.abortedBy })
    }
  }

  #cancel(entry: ActionEntry, reason: string): void {
    if (entry.live !== null) this.#committer.batch.cancels.push({ attempt: entry.live, reason })
    this.#release(entry)
  }

  /** The attempt is over: what it still reports is ignored. */
  #release(entry: ActionEntry): void {
    if (entry.handle === 0) return
    const wasBusy = entry.isBusy
    this.#attempts.delete(entry.handle)
    entry.handle = 0
    entry.live = null
    if (wasBusy) this.#vacate(entry.run)
  }

  #vacate(run: RunEntry): void {
    const next = run.slots.vacate()
    if (next !== undefined) this.#committer.batch.ready.push(next)
  }

  #joinParent(child: ActionEntry): void {
    const { parent } = child
    if (parent === null) return
    const wasBusy = parent.isBusy
    parent.liveChildren ??= new Set()
    parent.liveChildren.add(child)
    if (wasBusy) this.#vacate(parent.run)
  }

  /** The child no longer keeps its parent waiting. */
  #leaveParent(child: ActionEntry): void {
    const { parent } = child
    if (parent === null) return
    const wasBusy = parent.isBusy
    parent.liveChildren?.delete(child)
    if (parent.isBusy && !wasBusy) parent.run.slots.occupy()
  }

  // ---- after a commit

  #onCommitted(batch: Batch, refused: ReadonlyArray<ActionRecord>): void {
    for (const entry of refused) this.#onRefused(entry as ActionEntry)
    for (const { attempt, reason } of batch.cancels) attempt.cancel(reason)
    for (const entry of batch.ended) this.#announceEnd(entry)
    for (const entry of batch.ready) this.#startWhenDue(entry)
    this.#publish(batch)
  }

  #announceEnd(entry: ActionEntry): void {
    const { parent } = entry
    if (parent === null) this.#runs.delete(keyOf(entry.run.key))
    else parent.live?.deliver(toOutcome(entry))
  }

  #startWhenDue(entry: ActionEntry): void {
    if (entry.state.endedAt !== null || entry.handle !== 0) return
    const { notBefore, attempt } = entry.state
    if (notBefore === null || notBefore <= this.#clock.now()) this.#begin(entry)
    else this.#timers.add(notBefore, { entry, kind: 'ready', attempt })
  }

  #begin(entry: ActionEntry): void {
    if (entry.attemptTimer === null) this.#limitAttempt(entry, 'queued', entry.spec.policy.maxQueuedMs)
    if (entry.cacheKey === null) this.#start(entry)
    else if (this.#cache.takeTurn(entry)) this.#supervise(this.#startUnlessCached(entry))
  }

  async #startUnlessCached(entry: ActionEntry): Promise<void> {
    const { attempt } = entry.state
    const cached = await this.#cache.find(entry)
    if (entry.state.endedAt !== null || entry.handle !== 0 || entry.state.attempt !== attempt) return
    if (cached === undefined) {
      entry.cacheStatus = CatalogCacheStatus.CACHE_MISS
      this.#start(entry)
      return
    }
    entry.cacheStatus = CatalogCacheStatus.CACHE_HIT
    entry.cacheSource = cached.source
    entry.outputs = cached.outputs
    entry.outputsUri = cached.outputsUri
    this.#apply(entry, { type: 'succeeded', attempt, at: this.#clock.now() })
  }

  #start(entry: ActionEntry): void {
    const { record: spec, policy } = entry.spec
    const executor = this.#executors.find((candidate) => candidate.accepts(spec))
    if (executor === undefined) {
      const failure = noExecutor(spec)
      this.#apply(entry, { type: 'failed', attempt: entry.state.attempt, at: this.#clock.now(), failure })
      return
    }
    const { run } = entry
    if (!run.slots.admit(entry)) return
    const handle = ++this.#lastHandle
    entry.handle = handle
    this.#attempts.set(handle, entry)
    if (entry.isBusy) run.slots.occupy()
    const live = executor.start({
      handle,
      runId: entry.runId,
      run: run.key,
      action: entry.name,
      number: entry.state.attempt,
      spec,
      policy,
      inputs: entry.inputsUri === null ? { bytes: entry.inputs ?? new Uint8Array() } : { uri: entry.inputsUri },
      group: entry.group ?? '',
      env: run.env,
      runStartAt: run.startAt,
      runBase: run.record.runBase,
      replay: entry.replay,
    })
    // It may have failed at once.
    if (entry.handle === handle) entry.live = live
  }

  /** The store had an action of that name: somebody's repeat. The stored one stands, the new one never was. */
  #onRefused(entry: ActionEntry): void {
    entry.state = { ...entry.state, endedAt: entry.createdAt }
    entry.run.actions.delete(entry.name)
    this.#leaveParent(entry)
    const { parent } = entry
    if (parent === null) return
    parent.replay = true
    const handle = parent.handle
    this.#supervise(
      this.#store.findAction(entry.runId, entry.name).then((stored) => {
        if (stored !== undefined && this.#attempts.get(handle) === parent) {
          parent.live?.deliver(toOutcome(stored))
        }
      }),
    )
  }

  #publish(batch: Batch): void {
    for (const { runId, seq } of batch.created) this.changes.publish({ runId, seq, kind: 'action' })
    for (const { runId, seq } of batch.changed) this.changes.publish({ runId, seq, kind: 'action' })
    for (const { runId, seq } of batch.logs) this.changes.publish({ runId, seq, kind: 'log' })
  }

  // ---- timers

  #limitAttempt(entry: ActionEntry, kind: 'queued' | 'runtime', limitMs: number | null): void {
    entry.attemptTimer?.cancel()
    entry.attemptTimer = null
    if (limitMs === null) return
    const at = this.#clock.now() + limitMs
    entry.attemptTimer = this.#timers.add(at, { entry, kind, attempt: entry.state.attempt })
  }

  #onDeadline({ entry, kind, attempt }: Deadline): void {
    if (entry.state.endedAt !== null) return
    if (kind === 'ready') {
      if (entry.state.attempt === attempt && entry.handle === 0) this.#begin(entry)
      return
    }
    this.#apply(entry, {
      type: 'timed-out',
      attempt: kind === 'deadline' ? entry.state.attempt : attempt,
      at: this.#clock.now(),
      failure: timeoutOf(entry, kind),
      retry: false,
    })
  }

  // ---- live entries

  #openRun(record: RunRecord, startAt: number): RunEntry {
    const runSpec = fromBinary(RunSpecSchema, record.runSpec)
    const run = new RunEntry(record, runSpec, startAt)
    this.#runs.set(keyOf(run.key), run)
    return run
  }

  #create(
    run: RunEntry,
    parent: ActionEntry | null,
    child: Omit<ChildRequest, 'name'> & { readonly name: string },
    actionType: number,
  ): void {
    const entry = this.#newEntry(run, parent, child, actionType)
    this.#adopt(entry)
    this.#committer.mark(entry)
    this.#committer.batch.ready.push(entry)
  }

  /** A trace: it is over when the engine hears of it. */
  #record(run: RunEntry, parent: ActionEntry, child: ChildRequest, outcome: NonNullable<NewAction['recorded']>): void {
    const entry = this.#newEntry(run, parent, child, ActionType.TRACE, outcome.startedAt)
    entry.state = recorded(outcome)
    entry.outputsUri = outcome.outputsUri === '' ? null : outcome.outputsUri
    this.#committer.mark(entry)
  }

  #newEntry(
    run: RunEntry,
    parent: ActionEntry | null,
    child: ChildRequest,
    actionType: number,
    at = this.#clock.now(),
  ): ActionEntry {
    const spec = this.#specs.use(child.spec)
    return new ActionEntry({ ...child, run, parent, spec, actionType, seq: run.nextSeq++, at })
  }

  #adopt(entry: ActionEntry): void {
    entry.run.actions.set(entry.name, entry)
    this.#joinParent(entry)
    const { deadlineMs } = entry.spec.policy
    if (deadlineMs === null) return
    entry.deadlineTimer = this.#timers.add(entry.createdAt + deadlineMs, { entry, kind: 'deadline', attempt: 0 })
  }

  async #liveRun(key: RunKey): Promise<RunEntry> {
    const run = this.#runs.get(keyOf(key))
    if (run !== undefined) return run
    const stored = await this.#store.findRun(key.project, key.domain, key.run)
    if (stored === undefined) throw runNotFound(key)
    throw runEnded(key)
  }

  async #endedParent(run: RunEntry, request: NewAction): Promise<never> {
    const stored = await this.#store.findAction(run.record.id, request.parent)
    throw stored === undefined ? parentNotFound(request) : parentEnded(request)
  }

  async #requireStored(key: ActionKey): Promise<void> {
    const run = await this.#store.findRun(key.project, key.domain, key.run)
    if (run === undefined) throw runNotFound(key)
    const action = await this.#store.findAction(run.id, key.action)
    if (action === undefined) throw actionNotFound(key)
  }

  async #storedSpec(digest: string): Promise<SpecRecord> {
    const spec = this.#specs.known(digest) ?? (await this.#store.findSpec(digest))
    if (spec === undefined) throw new Error(`the store has no task spec ${digest}`)
    return spec
  }

  #supervise(work: Promise<void>): void {
    work.catch((error: unknown) => this.#logger.error({ err: error }, 'background work of the engine failed'))
  }
}

function keyOf(key: RunKey): string {
  return `${key.project}/${key.domain}/${key.run}`
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
  }
}

function timeoutOf({ spec, state }: ActionEntry, kind: 'queued' | 'runtime' | 'deadline'): TaskFailure {
  const { maxQueuedMs, maxRuntimeMs, deadlineMs } = spec.policy
  if (kind === 'queued') return waitedTooLong(state.attempt, maxQueuedMs ?? 0)
  return kind === 'runtime' ? ranTooLong(state.attempt, maxRuntimeMs ?? 0) : missedDeadline(deadlineMs ?? 0)
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

import { fromBinary } from '@bufbuild/protobuf'
import { rootActionName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import type { Executor, ExecutorHost } from '../executors/executor.ts'
import type { ActionRecord, LiveRun } from '../store/engine-store.ts'
import type { AttemptRef } from '../store/logs-repository.ts'
import { AttemptReports } from './attempt-reports.ts'
import type { CommittedChanges } from './change-feed.ts'
import { ActionEntry, type RunEntry, type SpecEntry } from './entries.ts'
import {
  actionNotFound,
  conditionEnded,
  nameTaken,
  notACondition,
  notExternal,
  parentEnded,
  parentNotFound,
  runEnded,
  runNotFound,
  signalledOtherwise,
} from './failures.ts'
import { type EngineLoad, type LoadOptions, readLoad } from './load.ts'
import { LiveActions, type LiveActionsOptions } from './live-actions.ts'
import type { ActionKey, ActionReport, Engine, Identity, NewAction, NewRun, RunKey, SpecRecord } from './model.ts'
import { OwnedElsewhereError } from './owned-elsewhere.ts'
import { type RunPlaces, withPlace } from './run-places.ts'
import { toRunRecord } from './run-record.ts'

export interface EngineOptions extends LiveActionsOptions {
  /** Asked in order: the first that accepts a task's spec runs it. */
  readonly executors: (host: ExecutorHost) => ReadonlyArray<Executor>
}

/** What clients ask of runs and actions: each request becomes events, and is answered once they are committed. */
export class TernEngine implements Engine {
  readonly #places: RunPlaces | undefined
  readonly #actions: LiveActions
  #takingOver: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: EngineOptions) {
    this.#places = options.places
    this.#actions = new LiveActions(options, (actions) =>
      options.executors(
        new AttemptReports(actions, {
          createRun: (run) => this.createRun(run),
          abort: (key, reason) => this.abort(key, reason),
        }),
      ),
    )
  }

  get changes(): CommittedChanges {
    return this.#actions.changes
  }

  /** False while the store refuses writes. */
  get isHealthy(): boolean {
    return this.#actions.committer.isHealthy
  }

  /** Number of actions that have not ended, as far as memory goes. */
  get liveActions(): number {
    return this.#actions.runs.actionCount
  }

  /** Number of runs that have not ended, as far as memory goes. */
  get liveRuns(): number {
    return this.#actions.runs.count
  }

  /** Number of attempts that were told to stop and have not, as far as is known. */
  get stoppingAttempts(): number {
    return this.#actions.stopping.count
  }

  isStopping(attempt: AttemptRef): boolean {
    return this.#actions.stopping.has(attempt)
  }

  /** What is going on, and what waits for what. */
  load(options: LoadOptions): Promise<EngineLoad> {
    return readLoad(this.#actions, options)
  }

  /** Picks up every action that had not ended when the last server stopped, however that happened. */
  async start(): Promise<void> {
    await this.#places?.begin()
    await this.takeOver()
  }

  /** Goes on with the runs that no server has: those of one that stopped or died. One call at a time does the work. */
  takeOver(): Promise<void> {
    const done = this.#takingOver.then(() => this.#takeOver())
    this.#takingOver = done.catch(() => {})
    return done
  }

  async #takeOver(): Promise<void> {
    for await (const live of this.#actions.store.liveRuns()) {
      const specs = new Map<string, SpecEntry>()
      for (const { specDigest } of live.actions) {
        if (!specs.has(specDigest))
          specs.set(specDigest, this.#actions.specs.restore(await this.#storedSpec(specDigest)))
      }
      if (this.#isStopped) return
      this.#open(live, specs)
    }
  }

  /** Nothing is awaited in between: what is asked of the run finds all of it, or nothing. */
  #open(live: LiveRun, specs: ReadonlyMap<string, SpecEntry>): void {
    const run = this.#actions.runs.open(live.run, live.actions[0]?.createdAt ?? this.#actions.clock.now())
    run.isStored = true
    run.nextSeq = live.nextSeq
    const bySeq = new Map<number, ActionEntry>()
    for (const record of live.actions) {
      const parent = record.parentSeq === null ? null : bySeq.get(record.parentSeq)
      if (parent === undefined) continue
      const entry = ActionEntry.fromRecord(record, run, parent, specs.get(record.specDigest)!)
      bySeq.set(record.seq, entry)
      this.#actions.adopt(entry)
      this.#actions.restore(entry)
    }
  }

  /** Stops executors and writes what is left. Live actions stay live: the next server picks them up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#actions.stop()
  }

  async createRun(request: NewRun): Promise<{ readonly runId: number; readonly created: boolean }> {
    const { project, domain, run } = request.key
    const isThere = async (): Promise<boolean> =>
      this.#actions.runs.find(request.key) !== undefined ||
      (await this.#actions.store.findRun(project, domain, run)) !== undefined
    return withPlace(this.#places, request, isThere, () => this.#createRun(request))
  }

  async #createRun(request: NewRun): Promise<{ readonly runId: number; readonly created: boolean }> {
    const { project, domain, run: name } = request.key
    const stored = await this.#actions.store.findRun(project, domain, name)
    const id = await this.#actions.store.newRunId()
    // Another request may have created it during the look-up: from here to its creation nothing is awaited.
    const live = this.#actions.runs.find(request.key)
    const taken = live?.record ?? stored
    if (taken !== undefined) {
      await this.#actions.committer.committed()
      if (live?.isRefused) return this.#createdElsewhere(request)
      if (taken.requestDigest !== request.requestDigest) throw nameTaken(request.key)
      return { runId: taken.id, created: false }
    }
    const record = toRunRecord(request, id)
    if (!request.isExternal) this.#checkQueue(request.spec, '', () => fromBinary(RunSpecSchema, request.runSpec).queue)
    const run = this.#actions.runs.open(record, this.#actions.clock.now())
    this.#actions.committer.batch.runs.push(record)
    this.#actions.create(
      run,
      null,
      { ...request, name: rootActionName, group: '', queue: '' },
      ActionType.TASK,
      request.isExternal,
    )
    await this.#actions.committer.committed()
    if (run.isRefused) return this.#createdElsewhere(request)
    run.isStored = true
    return { runId: record.id, created: true }
  }

  /** Another server was faster to take the name: for the same request, or for a different one. */
  async #createdElsewhere({
    key,
    requestDigest,
  }: NewRun): Promise<{ readonly runId: number; readonly created: false }> {
    const stored = await this.#actions.store.findRun(key.project, key.domain, key.run)
    if (stored?.requestDigest !== requestDigest) throw nameTaken(key)
    return { runId: stored.id, created: false }
  }

  async enqueue(request: NewAction): Promise<{ readonly created: boolean }> {
    const run = await this.#liveRun(request.key)
    const stored = run.actions.has(request.key.action)
      ? undefined
      : await this.#actions.store.findAction(run.record.id, request.key.action)
    if (run.actions.has(request.key.action) || (stored !== undefined && !mayBeRecordedAgain(stored))) {
      await this.#actions.committer.committed()
      return { created: false }
    }
    const parent = run.actions.get(request.parent) ?? (await this.#endedParent(run, request))
    if (parent.state.endedAt !== null) return this.#refuse(parentEnded(request))
    const child = { ...request, name: request.key.action }
    if (!request.isExternal && request.recorded === undefined) this.#checkQueue(request.spec, request.queue, () => '')
    if (request.recorded === undefined)
      this.#actions.create(run, parent, child, request.spec.actionType, request.isExternal)
    else if (stored === undefined) this.#actions.record(run, parent, child, request.recorded)
    else this.#actions.recordAgain(run, parent, stored, request.spec, request.recorded)
    await this.#actions.committer.committed()
    return { created: stored === undefined }
  }

  async abort(key: ActionKey, reason: string, by?: Identity): Promise<void> {
    while (this.#isUnnamed(key)) await this.#actions.committer.committed()
    const entry = this.#actions.runs.find(key)?.actions.get(key.action)
    if (entry === undefined) await this.#stored(key)
    else this.#actions.apply(entry, { type: 'abort', at: this.#actions.clock.now(), reason, by: by ?? null })
    await this.#actions.committer.committed()
  }

  async signal(key: ActionKey, value: Uint8Array, by?: Identity): Promise<void> {
    while (this.#isUnnamed(key)) await this.#actions.committer.committed()
    const entry = this.#actions.runs.find(key)?.actions.get(key.action)
    const action = entry ?? (await this.#stored(key))
    if (action.actionType !== ActionType.CONDITION) throw notACondition(key)
    const waits = entry !== undefined && entry.state.endedAt === null
    const refusal = waits ? undefined : signalRefused(key, action, value)
    if (waits) {
      entry.outputs = value
      this.#actions.apply(entry, { type: 'signalled', at: this.#actions.clock.now(), by: by ?? null })
    }
    await this.#actions.committer.committed()
    // The store had one of its name, and that one stands.
    if (entry?.isRefused === true) return this.signal(key, value, by)
    if (refusal !== undefined) throw refusal
  }

  async report(key: ActionKey, report: ActionReport): Promise<void> {
    while (this.#isUnnamed(key)) await this.#actions.committer.committed()
    const entry = this.#actions.runs.find(key)?.actions.get(key.action)
    if (entry === undefined) await this.#stored(key)
    else if (!entry.isExternal) throw notExternal(key)
    else this.#takeReport(entry, report)
    await this.#actions.committer.committed()
  }

  #takeReport(entry: ActionEntry, { outputs, cacheStatus, ...report }: ActionReport): void {
    if (entry.state.endedAt !== null || report.attempt < entry.state.attempt) return
    if (outputs !== undefined) entry.setOutputs(outputs)
    if (cacheStatus !== undefined) entry.cacheStatus = cacheStatus
    this.#actions.apply(entry, { type: 'reported', failure: null, isFinal: true, ...report })
  }

  /** What a refusal says of an action is said once it is committed. */
  async #refuse(refusal: Error): Promise<never> {
    await this.#actions.committer.committed()
    throw refusal
  }

  async #liveRun(key: RunKey): Promise<RunEntry> {
    while (this.#isUnnamed(key)) await this.#actions.committer.committed()
    const run = this.#actions.runs.find(key)
    if (run !== undefined) return run
    const stored = await this.#actions.store.findRun(key.project, key.domain, key.run)
    if (stored === undefined) throw runNotFound(key)
    if (stored.isLive) throw new OwnedElsewhereError(key, stored.ownerUrl ?? null)
    throw runEnded(key)
  }

  /** The run is new, and not known to be stored: another server may take its name in the same moment. */
  #isUnnamed(key: RunKey): boolean {
    return this.#actions.runs.find(key)?.isStored === false
  }

  /** What an action inherits has been looked at before, or was good before the server was started with other queues. */
  #checkQueue(spec: SpecRecord, asked: string, ofRun: () => string): void {
    const { limits, specs } = this.#actions
    if (limits.hasQueues) limits.check(asked || specs.policyOf(spec).queue || ofRun() || null, 'queue')
  }

  async #endedParent(run: RunEntry, request: NewAction): Promise<never> {
    const stored = await this.#actions.store.findAction(run.record.id, request.parent)
    throw stored === undefined ? parentNotFound(request) : parentEnded(request)
  }

  async #stored(key: ActionKey): Promise<ActionRecord> {
    const isHere = this.#actions.runs.find(key) !== undefined
    const run = await this.#actions.store.findRun(key.project, key.domain, key.run)
    if (run === undefined) throw runNotFound(key)
    if (run.isLive && !isHere) throw new OwnedElsewhereError(key, run.ownerUrl ?? null)
    const action = await this.#actions.store.findAction(run.id, key.action)
    if (action === undefined) throw actionNotFound(key)
    return action
  }

  async #storedSpec(digest: string): Promise<SpecRecord> {
    const spec = this.#actions.specs.known(digest) ?? (await this.#actions.store.findSpec(digest))
    if (spec === undefined) throw new Error(`the store has no task spec ${digest}`)
    return spec
  }
}

/** A trace whose error may pass: the next attempt makes it once more, under the same name. */
function mayBeRecordedAgain({ actionType, state }: ActionRecord): boolean {
  return actionType === ActionType.TRACE && state.phase === ActionPhase.FAILED && state.failure?.recoverable === true
}

/** Why a condition that waits no longer does not take a value; undefined when it has that one. */
function signalRefused(key: ActionKey, { state, outputs }: ActionRecord, value: Uint8Array): Error | undefined {
  if (state.phase !== ActionPhase.SUCCEEDED) return conditionEnded(key, state.phase as ActionPhase)
  return outputs === null || !isSame(outputs, value) ? signalledOtherwise(key) : undefined
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

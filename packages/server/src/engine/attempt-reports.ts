import { isTernError, type TaskFailure, toTaskFailure } from '@tern/core'
import { transition } from '@tern/core/engine'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { ActionType } from '@tern/idl/workflow'
import type { ChildRequest, ChildRuns, ExecutorHost, TraceReport } from '../executors/executor.ts'
import { detachedRunOf } from './detached-run.ts'
import { FollowedRuns, type RunRequests } from './followed-runs.ts'
import type { ActionEntry } from './entries.ts'
import { noQueue } from './failures.ts'
import type { LiveActions } from './live-actions.ts'
import type { ActionData, NewRun } from './model.ts'
import { notRecorded, sourceOf, toOutcome } from './outcomes.ts'

/** What executors tell of the attempts that they run. Of an attempt that is not the live one, nothing but its last lines is taken. */
export class AttemptReports implements ExecutorHost {
  readonly #actions: LiveActions
  readonly #createRun: (run: NewRun) => Promise<unknown>
  readonly childRuns: ChildRuns

  constructor(actions: LiveActions, { createRun, abort }: RunRequests) {
    this.#actions = actions
    this.#createRun = createRun
    this.childRuns = new FollowedRuns(actions, { createRun, abort })
  }

  dispatched(handle: number): void {
    const entry = this.#actions.dispatcher.entryOf(handle)
    if (entry === undefined) return
    const event = { type: 'dispatched', attempt: entry.state.attempt, at: this.#actions.clock.now() } as const
    // Not written for its own sake: a crash before the next write only hands the same attempt out again.
    entry.state = transition(entry.state, event, entry.spec.policy.retry).state
  }

  started(handle: number, at: number): void {
    const entry = this.#actions.dispatcher.entryOf(handle)
    if (entry !== undefined) this.#started(entry, at)
  }

  succeeded(handle: number, outputs: ActionData | null, startedAt: number, at: number): void {
    const entry = this.#actions.dispatcher.entryOf(handle)
    if (entry === undefined) return
    if (outputs !== null) entry.setOutputs(outputs)
    this.#started(entry, startedAt)
    this.#actions.dispatcher.release(entry)
    if (entry.cacheKey !== null) this.#cacheResult(entry, entry.cacheKey, at)
    this.#actions.apply(entry, { type: 'succeeded', attempt: entry.state.attempt, at })
  }

  failed(handle: number, failure: TaskFailure, startedAt: number, at: number): void {
    const entry = this.#actions.dispatcher.entryOf(handle)
    if (entry === undefined) return
    this.#started(entry, startedAt)
    this.#actions.dispatcher.release(entry)
    this.#actions.fail(entry, failure, at)
  }

  log(handle: number, lines: Uint8Array, lineCount: number): void {
    const entry = this.#actions.dispatcher.entryOf(handle)
    if (entry === undefined) this.#actions.stopping.keepLog(handle, lines, lineCount)
    else this.#actions.keepLog(entry, lines, lineCount)
  }

  stored(): Promise<void> {
    return this.#actions.committer.committed()
  }

  enqueueChild(handle: number, child: ChildRequest): void {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent === undefined) return
    if (parent.run.actions.has(child.name)) return
    if (!parent.replay) return this.#create(parent, child)
    this.#enqueueReplayed(handle, child).catch((error: unknown) => this.#actions.giveUp(handle, error))
  }

  detachChild(handle: number, child: ChildRequest): void {
    this.#detach(handle, child).catch((error: unknown) => this.#actions.giveUp(handle, error))
  }

  async #detach(handle: number, child: ChildRequest): Promise<void> {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent === undefined) return
    const { name } = child
    const told = { name, phase: ActionPhase.QUEUED, outputs: null, failure: null }
    const run = detachedRunOf(parent, child)
    const outcome = await this.#createRun(run).then(
      () => ({ ...told, run: run.key.run }),
      (error: unknown) => {
        // Of the store: the call is not to blame.
        if (!isTernError(error)) throw error
        return { ...told, phase: ActionPhase.FAILED, failure: toTaskFailure(error) }
      },
    )
    if (this.#actions.dispatcher.entryOf(handle) === parent) parent.live?.deliver(outcome)
  }

  recordTrace(handle: number, { outcome, ...trace }: TraceReport): void {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent !== undefined) this.#actions.record(parent.run, parent, { ...trace, cacheKey: '', queue: '' }, outcome)
  }

  findTrace(handle: number, name: string): void {
    this.#findTrace(handle, name).catch((error: unknown) => this.#actions.giveUp(handle, error))
  }

  async #findTrace(handle: number, name: string): Promise<void> {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent === undefined) return
    const stored = await this.#actions.store.findAction(parent.runId, name)
    if (this.#actions.dispatcher.entryOf(handle) !== parent) return
    parent.live?.deliver(stored?.actionType === ActionType.TRACE ? toOutcome(stored) : notRecorded(name))
  }

  abortChild(handle: number, name: string, reason: string): void {
    const parent = this.#actions.dispatcher.entryOf(handle)
    const child = parent?.run.actions.get(name)
    if (child?.parent !== parent || child === undefined) return
    this.#actions.apply(child, { type: 'abort', at: this.#actions.clock.now(), reason, by: null })
  }

  /** A replaying attempt asks for a child that an earlier one may have finished: the store's answer is as good as new. */
  async #enqueueReplayed(handle: number, child: ChildRequest): Promise<void> {
    const parent = this.#actions.dispatcher.entryOf(handle)
    if (parent === undefined) return
    const stored = await this.#actions.store.findAction(parent.runId, child.name)
    if (this.#actions.dispatcher.entryOf(handle) !== parent || parent.run.actions.has(child.name)) return
    if (stored === undefined) this.#create(parent, child)
    else this.#actions.deliverEnd(parent, stored)
  }

  #create(parent: ActionEntry, child: ChildRequest): void {
    const entry = this.#actions.create(parent.run, parent, child, child.spec.actionType)
    if (entry.queue === parent.queue) return
    const problem = this.#actions.limits.problemWith(entry.queue)
    if (problem !== undefined) this.#actions.fail(entry, noQueue(entry.spec.record, problem))
  }

  #cacheResult(entry: ActionEntry, key: string, at: number): void {
    const { project, domain } = entry.run.key
    const source = sourceOf(entry.run.key, entry)
    const { outputs, outputsUri } = entry
    entry.cacheStatus = CatalogCacheStatus.CACHE_POPULATED
    this.#actions.committer.batch.results.push({ key, project, domain, source, outputs, outputsUri, at })
  }

  #started(entry: ActionEntry, at: number): void {
    if (at > 0) this.#actions.apply(entry, { type: 'started', attempt: entry.state.attempt, at })
  }
}

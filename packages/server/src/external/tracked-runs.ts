import {
  AbortedError,
  checkActionName,
  FailedPreconditionError,
  InvalidArgumentError,
  isTerminalPhase,
  NotFoundError,
  rootActionName,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { ActionType, type TrackedActionUpdate } from '@tern/idl/workflow'
import { runNotFound } from '../engine/failures.ts'
import type { ActionReport, NewAction, RunKey } from '../engine/model.ts'
import { OwnedElsewhereError } from '../engine/owned-elsewhere.ts'
import type { ActionEvents } from '../events/action-events.ts'
import { type EnqueueParts, toNewAction } from '../runs/enqueue.ts'
import type { ActionsRepository } from '../store/actions-repository.ts'
import type { ExternalActionsRepository, ReportedAction } from '../store/external-actions-repository.ts'
import { checkAttempt, checkPhase, keyOfEvent } from './check-events.ts'
import { toFailure, toReports, toStatusReport } from './event-reports.ts'
import { contextOf } from './report-context.ts'

export interface TrackedRunsParts extends EnqueueParts {
  readonly events: ActionEvents
  readonly actions: ActionsRepository
  readonly repository: ExternalActionsRepository
}

/** What became of one update: undefined when it was taken, else why not. */
export type UpdateOutcome = Error | undefined

const maxUpdates = 1000

/** Runs that a client executes by itself and reports. */
export class TrackedRuns {
  readonly #parts: TrackedRunsParts

  constructor(parts: TrackedRunsParts) {
    this.#parts = parts
  }

  /**
   * Takes over what the client says of actions of its run, adding those that are new. Updates stand on their own: one
   * that is refused keeps no other from being taken, and any may be sent again. An update of an action that was aborted
   * here is answered with an AbortedError: the client is to stop executing it.
   *
   * Throws NotFoundError for an unknown run, and FailedPreconditionError for a run that this server executes.
   *
   * @param check throws for an update that breaks the rules of the protocol
   */
  async report(
    run: RunKey,
    updates: ReadonlyArray<TrackedActionUpdate>,
    check: (update: TrackedActionUpdate) => void,
  ): Promise<ReadonlyArray<UpdateOutcome>> {
    if (updates.length > maxUpdates) {
      throw new InvalidArgumentError(`updates: at most ${maxUpdates} at a time, not ${updates.length}`, {
        field: 'updates',
        hint: 'Send them in several requests, parents before their children.',
      })
    }
    const pending = updates.map((update) => toPending(run, update, check))
    const known = new Map(await this.#known(run, pending))
    const root = known.get(rootActionName)
    if (root?.isExternal !== true) throw notTracked(run)
    await this.#addMissing(run, pending, known)
    await this.#take(run, pending, known)
    await this.#tellAborts(run, pending)
    return pending.map(({ refusal }) => refusal)
  }

  async #known(run: RunKey, pending: ReadonlyArray<PendingUpdate>): Promise<ReadonlyMap<string, ReportedAction>> {
    const names = new Set([rootActionName, ...pending.map(({ name }) => name)])
    const found = await this.#parts.repository.find(run, [...names])
    if (found === undefined) throw runNotFound(run)
    return found
  }

  /** Adds the actions that are new, level by level: a parent may be among them. */
  async #addMissing(
    run: RunKey,
    pending: ReadonlyArray<PendingUpdate>,
    known: Map<string, ReportedAction>,
  ): Promise<void> {
    const missing = new Map<string, PendingUpdate>()
    for (const update of pending) {
      if (update.refusal !== undefined || known.has(update.name) || missing.has(update.name)) continue
      if (update.message.spec.case !== undefined) missing.set(update.name, update)
    }
    const added = [...missing.values()]
    for (let level = takeLevel(missing); level.length > 0; level = takeLevel(missing)) {
      await Promise.all(level.map((update) => this.#add(run, update)))
    }
    for (const update of missing.values()) {
      update.refusal = new InvalidArgumentError('parent_name: the action is below itself', { field: 'parent_name' })
    }
    if (added.length === 0) return
    for (const [name, action] of await this.#known(run, added)) known.set(name, action)
  }

  async #add(run: RunKey, update: PendingUpdate): Promise<void> {
    try {
      checkActionName(update.name, 'event.id.name')
      await this.#parts.engine.enqueue({
        key: { ...run, action: update.name },
        parent: update.message.parentName || rootActionName,
        group: update.message.group,
        inputs: { bytes: new Uint8Array() },
        isExternal: true,
        ...(await this.#specOf(update)),
      })
    } catch (error) {
      update.refusal = toError(error)
    }
  }

  async #specOf({ message }: PendingUpdate): Promise<Pick<NewAction, 'spec' | 'cacheKey' | 'queue' | 'recorded'>> {
    const { spec, event } = message
    const { recorded, ...parts } = await toNewAction(this.#parts, { spec })
    // A trace that goes on is an action like others; one that is over is recorded with its times.
    const phase = spec.case === 'trace' ? spec.value.phase || (event?.phase ?? ActionPhase.UNSPECIFIED) : undefined
    if (recorded === undefined || phase === undefined || !isTerminalPhase(phase)) return parts
    const failure = event?.errorInfo === undefined ? {} : { failure: toFailure(event.errorInfo) }
    return { ...parts, recorded: { ...recorded, phase, ...failure } }
  }

  async #take(
    run: RunKey,
    pending: ReadonlyArray<PendingUpdate>,
    known: ReadonlyMap<string, ReportedAction>,
  ): Promise<void> {
    const taken: KnownUpdate[] = []
    for (const update of pending) {
      const action = known.get(update.name)
      if (update.refusal !== undefined) continue
      if (action === undefined) update.refusal = unknownAction(run, update)
      else taken.push({ update, action })
    }
    // Before what they say of the action: who watches for events to the end of the action must not miss any.
    await this.#parts.events.record(
      taken.flatMap(({ update, action }) => (update.message.event ? [{ ...action, event: update.message.event }] : [])),
    )
    const reports = await Promise.all(taken.map((known) => this.#toReports(known)))
    // Children first: the end of an action aborts those below it that are not known to have ended. Reports are taken in
    // the order of the calls, and stored together.
    const childrenFirst = reports.flat().sort((a, b) => b.action.seq - a.action.seq)
    await Promise.all(childrenFirst.map((report) => this.#report(run, report)))
  }

  async #toReports({ update, action }: KnownUpdate): Promise<ReadonlyArray<UpdateReport>> {
    const { event, status } = update.message
    // What is over when it is first heard of takes no reports.
    if (event === undefined || (action.actionType === ActionType.TRACE && !action.isExternal)) return []
    const context = await contextOf(this.#parts, action, [event])
    const ofStatus = status && toStatusReport(status, { ...context, attempt: event.attempt })
    const ofEvent = toReports([event], context)
    if (ofStatus === undefined) return ofEvent.map((report) => ({ update, action, report }))
    // The status knows of the cache, and says whether the action goes on after the attempt.
    const goesOn = !isTerminalPhase(ofStatus.phase)
    const { cacheStatus } = ofStatus
    const reports = ofEvent.map((report) => ({
      ...report,
      ...(cacheStatus !== undefined && { cacheStatus }),
      ...(isTerminalPhase(report.phase) && { isFinal: !goesOn }),
    }))
    return [...reports, ofStatus].map((report) => ({ update, action, report }))
  }

  async #report(run: RunKey, { update, action, report }: UpdateReport): Promise<void> {
    try {
      await this.#parts.engine.report({ ...run, action: action.name }, report)
    } catch (error) {
      update.refusal ??= toError(error)
    }
  }

  async #tellAborts(run: RunKey, pending: ReadonlyArray<PendingUpdate>): Promise<void> {
    const now = await this.#known(run, pending)
    for (const update of pending) {
      const action = now.get(update.name)
      if (update.refusal !== undefined || action?.phase !== ActionPhase.ABORTED || saysAborted(update.message)) continue
      const reason = action.abortReason ? `: ${action.abortReason}` : ''
      update.refusal = new AbortedError(`action ${update.name} was aborted${reason}`, {
        hint: 'Stop executing it, and what it called.',
      })
    }
  }
}

/** An update on its way. */
interface PendingUpdate {
  readonly message: TrackedActionUpdate
  readonly name: string
  refusal: UpdateOutcome
}

interface KnownUpdate {
  readonly update: PendingUpdate
  readonly action: ReportedAction
}

interface UpdateReport extends KnownUpdate {
  readonly report: ActionReport
}

function toPending(
  run: RunKey,
  message: TrackedActionUpdate,
  check: (update: TrackedActionUpdate) => void,
): PendingUpdate {
  const name = message.event?.id?.name ?? ''
  try {
    check(message)
    checkUpdate(run, message)
    return { message, name, refusal: undefined }
  } catch (error) {
    return { message, name, refusal: toError(error) }
  }
}

function checkUpdate(run: RunKey, { event, status }: TrackedActionUpdate): void {
  if (event === undefined) throw new InvalidArgumentError('event: value is required', { field: 'event' })
  const key = keyOfEvent(event, 'event')
  if (key.project !== run.project || key.domain !== run.domain || key.run !== run.run) {
    throw new InvalidArgumentError('event.id.run: must be the run of the request', { field: 'event.id.run' })
  }
  if (status === undefined) return
  checkPhase(status.phase, 'status.phase')
  if (status.attempts > 0) checkAttempt(status.attempts, 'status.attempts')
}

/** Takes out those whose parents are not, or no longer, among the rest. */
function takeLevel(missing: Map<string, PendingUpdate>): PendingUpdate[] {
  const level = [...missing.values()].filter(({ message }) => !missing.has(message.parentName || rootActionName))
  for (const { name } of level) missing.delete(name)
  return level
}

function saysAborted({ event, status }: TrackedActionUpdate): boolean {
  return event?.phase === ActionPhase.ABORTED || status?.phase === ActionPhase.ABORTED
}

function unknownAction({ run }: RunKey, { name }: PendingUpdate): NotFoundError {
  return new NotFoundError(`run ${run} has no action ${name}`, {
    hint: 'The first update of an action carries its task or trace.',
  })
}

function notTracked({ run }: RunKey): FailedPreconditionError {
  return new FailedPreconditionError(`run ${run} is executed by this server, which knows best what becomes of it`, {
    hint: 'Only runs that were created with TrackedRunService are reported.',
  })
}

function toError(thrown: unknown): Error {
  // The whole run is another server's to report to.
  if (thrown instanceof OwnedElsewhereError) throw thrown
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

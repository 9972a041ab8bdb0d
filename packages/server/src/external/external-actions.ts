import { create, toBinary } from '@bufbuild/protobuf'
import { checkActionName, InvalidArgumentError, rootActionName } from '@tern/core'
import { ActionPhase, EnrichedIdentitySchema, OffloadedInputDataSchema, RunIdentifierSchema } from '@tern/idl/common'
import {
  type ActionEvent,
  type ActionStatus,
  ActionType,
  CreateRunRequestSchema,
  type RecordActionRequest,
  type UpdateActionStatusRequest,
  UpdateActionStatusRequestSchema,
} from '@tern/idl/workflow'
import { fromConditionLiteral } from '../conditions/condition-value.ts'
import type { Conditions } from '../conditions/conditions.ts'
import { inputsFileIn } from '../data/run-files.ts'
import { actionNotFound, notExternal, runNotFound } from '../engine/failures.ts'
import type { ActionData, ActionKey, ActionReport } from '../engine/model.ts'
import type { ActionEvents } from '../events/action-events.ts'
import { type EnqueueParts, toNewAction } from '../runs/enqueue.ts'
import type { Runs } from '../runs/runs.ts'
import type { ActionsRepository } from '../store/actions-repository.ts'
import type { ExternalActionsRepository, ReportedAction } from '../store/external-actions-repository.ts'
import { nameOf, runOf } from './action-names.ts'
import { checkAttempt, checkPhase, keyOfEvent } from './check-events.ts'
import { toReports, toStatusReport } from './event-reports.ts'
import { contextOf } from './report-context.ts'

export interface ExternalActionsParts extends EnqueueParts {
  readonly runs: Runs
  readonly conditions: Conditions
  readonly events: ActionEvents
  readonly actions: ActionsRepository
  readonly repository: ExternalActionsRepository
  readonly org: string
}

const maxEvents = 5000

/**
 * Actions that something outside the server executes, which records them here and reports what becomes of them. Whatever
 * is recorded may be recorded again: what an action is, and each event of it, is told apart by name and number.
 */
export class ExternalActions {
  readonly #parts: ExternalActionsParts

  constructor(parts: ExternalActionsParts) {
    this.#parts = parts
  }

  /**
   * Adds an action, and for a root action its run, unless it is there.
   *
   * Throws InvalidArgumentError, NotFoundError for an unknown run, parent or project, AbortedError when the parent has
   * ended.
   */
  async record(key: ActionKey, request: RecordActionRequest): Promise<void> {
    checkActionName(key.action, 'action_id.name')
    if (request.spec.case === undefined) {
      throw new InvalidArgumentError('spec: one of task, trace and condition is required', { field: 'spec' })
    }
    const found = await this.#parts.repository.find(key, [key.action])
    if (found?.has(key.action)) return
    if (request.parent === '') return this.#recordRoot(key, request)
    if (found === undefined) throw runNotFound(key)
    await this.#parts.engine.enqueue({
      key,
      parent: request.parent,
      group: request.group,
      inputs: toInputs(request.inputUri),
      isExternal: true,
      ...(await toNewAction(this.#parts, request)),
    })
  }

  /**
   * Takes over what is said of an attempt by whoever executes it.
   *
   * Throws as `update` does, and FailedPreconditionError for an action that this server executes.
   */
  async updateAttempt(key: ActionKey, attempt: number, status: ActionStatus | undefined): Promise<void> {
    const action = (await this.#parts.repository.find(key, [key.action]))?.get(key.action)
    if (action === undefined) throw actionNotFound(key)
    if (!action.isExternal) throw notExternal(key)
    const request = create(UpdateActionStatusRequestSchema)
    if (status !== undefined) request.status = { ...status, attempts: attempt }
    await this.update(key, request)
  }

  /**
   * Takes over what is said of an action as a whole. Nothing is taken of actions that this server executes: it knows
   * best.
   *
   * Throws InvalidArgumentError, NotFoundError, and FailedPreconditionError for a second value of a condition.
   */
  async update(key: ActionKey, request: UpdateActionStatusRequest): Promise<void> {
    const { status, output, principal, abortReason } = request
    if (status === undefined) throw new InvalidArgumentError('status: value is required', { field: 'status' })
    checkPhase(status.phase, 'status.phase')
    if (status.attempts > 0) checkAttempt(status.attempts, 'status.attempts')
    const action = (await this.#parts.repository.find(key, [key.action]))?.get(key.action)
    if (action === undefined) throw actionNotFound(key)
    if (!action.isExternal) return
    const by = principal && toBinary(EnrichedIdentitySchema, principal)
    if (output !== undefined && action.actionType === ActionType.CONDITION) {
      return this.#parts.conditions.signal(key, fromConditionLiteral(output, 'output'), 'output', by)
    }
    if (status.phase === ActionPhase.ABORTED && abortReason) return this.#parts.engine.abort(key, abortReason, by)
    const { attempt } = action
    const report = toStatusReport(status, { attempt, now: this.#parts.clock.now() })
    if (report !== undefined) await this.#parts.engine.report(key, report)
  }

  /**
   * Whose events they are. Throws InvalidArgumentError for too many of them, and for any that cannot be.
   */
  checkEvents(events: ReadonlyArray<ActionEvent>): KeyedEvent[] {
    if (events.length > maxEvents) {
      throw new InvalidArgumentError(`events: at most ${maxEvents} at a time, not ${events.length}`, {
        field: 'events',
        hint: 'Send them in several requests.',
      })
    }
    return events.map((event, index) => ({ event, key: keyOfEvent(event, `events[${index}]`) }))
  }

  /**
   * Stores events, and moves the external ones among their actions to what they say. Events that are stored already
   * change nothing.
   *
   * Throws InvalidArgumentError, after which nothing is stored, and NotFoundError for events of unknown actions, after
   * which those of the others are.
   */
  async addEvents(events: ReadonlyArray<ActionEvent>): Promise<void> {
    const keyed = this.checkEvents(events)
    const found = await this.#find(keyed.map(({ key }) => key))
    const ofKnown = keyed.flatMap(({ event, key }) => {
      const action = found.get(nameOf(key))
      return action === undefined ? [] : [{ event, key, action }]
    })
    // Before what they say of the action: who watches for events to the end of the action must not miss any.
    await this.#parts.events.record(ofKnown.map(({ event, action }) => ({ ...action, event })))
    const reports: KeyedReport[] = []
    for (const group of Map.groupBy(ofKnown, ({ key }) => nameOf(key)).values()) {
      const [first] = group
      if (first === undefined || !first.action.isExternal) continue
      const { key, action } = first
      const ofAction = group.map(({ event }) => event)
      for (const report of toReports(ofAction, await contextOf(this.#parts, action, ofAction))) {
        reports.push({ key, action, report })
      }
    }
    await this.#report(reports)
    const missing = keyed.find(({ key }) => !found.has(nameOf(key)))
    if (missing !== undefined) throw actionNotFound(missing.key)
  }

  async #recordRoot(key: ActionKey, { spec, inputUri }: RecordActionRequest): Promise<void> {
    if (key.action !== rootActionName) {
      throw new InvalidArgumentError('parent: value is required', {
        field: 'parent',
        hint: `Only ${rootActionName}, the root of a run, has no parent.`,
      })
    }
    if (spec.case !== 'task') {
      throw new InvalidArgumentError('spec: the root of a run is a task', { field: 'spec' })
    }
    const { id, spec: task } = spec.value
    const { project, domain, run: name } = key
    const request = create(CreateRunRequestSchema)
    request.id = { case: 'runId', value: create(RunIdentifierSchema, { org: this.#parts.org, project, domain, name }) }
    if (task !== undefined) request.task = { case: 'taskSpec', value: task }
    else if (id !== undefined) request.task = { case: 'taskId', value: id }
    if (inputUri !== '') {
      const value = create(OffloadedInputDataSchema, { uri: inputUri })
      request.inputWrapper = { case: 'offloadedInputData', value }
    }
    await this.#parts.runs.create(request, undefined, { isExternal: true })
  }

  async #find(keys: ReadonlyArray<ActionKey>): Promise<ReadonlyMap<string, ReportedAction>> {
    const found = new Map<string, ReportedAction>()
    for (const ofRun of Map.groupBy(keys, runOf).values()) {
      const [run] = ofRun
      if (run === undefined) continue
      const names = [...new Set(ofRun.map(({ action }) => action))]
      for (const [action, row] of (await this.#parts.repository.find(run, names)) ?? []) {
        found.set(nameOf({ ...run, action }), row)
      }
    }
    return found
  }

  async #report(reports: ReadonlyArray<KeyedReport>): Promise<void> {
    // Children first: the end of an action aborts those below it that are not known to have ended. Reports are taken in
    // the order of the calls, and stored together.
    const childrenFirst = [...reports].sort((a, b) => b.action.seq - a.action.seq)
    await Promise.all(childrenFirst.map(({ key, report }) => this.#parts.engine.report(key, report)))
  }
}

/** An event, and whose it is. */
export interface KeyedEvent {
  readonly event: ActionEvent
  readonly key: ActionKey
}

interface KeyedReport {
  readonly key: ActionKey
  readonly action: ReportedAction
  readonly report: ActionReport
}

function toInputs(uri: string): ActionData {
  return uri === '' ? { bytes: new Uint8Array() } : { uri: inputsFileIn(uri) }
}

import { ActionPhase } from '@tern/idl/common'
import { type Backoff, backoffDelayMs } from '../backoff.ts'
import { isTerminalPhase } from '../phases.ts'
import type { TaskFailure } from '../task-error.ts'

/**
 * The life of one action as a pure state machine: `(state, event) → (state', effects)`. No I/O, no clock, no randomness:
 * every event carries its time, every decision follows from the state, the event and the task's policy.
 *
 * ```
 *  QUEUED ──dispatched──▶ INITIALIZING ──started──▶ RUNNING ──succeeded──▶ SUCCEEDED
 *    ▲  ▲                      │                       │──failed, no budget──▶ FAILED
 *    │  └──────(retry: next attempt, maybe after a back-off)──┘──timed out, no budget──▶ TIMED_OUT
 *    └─ after a restart                        any live phase ──aborted──▶ ABORTED
 *
 *  QUEUED ──waits──▶ WAITING_FOR_RESOURCES ──placed──▶ QUEUED
 *
 *  PAUSED ──signalled──▶ SUCCEEDED             (conditions: they wait, and are never dispatched)
 * ```
 *
 * An event that names an attempt other than the current one, or that comes after the end, changes nothing.
 */
export interface Lifecycle {
  readonly phase: ActionPhase
  /** Number of the current attempt, from 1. */
  readonly attempt: number
  /** Failed attempts that counted against the user's budget. */
  readonly userFailures: number
  /** Failed attempts that counted against the system budget. */
  readonly systemFailures: number
  /** Earliest time of the current attempt while it backs off, else null. */
  readonly notBefore: number | null
  /** Phase transitions of the current attempt: `phase:epochMs`, joined by commas. */
  readonly timeline: string
  /** Why the latest failed attempt failed. */
  readonly failure: TaskFailure | null
  readonly abortReason: string | null
  /** Who aborted it, or gave the condition its value: flyteidl2.common.EnrichedIdentity. */
  readonly endedBy: Uint8Array | null
  readonly updatedAt: number
  readonly endedAt: number | null
}

/**
 * What decides between another attempt and the end. Budgets are separate: users pay for their errors only. A failure that is
 * not recoverable ends the action, whatever is left of either.
 */
export interface RetryPolicy {
  /** Further attempts after failures of the user's code, 0 to 10. */
  readonly userRetries: number
  /** Further attempts after failures that are not the task's: a lost worker, a storage fault. */
  readonly systemRetries: number
  /** Delay before the retries of the user's budget; null for none. */
  readonly backoff: Backoff | null
  /**
   * Delay before the retries of the system budget, from the second on. The first comes at once: what is lost is mostly lost
   * once, and people wait for it.
   */
  readonly systemBackoff: Backoff
  /** Whether the user's budget may be spent on an attempt that ran too long. */
  readonly retriesTimeouts: boolean
}

/** Between retries of the system budget: 1 s, 4 s, 16 s, then a minute, each drawn from 0 to that. */
export const systemBackoff: Backoff = { baseMs: 1_000, factor: 4, capMs: 60_000, jitter: true }

export type LifecycleEvent =
  /** There is no place for it now. */
  | { readonly type: 'waits'; readonly attempt: number; readonly at: number }
  /** It has its place. */
  | { readonly type: 'placed'; readonly attempt: number; readonly at: number }
  | { readonly type: 'dispatched'; readonly attempt: number; readonly at: number }
  | { readonly type: 'started'; readonly attempt: number; readonly at: number }
  | { readonly type: 'succeeded'; readonly attempt: number; readonly at: number }
  | {
      readonly type: 'failed'
      readonly attempt: number
      readonly at: number
      readonly failure: TaskFailure
      /** Drawn for a back-off with jitter, from 0 to 1. Defaults to 1: all of it. */
      readonly random?: number
    }
  | {
      readonly type: 'timed-out'
      readonly attempt: number
      readonly at: number
      readonly failure: TaskFailure
      /** Whether the task's retry budget may be spent on it; a missed deadline or a wait in the queue never is. */
      readonly retry: boolean
    }
  | { readonly type: 'abort'; readonly at: number; readonly reason: string; readonly by: Uint8Array | null }
  | { readonly type: 'signalled'; readonly at: number; readonly by: Uint8Array | null }
  | ({ readonly type: 'reported' } & Report)
  /** An earlier run had the result. */
  | { readonly type: 'recovered'; readonly at: number }
  | { readonly type: 'restored'; readonly at: number; readonly failure: TaskFailure }

/** What becomes of an action that something outside the server executes. */
export interface Report {
  /** From 1. A higher one than the current replaces it; a lower one is old news. */
  readonly attempt: number
  readonly phase: ActionPhase
  readonly at: number
  readonly failure: TaskFailure | null
  /** False when it is the attempt alone that ended: the action waits for another, or for the word that it is over. */
  readonly isFinal: boolean
}

/** A replaced attempt, to be kept in the action's history. */
export interface EndedAttempt {
  readonly attempt: number
  readonly phase: ActionPhase
  readonly timeline: string
  readonly failure: TaskFailure | null
}

export interface Transition {
  readonly state: Lifecycle
  /** The attempt that this event replaced by a new one. */
  readonly replaced: EndedAttempt | null
  /** The action wants to be dispatched, at `state.notBefore` if that is set. */
  readonly ready: boolean
  /** The action reached its terminal phase with this event. */
  readonly ended: boolean
}

/** The state of a new action. */
export function queued(at: number): Lifecycle {
  return {
    phase: ActionPhase.QUEUED,
    attempt: 1,
    userFailures: 0,
    systemFailures: 0,
    notBefore: null,
    timeline: `${ActionPhase.QUEUED}:${at}`,
    failure: null,
    abortReason: null,
    endedBy: null,
    updatedAt: at,
    endedAt: null,
  }
}

/** The state of a new condition: it waits from the start. */
export function paused(at: number): Lifecycle {
  return enter(queued(at), ActionPhase.PAUSED, at)
}

/** The state of a trace, which is over when it is first heard of. */
export function recorded(outcome: {
  readonly phase: number
  readonly startedAt: number
  readonly endedAt: number
  readonly failure?: TaskFailure
}): Lifecycle {
  const running = enter(queued(outcome.startedAt), ActionPhase.RUNNING, outcome.startedAt)
  return end(running, outcome.phase as ActionPhase, outcome.endedAt, outcome.failure ?? null).state
}

/** The one transition function. Events out of turn give back the state they were given, with no effect. */
export function transition(state: Lifecycle, event: LifecycleEvent, policy: RetryPolicy): Transition {
  if (state.endedAt !== null) return unchanged(state)
  switch (event.type) {
    case 'waits':
      return isCurrent(state, event) && state.phase === ActionPhase.QUEUED
        ? move(state, ActionPhase.WAITING_FOR_RESOURCES, event.at)
        : unchanged(state)
    case 'placed':
      return isCurrent(state, event) && state.phase === ActionPhase.WAITING_FOR_RESOURCES
        ? move(state, ActionPhase.QUEUED, event.at)
        : unchanged(state)
    case 'dispatched':
      return isCurrent(state, event) && state.phase === ActionPhase.QUEUED
        ? move(state, ActionPhase.INITIALIZING, event.at)
        : unchanged(state)
    case 'started':
      return isCurrent(state, event) && state.phase < ActionPhase.RUNNING
        ? move(state, ActionPhase.RUNNING, event.at)
        : unchanged(state)
    case 'succeeded':
      return isCurrent(state, event) ? end(state, ActionPhase.SUCCEEDED, event.at, null) : unchanged(state)
    case 'failed':
      return isCurrent(state, event) ? fail(state, event, policy) : unchanged(state)
    case 'timed-out':
      return isCurrent(state, event) ? timeOut(state, event, policy) : unchanged(state)
    case 'abort':
      return end({ ...state, abortReason: event.reason, endedBy: event.by }, ActionPhase.ABORTED, event.at, null)
    case 'signalled':
      return state.phase === ActionPhase.PAUSED
        ? end({ ...state, endedBy: event.by }, ActionPhase.SUCCEEDED, event.at, null)
        : unchanged(state)
    case 'reported':
      return report(state, event)
    case 'recovered':
      return end(state, ActionPhase.RECOVERED, event.at, null)
    case 'restored':
      return restore(state, event.failure, event.at)
  }
}

function isCurrent(state: Lifecycle, event: { readonly attempt: number }): boolean {
  return event.attempt === state.attempt
}

function unchanged(state: Lifecycle): Transition {
  return { state, replaced: null, ready: false, ended: false }
}

function move(state: Lifecycle, phase: ActionPhase, at: number): Transition {
  return { state: enter(state, phase, at), replaced: null, ready: false, ended: false }
}

function end(state: Lifecycle, phase: ActionPhase, at: number, failure: TaskFailure | null): Transition {
  const entered = enter(state, phase, at)
  return {
    state: { ...entered, failure, notBefore: null, endedAt: entered.updatedAt },
    replaced: null,
    ready: false,
    ended: true,
  }
}

/** Appends a phase to the timeline. Times never run backwards, whatever the clocks of workers say. */
function enter(state: Lifecycle, phase: ActionPhase, at: number): Lifecycle {
  const time = Math.max(at, state.updatedAt)
  return { ...state, phase, timeline: `${state.timeline},${phase}:${time}`, updatedAt: time }
}

function fail(
  state: Lifecycle,
  event: { readonly at: number; readonly failure: TaskFailure; readonly random?: number },
  policy: RetryPolicy,
): Transition {
  const { failure, at, random = 1 } = event
  const { systemFailures, userFailures } = state
  const isSystem = failure.kind === 'system'
  const hasBudget = isSystem ? systemFailures < policy.systemRetries : userFailures < policy.userRetries
  if (!failure.recoverable || !hasBudget) return end(state, ActionPhase.FAILED, at, failure)
  if (!isSystem) return retryAfterBackoff(state, ActionPhase.FAILED, failure, at, policy)
  const notBefore = timeAfter(state, at, systemDelayMs(policy, systemFailures, random))
  return retry(state, ActionPhase.FAILED, failure, at, { systemFailures: systemFailures + 1, notBefore })
}

function systemDelayMs({ systemBackoff }: RetryPolicy, failures: number, random: number): number {
  return failures === 0 ? 0 : backoffDelayMs(systemBackoff, failures - 1, () => random)
}

/**
 * The longest that the current attempt may have been made to back off, in milliseconds. What a clock says that has been set
 * since must not make it longer.
 */
export function longestBackoffMs({ failure, systemFailures, userFailures }: Lifecycle, policy: RetryPolicy): number {
  if (failure?.kind === 'system') return systemDelayMs(policy, Math.max(0, systemFailures - 1), 1)
  return policy.backoff === null ? 0 : backoffDelayMs(policy.backoff, Math.max(0, userFailures - 1))
}

/** Null when there is nothing to wait for. */
function timeAfter(state: Lifecycle, at: number, delayMs: number): number | null {
  return delayMs > 0 ? Math.max(at, state.updatedAt) + delayMs : null
}

function timeOut(
  state: Lifecycle,
  event: { readonly at: number; readonly failure: TaskFailure; readonly retry: boolean },
  policy: RetryPolicy,
): Transition {
  if (!event.retry || state.userFailures >= policy.userRetries) {
    return end(state, ActionPhase.TIMED_OUT, event.at, event.failure)
  }
  return retryAfterBackoff(state, ActionPhase.TIMED_OUT, event.failure, event.at, policy)
}

function retryAfterBackoff(
  state: Lifecycle,
  phase: ActionPhase,
  failure: TaskFailure,
  at: number,
  policy: RetryPolicy,
): Transition {
  const delayMs = policy.backoff ? backoffDelayMs(policy.backoff, state.userFailures) : 0
  const notBefore = timeAfter(state, at, delayMs)
  return retry(state, phase, failure, at, { userFailures: state.userFailures + 1, notBefore })
}

function retry(
  state: Lifecycle,
  phase: ActionPhase,
  failure: TaskFailure,
  at: number,
  counters: Partial<Lifecycle>,
): Transition {
  const ended = enter(state, phase, at)
  return {
    state: {
      ...state,
      notBefore: null,
      ...counters,
      phase: ActionPhase.QUEUED,
      attempt: state.attempt + 1,
      timeline: `${ActionPhase.QUEUED}:${ended.updatedAt}`,
      failure,
      updatedAt: ended.updatedAt,
    },
    replaced: { attempt: state.attempt, phase, timeline: ended.timeline, failure },
    ready: true,
    ended: false,
  }
}

function report(state: Lifecycle, event: Report): Transition {
  const { attempt, phase, at, failure, isFinal } = event
  if (attempt < state.attempt) return unchanged(state)
  if (attempt > state.attempt) return reportNext(state, event)
  if (isTerminalPhase(phase)) {
    if (isFinal) return end(reopened(state), phase, at, failure ?? state.failure)
    return unchanged({ ...enter(reopened(state), phase, at), phase: state.phase, failure })
  }
  if (!isAhead(state.phase, phase)) return unchanged(state)
  // The attempt has ended, and stays so; the action goes on, as its status says that comes with the news or after it.
  if (isTerminalPhase(lastPhase(state.timeline)))
    return unchanged({ ...state, phase, updatedAt: Math.max(at, state.updatedAt) })
  return move(state, phase, at)
}

/** The attempt before the reported one is over, whatever was heard of it. */
function reportNext(state: Lifecycle, event: Report): Transition {
  const { attempt, timeline, failure } = state
  const lost = enter(state, ActionPhase.FAILED, event.at)
  const hasEnded = isTerminalPhase(lastPhase(timeline))
  const next: Lifecycle = {
    ...state,
    phase: ActionPhase.QUEUED,
    attempt: event.attempt,
    timeline: `${ActionPhase.QUEUED}:${lost.updatedAt}`,
    updatedAt: lost.updatedAt,
  }
  return {
    ...report(next, event),
    replaced: hasEnded
      ? { attempt, phase: lastPhase(timeline), timeline, failure }
      : { attempt, phase: ActionPhase.FAILED, timeline: lost.timeline, failure },
  }
}

/** Without the end of the attempt, if that has been reported: another report of it takes its place. */
function reopened(state: Lifecycle): Lifecycle {
  const { timeline } = state
  return isTerminalPhase(lastPhase(timeline))
    ? { ...state, timeline: timeline.slice(0, timeline.lastIndexOf(',')) }
    : state
}

/** PAUSED is left for any other phase; the others follow each other in the order of their numbers. */
function isAhead(from: ActionPhase, to: ActionPhase): boolean {
  if (from === ActionPhase.PAUSED) return to === ActionPhase.RUNNING
  return to === ActionPhase.PAUSED || to > from
}

function lastPhase(timeline: string): ActionPhase {
  return Number.parseInt(timeline.slice(timeline.lastIndexOf(',') + 1), 10) as ActionPhase
}

/** After a restart: an attempt that had been handed out is lost and replaced, at nobody's expense. */
function restore(state: Lifecycle, failure: TaskFailure, at: number): Transition {
  if (state.phase === ActionPhase.PAUSED) return unchanged(state)
  // It had not been handed out.
  if (state.phase <= ActionPhase.WAITING_FOR_RESOURCES) return { ...unchanged(state), ready: true }
  return retry(state, ActionPhase.FAILED, failure, at, {})
}

import { ActionPhase } from '@tern/idl/common'
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

/** Why an action has ended as it did, as its parent is told; null for one that goes on, or ended well. */
export function failureOfEnd({ endedAt, abortReason, failure }: Lifecycle): TaskFailure | null {
  if (endedAt === null || abortReason === null) return endedAt === null ? null : failure
  return { code: 'ActionAbortedError', message: abortReason, kind: 'user', recoverable: false }
}

/** Of an event out of turn. */
export function unchanged(state: Lifecycle): Transition {
  return { state, replaced: null, ready: false, ended: false }
}

/** Another phase of the same attempt. */
export function move(state: Lifecycle, phase: ActionPhase, at: number): Transition {
  return { state: enter(state, phase, at), replaced: null, ready: false, ended: false }
}

/** The last phase. */
export function end(state: Lifecycle, phase: ActionPhase, at: number, failure: TaskFailure | null): Transition {
  const entered = enter(state, phase, at)
  return {
    state: { ...entered, failure, notBefore: null, endedAt: entered.updatedAt },
    replaced: null,
    ready: false,
    ended: true,
  }
}

/** Appends a phase to the timeline. Times never run backwards, whatever the clocks of workers say. */
export function enter(state: Lifecycle, phase: ActionPhase, at: number): Lifecycle {
  const time = Math.max(at, state.updatedAt)
  return { ...state, phase, timeline: `${state.timeline},${phase}:${time}`, updatedAt: time }
}

/** Another attempt, instead of the current one that ended in a phase. */
export function retry(
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

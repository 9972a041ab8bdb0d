import { ActionPhase } from '@tern/idl/common'
import type { TaskFailure } from '../task-error.ts'
import { fail, type RetryPolicy, timeOut } from './lifecycle-retries.ts'
import { type Report, report } from './lifecycle-reports.ts'
import { end, type Lifecycle, move, retry, type Transition, unchanged } from './lifecycle-state.ts'

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

/** After a restart: an attempt that had been handed out is lost and replaced, at nobody's expense. */
function restore(state: Lifecycle, failure: TaskFailure, at: number): Transition {
  if (state.phase === ActionPhase.PAUSED) return unchanged(state)
  // It had not been handed out.
  if (state.phase <= ActionPhase.WAITING_FOR_RESOURCES) return { ...unchanged(state), ready: true }
  return retry(state, ActionPhase.FAILED, failure, at, {})
}

import type { TaskFailure } from '../task-error.ts'

/** A limit of time that an action reached. */
export interface ReachedLimit {
  readonly limitMs: number
  /** The task sets none: it is the server's. */
  readonly isDefault: boolean
}

export function ranTooLong(attempt: number, limit: ReachedLimit): TaskFailure {
  // The one limit that a retry helps with: the next attempt may be faster.
  return { ...timedOut(`attempt ${attempt} ran longer than its limit of ${secondsOf(limit)}`), recoverable: true }
}

export function waitedTooLong(attempt: number, limit: ReachedLimit): TaskFailure {
  return timedOut(`attempt ${attempt} waited to be run for longer than its limit of ${secondsOf(limit)}`)
}

export function missedDeadline(limit: ReachedLimit): TaskFailure {
  return timedOut(`the action did not end within its deadline of ${secondsOf(limit)}`)
}

/** Of a condition. */
export function notSignalled(limitMs: number): TaskFailure {
  const message = `nobody gave the condition a value within ${limitMs / 1000} s`
  return { code: 'ConditionTimedOut', message, kind: 'user', recoverable: false }
}

function timedOut(message: string): TaskFailure {
  return { code: 'TaskTimeoutError', message, kind: 'user', recoverable: false }
}

function secondsOf({ limitMs, isDefault }: ReachedLimit): string {
  const seconds = `${limitMs / 1000} s`
  return isDefault ? `${seconds}, the server's for tasks that set none` : seconds
}

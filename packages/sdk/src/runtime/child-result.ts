import {
  ActionAbortedError,
  ConditionTimedOutError,
  fromTaskError,
  fromTaskFailure,
  TaskTimeoutError,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { ChildOutcome } from './frame-reader.ts'

export function hasSucceeded({ phase }: ChildOutcome): boolean {
  return phase === ActionPhase.SUCCEEDED || phase === ActionPhase.RECOVERED
}

/**
 * The error that whoever awaits a child gets.
 *
 * @param what the child, as messages call it
 */
export function errorOf(what: string, { phase, name, error }: ChildOutcome): Error {
  const actionName = name
  if (phase === ActionPhase.ABORTED) {
    return new ActionAbortedError(error?.message ?? `action ${name} of ${what} was aborted`, { actionName })
  }
  if (phase === ActionPhase.TIMED_OUT) {
    const TimedOut = error?.code === 'ConditionTimedOut' ? ConditionTimedOutError : TaskTimeoutError
    return new TimedOut(error?.message ?? `action ${name} of ${what} ran out of time`, { actionName })
  }
  return error === undefined
    ? fromTaskFailure({ code: 'Unknown', message: `${what} failed`, kind: 'user', recoverable: true }, name)
    : fromTaskFailure(fromTaskError(error), name)
}

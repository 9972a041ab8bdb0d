import {
  ActionAbortedError,
  ConditionTimedOutError,
  fromTaskError,
  fromTaskFailure,
  type TaskFailure,
  TaskTimeoutError,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { ChildOutcome } from './frame-reader.ts'

export function hasSucceeded({ phase }: { readonly phase: number }): boolean {
  return phase === ActionPhase.SUCCEEDED || phase === ActionPhase.RECOVERED
}

/** The error that whoever awaits a child gets, as the worker protocol tells it. See {@link childError}. */
export function errorOf(what: string, { phase, name, error }: ChildOutcome): Error {
  return childError(what, { phase, name, failure: error === undefined ? undefined : fromTaskError(error) })
}

/**
 * The error that whoever awaits a child gets.
 *
 * @param what the child, as messages call it
 */
export function childError(
  what: string,
  {
    phase,
    name,
    failure,
  }: { readonly phase: number; readonly name: string; readonly failure: TaskFailure | undefined },
): Error {
  const actionName = name
  if (phase === ActionPhase.ABORTED) {
    return new ActionAbortedError(failure?.message ?? `action ${name} of ${what} was aborted`, { actionName })
  }
  if (phase === ActionPhase.TIMED_OUT) {
    const TimedOut = failure?.code === 'ConditionTimedOut' ? ConditionTimedOutError : TaskTimeoutError
    return new TimedOut(failure?.message ?? `action ${name} of ${what} ran out of time`, { actionName })
  }
  const unknown: TaskFailure = { code: 'Unknown', message: `${what} failed`, kind: 'user', recoverable: true }
  return fromTaskFailure(failure ?? unknown, name)
}

/** A call of an attempt that is over. */
export function calledTooLate(what: string, parent: string): ActionAbortedError {
  return new ActionAbortedError(`${what} was called after its parent ${parent} had ended`, {
    hint: 'Await every call before the task returns.',
  })
}

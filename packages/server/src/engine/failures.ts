import {
  AbortedError,
  AlreadyExistsError,
  FailedPreconditionError,
  NotFoundError,
  phaseName,
  type TaskFailure,
} from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import { failureOf } from './failure-kinds.ts'
import type { ActionKey, NewAction, RunKey, SpecRecord } from './model.ts'

// What the engine itself says when an action, or a request about one, does not come to what was asked for.

export const serverRestarted = failureOf('Interrupted', 'the server was restarted while this attempt ran')

export const storeUnreadable = failureOf('StoreUnreadable', 'the store could not be read while this attempt ran')

/** What a parent is told of an aborted child. */
export function wasAborted(reason: string): TaskFailure {
  return failureOf('ActionAbortedError', reason)
}

export function noExecutor(spec: SpecRecord): TaskFailure {
  const message = `no executor of this server runs tasks of type "${spec.taskType}" (task ${spec.taskName})`
  return failureOf('NoExecutor', message)
}

export function noQueue({ taskName }: SpecRecord, problem: string): TaskFailure {
  return failureOf('UnknownQueue', `task ${taskName}: ${problem}`)
}

export function nameTaken(key: RunKey): AlreadyExistsError {
  return new AlreadyExistsError(`run ${key.run} exists already, made by a different request`, {
    hint: 'Choose another name, or leave the name out to have one generated.',
  })
}

export function runNotFound(key: RunKey): NotFoundError {
  return new NotFoundError(`run ${key.run} does not exist in project ${key.project}, domain ${key.domain}`)
}

export function actionNotFound(key: ActionKey): NotFoundError {
  return new NotFoundError(`run ${key.run} has no action ${key.action}`)
}

export function runEnded(key: RunKey): AbortedError {
  return new AbortedError(`run ${key.run} has ended: no more actions can be added to it`)
}

export function parentNotFound({ key, parent }: NewAction): NotFoundError {
  return new NotFoundError(`run ${key.run} has no action ${parent} to be the parent of ${key.action}`)
}

export function parentEnded({ key, parent }: NewAction): AbortedError {
  return new AbortedError(`action ${parent} of run ${key.run} has ended: it can have no more children`)
}

export function notACondition(key: ActionKey): FailedPreconditionError {
  return new FailedPreconditionError(`action ${key.action} of run ${key.run} is not a condition: it takes no value`)
}

export function signalledOtherwise(key: ActionKey): FailedPreconditionError {
  return new FailedPreconditionError(`condition ${key.action} of run ${key.run} has been given another value already`)
}

export function conditionEnded(key: ActionKey, phase: ActionPhase): FailedPreconditionError {
  return new FailedPreconditionError(
    `condition ${key.action} of run ${key.run} waits no longer: it is ${phaseName(phase)}`,
  )
}

export function notExternal(key: ActionKey): FailedPreconditionError {
  return new FailedPreconditionError(
    `action ${key.action} of run ${key.run} is executed by this server, which knows best what becomes of it`,
  )
}

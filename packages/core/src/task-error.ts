import type { ErrorDocument, ExecutionError } from '@tern/idl/core'
import { ContainerError_Kind, ExecutionError_ErrorKind as Origin } from '@tern/idl/core'
import type { TaskError, TaskError_Kind } from '@tern/idl/worker'
import type { ErrorInfo } from '@tern/idl/workflow'
import type { ErrorKind } from './errors.ts'
import { isNonRecoverableError, isTernError, TaskFailedError, type TernError } from './errors.ts'

/** Why an attempt or action failed, as data: what is stored, sent and shown. */
export interface TaskFailure {
  /** The name of the error's class, or a stable code such as `DataValidationError`, `OOMKilled`, `TaskTimeoutError`. */
  readonly code: string
  readonly message: string
  readonly kind: ErrorKind
  /** Whether another attempt makes sense, if the task's budget has one left. */
  readonly recoverable: boolean
  readonly stack?: string | undefined
  readonly cause?: TaskFailure | undefined
}

// A chain of causes that is longer than this, or goes in a circle, is cut.
const maxCauses = 8

/** Turns whatever a task threw into data. */
export function toTaskFailure(thrown: unknown): TaskFailure {
  return describe(thrown, 0, new Set())
}

/**
 * The error that a parent gets for a failed child.
 *
 * @param actionName the child's
 */
export function fromTaskFailure(failure: TaskFailure, actionName?: string): TaskFailedError {
  return new TaskFailedError(failure.message, {
    code: failure.code,
    kind: failure.kind,
    actionName,
    remoteStack: failure.stack,
    ...(failure.cause === undefined ? {} : { cause: fromTaskFailure(failure.cause, actionName) }),
  })
}

// The messages are built as plain objects, so that no worker loads the descriptors of services it never calls.

// TaskError.Kind and ErrorInfo.Kind have the same numbers.
const userKind = 1
const systemKind = 2 satisfies TaskError_Kind

/** To the worker protocol's form. */
export function toTaskError(failure: TaskFailure): TaskError {
  return {
    $typeName: 'tern.worker.v1.TaskError',
    code: failure.code,
    message: failure.message,
    kind: failure.kind === 'system' ? systemKind : userKind,
    recoverable: failure.recoverable,
    stack: failure.stack ?? '',
    ...(failure.cause === undefined ? {} : { cause: toTaskError(failure.cause) }),
  }
}

/** From the worker protocol's form. */
export function fromTaskError(error: TaskError): TaskFailure {
  return {
    code: error.code,
    message: error.message,
    kind: error.kind === systemKind ? 'system' : 'user',
    recoverable: error.recoverable,
    ...(error.stack === '' ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: fromTaskError(error.cause) }),
  }
}

/** To the document that an attempt leaves in storage (`error.pb`). Its message carries the stack, as it has no other place. */
export function toErrorDocument(failure: TaskFailure): ErrorDocument {
  return {
    $typeName: 'flyteidl2.core.ErrorDocument',
    error: {
      $typeName: 'flyteidl2.core.ContainerError',
      code: failure.code,
      message: messageWithStack(failure),
      kind: toRecoverability(failure.recoverable),
      origin: toOrigin(failure.kind),
    },
  }
}

/** From the document that an attempt leaves in storage (`error.pb`). */
export function fromErrorDocument(document: ErrorDocument): TaskFailure {
  const { error } = document
  return {
    code: error?.code || 'Unknown',
    message: error?.message ?? '',
    kind: fromOrigin(error?.origin ?? Origin.UNKNOWN),
    recoverable: error?.kind === ContainerError_Kind.RECOVERABLE,
  }
}

/** To the form that actions and their events carry. */
export function toExecutionError(failure: TaskFailure, errorUri = ''): ExecutionError {
  return {
    $typeName: 'flyteidl2.core.ExecutionError',
    code: failure.code,
    message: messageWithStack(failure),
    // Flyte's clients look for memory that ran out among the errors of users only, to try again with more.
    kind: /OOM/i.test(failure.code) ? Origin.USER : toOrigin(failure.kind),
    errorUri,
    worker: '',
    recoverability: toRecoverability(failure.recoverable),
  }
}

/** From the form that actions and their events carry. */
export function fromExecutionError(error: ExecutionError): TaskFailure {
  return {
    // A backend may put its own code before the task's.
    code: error.code.slice(error.code.indexOf('|') + 1) || 'Unknown',
    message: error.message,
    kind: fromOrigin(error.kind),
    recoverable: error.recoverability === ContainerError_Kind.RECOVERABLE,
  }
}

/** To the form that clients are shown. */
export function toErrorInfo(failure: TaskFailure): ErrorInfo {
  return {
    $typeName: 'flyteidl2.workflow.ErrorInfo',
    message: failure.message.startsWith(failure.code) ? failure.message : `${failure.code}: ${failure.message}`,
    kind: failure.kind === 'system' ? systemKind : userKind,
  }
}

function describe(thrown: unknown, depth: number, seen: Set<unknown>): TaskFailure {
  if (!(thrown instanceof Error) && !isTernError(thrown)) {
    return { code: 'Error', message: textOf(thrown), kind: 'user', recoverable: true }
  }
  seen.add(thrown)
  const cause = depth < maxCauses ? causeOf(thrown, depth, seen) : undefined
  return {
    code: errorCode(thrown),
    message: messageOf(thrown),
    kind: isTernError(thrown) ? thrown.kind : 'user',
    recoverable: !isNonRecoverableError(thrown) && !(isTernError(thrown) && isForGood(thrown)),
    ...(typeof thrown.stack === 'string' ? { stack: thrown.stack } : {}),
    ...(cause === undefined ? {} : { cause }),
  }
}

/**
 * Neither a value that does not fit is mended by another attempt, nor a child that the system could not run: it has had its
 * attempts, and is not run again.
 */
function isForGood({ code, name, kind }: TernError): boolean {
  return code === 'DataValidationError' || (name === 'TaskFailedError' && kind === 'system')
}

function causeOf(error: Error, depth: number, seen: Set<unknown>): TaskFailure | undefined {
  const cause = error.cause ?? (error as { errors?: readonly unknown[] }).errors?.[0]
  if (cause === undefined || cause === null || seen.has(cause)) return undefined
  return describe(cause, depth + 1, seen)
}

function messageOf(error: Error): string {
  const { errors } = error as { errors?: unknown }
  if (!Array.isArray(errors) || errors.length === 0) return error.message
  const all = errors.map((inner) => (inner instanceof Error ? `${errorCode(inner)}: ${inner.message}` : textOf(inner)))
  return `${error.message === '' ? `${errors.length} errors` : error.message} (${all.join('; ')})`
}

/** What to call an error: the code that a Tern error states, otherwise the name of its class. */
function errorCode(error: Error): string {
  const className = error.constructor?.name ?? ''
  if (hasInheritedName(error, className)) return className
  if (isTernError(error) && error.code !== error.connectCode) return error.code
  return error.name || className || 'Error'
}

// Few classes set their own `name`: what they have then is that of a class they extend.
function hasInheritedName(error: Error, className: string): boolean {
  if (className === '' || className === error.name) return false
  let prototype: unknown = Object.getPrototypeOf(error)
  while (typeof prototype === 'object' && prototype !== null) {
    if (prototype.constructor?.name === error.name) return true
    prototype = Object.getPrototypeOf(prototype)
  }
  return false
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return String(thrown)
  }
}

// Flyte's own SDK writes messages without a traceback, and those that get them look at the whole text.
function messageWithStack(failure: TaskFailure): string {
  if (failure.stack?.startsWith('Traceback ')) return failure.message
  const parts = [failure.stack === undefined || failure.stack === '' ? failure.message : stackWithMessage(failure)]
  for (let cause = failure.cause; cause !== undefined; cause = cause.cause) {
    parts.push(`caused by ${cause.stack === undefined ? `${cause.code}: ${cause.message}` : stackWithMessage(cause)}`)
  }
  return parts.join('\n')
}

function stackWithMessage({ message, stack = '' }: TaskFailure): string {
  return stack.includes(message) ? stack : `${message}\n${stack}`
}

function toOrigin(kind: ErrorKind): Origin {
  return kind === 'system' ? Origin.SYSTEM : Origin.USER
}

function fromOrigin(origin: Origin): ErrorKind {
  return origin === Origin.SYSTEM ? 'system' : 'user'
}

function toRecoverability(recoverable: boolean): ContainerError_Kind {
  return recoverable ? ContainerError_Kind.RECOVERABLE : ContainerError_Kind.NON_RECOVERABLE
}

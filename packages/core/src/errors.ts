/** Whose fault a failure is: the caller's or task author's (`user`), or the platform's (`system`). */
export type ErrorKind = 'user' | 'system'

/** The names of Connect's (and gRPC's) status codes, as they appear on the wire. */
export type ConnectCodeName =
  | 'canceled'
  | 'unknown'
  | 'invalid_argument'
  | 'deadline_exceeded'
  | 'not_found'
  | 'already_exists'
  | 'permission_denied'
  | 'resource_exhausted'
  | 'failed_precondition'
  | 'aborted'
  | 'out_of_range'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'data_loss'
  | 'unauthenticated'

export interface TernErrorOptions extends ErrorOptions {
  /** What the reader can do about it, one sentence. */
  hint?: string | undefined
  /** Whose fault it is, where that does not follow from the class. */
  kind?: ErrorKind | undefined
}

// A task bundle carries its own copy of this file, so `instanceof` fails across copies; these brands do not.
const ternErrorBrand: unique symbol = Symbol.for('tern.error')
const nonRecoverableBrand: unique symbol = Symbol.for('tern.error.non-recoverable')
const recoverableBrand: unique symbol = Symbol.for('tern.error.recoverable')

/** The base of every error that Tern raises on purpose. */
export abstract class TernError extends Error {
  override readonly name: string = 'TernError'
  /** Stable and safe to compare: a Connect code name, or the name of a task failure such as `TaskTimeoutError`. */
  abstract readonly code: string
  /** The status this error has when a service answers with it. */
  abstract readonly connectCode: ConnectCodeName
  readonly kind: ErrorKind = 'user'
  /** True when the same call may succeed if it is simply made again. */
  readonly retryable: boolean = false
  readonly hint?: string

  constructor(message: string, options: TernErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    if (options.hint !== undefined) this.hint = options.hint
    if (options.kind !== undefined) this.kind = options.kind
    Object.defineProperty(this, ternErrorBrand, { value: true })
  }
}

/** Whether `error` is a Tern error, also when it was made by another copy of this package. */
export function isTernError(error: unknown): error is TernError {
  return hasBrand(error, ternErrorBrand)
}

/** Whether `error` is a `NonRecoverableError` or a subclass of it, of any copy of this package. */
export function isNonRecoverableError(error: unknown): boolean {
  return hasBrand(error, nonRecoverableBrand)
}

/** Whether `error` is a `RecoverableError` or a subclass of it, of any copy of this package. */
export function isRecoverableError(error: unknown): boolean {
  return hasBrand(error, recoverableBrand)
}

function hasBrand(error: unknown, brand: symbol): boolean {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true
}

/** Something in a request is wrong, whatever the state of the server. */
export class InvalidArgumentError extends TernError {
  override readonly name: string = 'InvalidArgumentError'
  readonly code = 'invalid_argument'
  readonly connectCode = 'invalid_argument'
  /** The field or argument that is wrong, e.g. `run.name`. */
  readonly field?: string

  constructor(message: string, options: TernErrorOptions & { field?: string | undefined } = {}) {
    super(message, options)
    if (options.field !== undefined) this.field = options.field
  }
}

/** The thing that was asked for does not exist. */
export class NotFoundError extends TernError {
  override readonly name: string = 'NotFoundError'
  readonly code = 'not_found'
  readonly connectCode = 'not_found'
}

/** The thing that was to be created exists already. */
export class AlreadyExistsError extends TernError {
  override readonly name: string = 'AlreadyExistsError'
  readonly code = 'already_exists'
  readonly connectCode = 'already_exists'
}

/** The request is fine, but the state of the thing does not allow it. */
export class FailedPreconditionError extends TernError {
  override readonly name: string = 'FailedPreconditionError'
  readonly code = 'failed_precondition'
  readonly connectCode = 'failed_precondition'
}

/** The operation was given up, because something else won or someone asked for it. */
export class AbortedError extends TernError {
  override readonly name: string = 'AbortedError'
  readonly code = 'aborted'
  readonly connectCode = 'aborted'
  override readonly retryable = true
}

/** The other side cannot be reached, or is starting or stopping. */
export class UnavailableError extends TernError {
  override readonly name: string = 'UnavailableError'
  readonly code = 'unavailable'
  readonly connectCode = 'unavailable'
  override readonly kind = 'system'
  override readonly retryable = true
}

/** The operation exists in the protocol, but not here. */
export class UnimplementedError extends TernError {
  override readonly name: string = 'UnimplementedError'
  readonly code = 'unimplemented'
  readonly connectCode = 'unimplemented'
}

/** A limit is reached: a size, a quota, the disk. */
export class ResourceExhaustedError extends TernError {
  override readonly name: string = 'ResourceExhaustedError'
  readonly code = 'resource_exhausted'
  readonly connectCode = 'resource_exhausted'
}

/** The caller is known, but may not do this. */
export class PermissionDeniedError extends TernError {
  override readonly name: string = 'PermissionDeniedError'
  readonly code = 'permission_denied'
  readonly connectCode = 'permission_denied'
}

/** The caller is not known. */
export class UnauthenticatedError extends TernError {
  override readonly name: string = 'UnauthenticatedError'
  readonly code = 'unauthenticated'
  readonly connectCode = 'unauthenticated'
}

/** Something that should not happen did; the caller cannot help it. */
export class InternalError extends TernError {
  override readonly name: string = 'InternalError'
  readonly code = 'internal'
  readonly connectCode = 'internal'
  override readonly kind = 'system'
}

/** A value does not fit its declared type. The message names the path, the value and both types. */
export class DataValidationError extends TernError {
  override readonly name: string = 'DataValidationError'
  readonly code = 'DataValidationError'
  readonly connectCode = 'invalid_argument'
  /** Where the value sits, e.g. `inputs.numbers[2]`. */
  readonly path: string

  constructor(message: string, options: TernErrorOptions & { path?: string | undefined } = {}) {
    super(message, options)
    this.path = options.path ?? ''
  }
}

/** Thrown by a task to say that trying again is pointless: no retry follows, whatever the budget. */
export class NonRecoverableError extends TernError {
  override readonly name: string = 'NonRecoverableError'
  readonly code: string = 'NonRecoverableError'
  readonly connectCode = 'failed_precondition'

  constructor(message: string, options: TernErrorOptions = {}) {
    super(message, options)
    Object.defineProperty(this, nonRecoverableBrand, { value: true })
  }
}

/** Thrown by a task to ask for a retry; the only kind retried under a retry strategy `on: 'recoverable'`. */
export class RecoverableError extends TernError {
  override readonly name: string = 'RecoverableError'
  readonly code: string = 'RecoverableError'
  readonly connectCode = 'aborted'
  override readonly retryable = true

  constructor(message: string, options: TernErrorOptions = {}) {
    super(message, options)
    Object.defineProperty(this, recoverableBrand, { value: true })
  }
}

/** A child action came to another end than its parent waits for. */
abstract class ChildError extends TernError {
  /** Name of the child action. */
  readonly actionName?: string

  constructor(message: string, options: TernErrorOptions & { actionName?: string | undefined } = {}) {
    super(message, options)
    if (options.actionName !== undefined) this.actionName = options.actionName
  }
}

/** What a parent gets for a child that ran out of time. */
export class TaskTimeoutError extends ChildError {
  override readonly name: string = 'TaskTimeoutError'
  readonly code = 'TaskTimeoutError'
  readonly connectCode = 'deadline_exceeded'
}

/** What waits for a condition gets when nobody gave it a value in time. */
export class ConditionTimedOutError extends ChildError {
  override readonly name: string = 'ConditionTimedOutError'
  readonly code = 'ConditionTimedOut'
  readonly connectCode = 'deadline_exceeded'
}

/** What a parent gets for a child that was aborted. */
export class ActionAbortedError extends ChildError {
  override readonly name: string = 'ActionAbortedError'
  readonly code = 'ActionAbortedError'
  readonly connectCode = 'aborted'
}

export interface TaskFailedErrorOptions extends TernErrorOptions {
  /** The failed task's own code: the name of the error it threw, or a platform code such as `OOMKilled`. */
  code: string
  kind?: ErrorKind | undefined
  /** The child action that failed. */
  actionName?: string | undefined
  /** The stack where it was thrown, in the other process. */
  remoteStack?: string | undefined
}

/** What a parent gets for a child that failed. `message` is the child's message; `cause` continues the child's chain. */
export class TaskFailedError extends TernError {
  override readonly name: string = 'TaskFailedError'
  readonly code: string
  readonly connectCode = 'failed_precondition'
  override readonly kind: ErrorKind
  readonly actionName?: string
  readonly remoteStack?: string

  constructor(message: string, options: TaskFailedErrorOptions) {
    super(message, options)
    this.code = options.code
    this.kind = options.kind ?? 'user'
    if (options.actionName !== undefined) this.actionName = options.actionName
    if (options.remoteStack !== undefined) this.remoteStack = options.remoteStack
  }
}

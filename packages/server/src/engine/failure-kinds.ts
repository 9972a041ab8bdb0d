import type { ErrorKind, TaskFailure } from '@tern/core'

/** What follows from a failure: who pays for another attempt, and whether there is any use in one. */
export interface FailureKind {
  readonly kind: ErrorKind
  readonly recoverable: boolean
}

/** Something that the user has to put right first. */
const ofUser = { kind: 'user', recoverable: false } as const
/** Nothing that the task did: another attempt may do better. */
const ofSystem = { kind: 'system', recoverable: true } as const

/**
 * All that the server itself says of attempts and actions that fail. What the code of a task throws comes with its kind: who
 * reports it says whether it is recoverable, and if nothing is said, it is not.
 */
export const failureKinds = {
  ActionAbortedError: ofUser,
  BadTaskSpecification: ofUser,
  CodeBundleError: ofUser,
  ConditionTimedOut: ofUser,
  ErrorFileBadFormat: ofSystem,
  FlyteNotInstalled: ofUser,
  ImageBuildFailed: ofUser,
  ImageBuildInterrupted: ofSystem,
  InputsUnreadable: ofSystem,
  Interrupted: ofSystem,
  InvalidSecret: ofUser,
  LaunchPlanFull: { kind: 'user', recoverable: true },
  LaunchPlanNotFound: ofUser,
  NoExecutor: ofUser,
  NonZeroExit: { kind: 'user', recoverable: true },
  OOMKilled: ofSystem,
  OutputsMissing: ofSystem,
  PythonNotFound: ofUser,
  SecretNotFound: ofUser,
  SecretsUnavailable: ofSystem,
  SpawnFailed: ofSystem,
  StorageUnavailable: ofSystem,
  StoreUnreadable: ofSystem,
  TaskNotFound: ofUser,
  TaskTimeoutError: ofUser,
  Unknown: ofSystem,
  UnknownQueue: ofUser,
  WorkerLost: ofSystem,
  WorkerStartFailed: ofUser,
} as const satisfies Readonly<Record<string, FailureKind>>

export type FailureCode = keyof typeof failureKinds

/** @param changes where one failure differs from others of its code */
export function failureOf(code: FailureCode, message: string, changes: Partial<FailureKind> = {}): TaskFailure {
  return { code, message, ...failureKinds[code], ...changes }
}

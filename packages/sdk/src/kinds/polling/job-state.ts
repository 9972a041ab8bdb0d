import type { JsonObject } from '@bufbuild/protobuf'
import { InvalidArgumentError, NonRecoverableError, RecoverableError } from '@tern/core'

/** A page about a job: its log, its dashboard. */
export interface JobLink {
  readonly name: string
  readonly uri: string
}

interface AnyState {
  /** For people: how far it is, or why it failed. */
  readonly message?: string | undefined
  /** Shown in the log of the task when they are new. */
  readonly links?: readonly JobLink[] | undefined
}

/** What an outside service says of a job. */
export type JobState<R = unknown> =
  | (AnyState & { readonly phase: 'queued' | 'running' })
  | (AnyState & { readonly phase: 'succeeded' } & JobOutputs<R>)
  | (AnyState & {
      readonly phase: 'failed'
      /** What the error is called. Defaults to `'JobFailed'`. */
      readonly code?: string | undefined
      /** Whether the retries of the task may pay for another job. Defaults to true. */
      readonly recoverable?: boolean | undefined
    })
  /** Somebody has stopped it there. */
  | (AnyState & { readonly phase: 'aborted' })

/** What the task returns: the value of its `output`, or an object of its `outputs`. */
type JobOutputs<R> = [R] extends [void] ? { readonly outputs?: undefined } : { readonly outputs: R }

const phases = ['queued', 'running', 'succeeded', 'failed', 'aborted'] as const

/** A job of an outside service has failed; another one may not. */
class JobFailed extends RecoverableError {
  override readonly name = 'JobFailed'
  override readonly code: string

  constructor(message: string, code = 'JobFailed') {
    super(message)
    this.code = code
  }
}

/** A job of an outside service has failed, and another one would, too. */
class JobFailedForGood extends NonRecoverableError {
  override readonly name = 'JobFailed'
  override readonly code: string

  constructor(message: string, code = 'JobFailed') {
    super(message)
    this.code = code
  }
}

/** @throws InvalidArgumentError when it is no state of a job */
export function checkState(state: unknown, from: string): JobState {
  const { phase } = (state ?? {}) as Partial<JobState>
  if (phase !== undefined && phases.includes(phase)) return state as JobState
  throw new InvalidArgumentError(`${from} gave the phase ${JSON.stringify(phase)}`, {
    field: 'phase',
    hint: `It must return an object whose phase is one of ${phases.join(', ')}.`,
  })
}

export function isOver({ phase }: Pick<JobState, 'phase'>): boolean {
  return phase !== 'queued' && phase !== 'running'
}

/** What is recorded of a state that is no success. */
export function toRecord(state: JobState): JsonObject {
  return JSON.parse(JSON.stringify({ ...state, outputs: undefined })) as JsonObject
}

/** The error of a job that is over without success. */
export function jobError(service: string, state: JobState): Error {
  const said = state.message === undefined || state.message === '' ? '' : `: ${state.message}`
  if (state.phase === 'failed') {
    const message = `the job of ${service} failed${said}`
    return state.recoverable === false ? new JobFailedForGood(message, state.code) : new JobFailed(message, state.code)
  }
  return new JobFailedForGood(`the job of ${service} was stopped there${said}`, 'JobAborted')
}

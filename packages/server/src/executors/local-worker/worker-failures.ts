import { isTernError, NotFoundError, type TaskFailure, toTaskFailure } from '@tern/core'
import { failureOf } from '../../engine/failure-kinds.ts'
import { storeUnreadable } from '../../engine/failures.ts'
import type { WorkerEnd } from './worker-process.ts'

/** Why a deployed task cannot be a child. */
export function notFound(error: unknown): TaskFailure {
  const { stack: _ours, ...failure } = toTaskFailure(error)
  return error instanceof NotFoundError ? { ...failure, code: 'TaskNotFound', recoverable: false } : failure
}

/** What an attempt fails with when a look-up of a deployed task was not answered; undefined when the answer is that it cannot be a child. */
export function lookUpFailed(error: unknown): TaskFailure | undefined {
  if (!isTernError(error)) return storeUnreadable
  const { stack: _ours, ...failure } = toTaskFailure(error)
  return failure.kind === 'system' ? failure : undefined
}

/** @param attempts how many it ran */
export function lostWorker({ cause, reason }: WorkerEnd, attempts: number): TaskFailure {
  if (cause !== 'memory') return failureOf('WorkerLost', `the worker that ran this attempt is gone: ${reason}`)
  const others = attempts === 1 ? '' : `, with ${attempts} attempts in it`
  return failureOf(
    'OOMKilled',
    `the worker that ran this attempt ran out of memory${others}; let it do less at once, or give it more with ` +
      'NODE_OPTIONS=--max-old-space-size=MIB among the variables of the environment',
  )
}

/** Code that throws while it is loaded does so again; a machine that can start no process now may do so later. */
export function cannotStart({ cause, reason }: WorkerEnd): TaskFailure {
  const message = `no worker could be started for this task: ${reason}`
  return failureOf(cause === 'exit' ? 'WorkerStartFailed' : 'SpawnFailed', message)
}

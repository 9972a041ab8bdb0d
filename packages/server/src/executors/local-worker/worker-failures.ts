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
  if (cause === 'limit') return beyondLimit(reason, attempts)
  if (cause !== 'memory') return failureOf('WorkerLost', `the worker that ran this attempt is gone: ${reason}`)
  const others = attempts === 1 ? '' : `, with ${attempts} attempts in it`
  return failureOf(
    'OOMKilled',
    `the worker that ran this attempt ran out of memory${others}; let it do less at once, or give it more with ` +
      'NODE_OPTIONS=--max-old-space-size=MIB among the variables of the environment',
  )
}

/**
 * Alone in its process, an attempt has used too much itself: its retries pay for it, as those of a container task do. Of several
 * it may be any, so that each is tried again, apart from the others.
 */
function beyondLimit(reason: string, attempts: number): TaskFailure {
  const advice = 'Give it more with the memory of its resources, or have it use less'
  if (attempts === 1)
    return failureOf('OOMKilled', `the process of this attempt ran out of memory: ${reason}. ${advice}.`, {
      kind: 'user',
    })
  const message = `the process of this attempt and ${attempts - 1} others ran out of memory: ${reason}. ${advice}.`
  return failureOf('OOMKilled', message)
}

/** Code that throws while it is loaded does so again; a machine that can start no process now may do so later. */
export function cannotStart({ cause, reason }: WorkerEnd): TaskFailure {
  const message = `no worker could be started for this task: ${reason}`
  return failureOf(cause === 'exit' ? 'WorkerStartFailed' : 'SpawnFailed', message)
}

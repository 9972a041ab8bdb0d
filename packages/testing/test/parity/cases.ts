import type { AnyTask, RunOptions } from '@tern/sdk'
import * as tasks from './tasks.ts'

/** A run that is made locally and on a server. */
export interface ParityCase {
  readonly name: string
  readonly task: AnyTask
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly options?: RunOptions
  /** Why it is aborted, once its children run. */
  readonly abort?: string
}

/** An action of it, as either of them tells it. */
export interface SeenAction {
  readonly name: string
  readonly parent: string
  readonly kind: string
  readonly title: string
  readonly group: string
  readonly phase: string
  readonly attempts: readonly string[]
  readonly cache: string
  readonly hasSource: boolean
  readonly error: SeenError | null
}

export interface SeenError {
  readonly code: string | undefined
  readonly kind: string
  readonly message: string
}

/** What became of a case. */
export interface SeenRun {
  readonly phase: string
  readonly attempts: number
  readonly error: SeenError | null
  /** Of the call for its outputs, where it has none. */
  readonly thrown: string
  readonly outputs: unknown
  readonly actions: readonly SeenAction[]
}

/** In this order, one after the other where they have the same name. */
export const cases: readonly ParityCase[] = [
  { name: 'fan-out', task: tasks.fanOut, inputs: { numbers: [1, 2, 3, 3] } },
  { name: 'errors that are caught', task: tasks.caught },
  { name: 'an error that is not caught', task: tasks.uncaught },
  { name: 'retries with back-off', task: tasks.flaky },
  { name: 'retries that are spent', task: tasks.spent },
  { name: 'an error that is for good', task: tasks.hopeless },
  { name: 'retries of recoverable errors only', task: tasks.picky },
  { name: 'attempts that run too long', task: tasks.slow },
  { name: 'an attempt that ran too long, and another', task: tasks.slowOnce },
  { name: 'a deadline', task: tasks.late },
  { name: 'calls that are given up', task: tasks.givingUp },
  { name: 'a run that is aborted', task: tasks.waiting, abort: 'enough' },
  { name: 'a child that runs out of time', task: tasks.timedOutChild },
  { name: 'cached results, computed', task: tasks.cachedTwice },
  { name: 'cached results, again', task: tasks.cachedTwice },
  { name: 'a cached root', task: tasks.cached, inputs: { x: 1, note: 'root' } },
  {
    name: 'a cached root, computed again',
    task: tasks.cached,
    inputs: { x: 1, note: 'new' },
    options: { overwriteCache: true },
  },
  { name: 'a cached root, after that', task: tasks.cached, inputs: { x: 1, note: 'newest' } },
  { name: 'traces', task: tasks.traced },
  { name: 'conditions', task: tasks.asking },
  { name: 'variables and secrets', task: tasks.variables, options: { envVars: { RUN_VAR: 'of the run' } } },
  { name: 'a secret that is not there', task: tasks.secretless },
  { name: 'files, tables and a report', task: tasks.files },
  { name: 'the context', task: tasks.context, inputs: { x: 1 } },
  { name: 'few actions at once', task: tasks.crowded, options: { maxActionConcurrency: 2 } },
  { name: 'waiting for a place', task: tasks.queued, options: { maxActionConcurrency: 2 } },
  { name: 'outputs that are too large', task: tasks.tooLarge },
  { name: 'a detached call', task: tasks.detaching },
  { name: 'limits of time reach what is below', task: tasks.tooDeep },
  { name: 'a map', task: tasks.mapped },
  { name: 'custom context', task: tasks.flowing, options: { customContext: { tenant: 'a' } } },
  { name: 'checkpoints', task: tasks.resuming },
  { name: 'a generator', task: tasks.streamed },
  { name: 'a fault of the system', task: tasks.faulty },
  { name: 'an error that nobody catches', task: tasks.straying },
]

export const runName = (index: number): string => `parity-${index}`

/** Without what differs from run to run. */
export function toSeenError(
  error: { code: string | undefined; kind: string; message: string } | undefined,
): SeenError | null {
  if (error === undefined) return null
  // Where secrets are looked for is another place.
  const message = error.code === 'SecretNotFound' ? '' : error.message.trimEnd()
  return { code: error.code, kind: error.kind, message }
}

export const bySeenName = (a: SeenAction, b: SeenAction): number => (a.name < b.name ? -1 : 1)

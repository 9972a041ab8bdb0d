import type { DurationInput } from '@tern/core'
import type { CallInputs, CallResult, FunctionInputs, FunctionResult } from '../../authoring/inference.ts'
import type { TaskEnvironment } from '../../authoring/task-environment.ts'
import type { Task } from '../../authoring/task.ts'
import type { TaskOptions, TimeoutPolicy } from '../../authoring/task-options.ts'
import type { Schema, Schemas } from '../../types/standard-schema.ts'
import { splitOptions } from '../split-options.ts'
import { type JobContext, ConnectorKind } from './connector-kind.ts'
import type { JobState } from './job-state.ts'
import { type WaitConfig, waitKeys } from './waits.ts'

type Awaitable<T> = T | Promise<T>

interface CommonOptions<I extends Schemas, O extends Schema | undefined, N extends Schemas | undefined>
  extends Omit<TaskOptions<I, O, N>, 'timeout'> {
  /** The service, as it is shown: `'spark'`. */
  readonly type: string
  /** How long it may take in all, over all attempts; 0 is no limit. Defaults to the server's limits. */
  readonly timeout?: DurationInput | 0 | TimeoutPolicy | undefined
}

/** The options of a task, with how its job is made, looked at and stopped. */
export interface ConnectorOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
  H = unknown,
> extends CommonOptions<I, O, N>,
    WaitConfig {
  /**
   * Creates the job, and returns a handle of it: plain data, which is kept. It is called again for the same job only when its
   * process died before that was done: give the service `job.key` as an idempotency key.
   */
  readonly create: (inputs: FunctionInputs<I>, job: JobContext<FunctionInputs<I>>) => Awaitable<H>
  /**
   * Looks at the job. A `RecoverableError` that it throws is no answer, and it looks again after the usual wait; another one
   * fails the attempt, and the next attempt goes on with the same job.
   */
  readonly get: (handle: NoInfer<H>, job: JobContext<FunctionInputs<I>>) => Awaitable<JobState<FunctionResult<O, N>>>
  /** Stops the job, when the task is aborted or its time is over. Has 8 seconds. */
  readonly delete?: ((handle: NoInfer<H>, job: JobContext<FunctionInputs<I>>) => unknown) | undefined
}

/** The options of a task, with a job that is done in one go. */
export interface SyncConnectorOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> extends CommonOptions<I, O, N> {
  /** Does the job, and says what came of it. */
  readonly do: (
    inputs: FunctionInputs<I>,
    job: JobContext<FunctionInputs<I>>,
  ) => Awaitable<JobState<FunctionResult<O, N>>>
}

const configKeys = ['type', 'create', 'get', 'delete', 'do', ...waitKeys] as const

/**
 * Declares a task that is a job of an outside service: it is created once, and looked at until it is over. Between the looks the
 * task holds no worker; when the worker or the server are started anew, it goes on with the same job.
 *
 *     export const train = connector(env, {
 *       name: 'train', type: 'gpu-farm', inputs: { model: z.string() }, output: z.string(), every: '30s',
 *       create: ({ model }, { key }) => farm.submit(model, { idempotencyKey: key }),
 *       get: async (id) => ({ phase: 'succeeded', outputs: await farm.resultOf(id) }),
 *       delete: (id) => farm.cancel(id),
 *     })
 *
 * A service that answers in one go needs no handle: `do` asks it, instead of `create` and `get`.
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function connector<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
  H = unknown,
>(
  env: TaskEnvironment,
  options: ConnectorOptions<I, O, N, H> | SyncConnectorOptions<I, O, N>,
): Task<CallInputs<I>, CallResult<O, N>> {
  const [config, common] = splitOptions(options as ConnectorOptions & SyncConnectorOptions, configKeys)
  return env.taskOf(new ConnectorKind(config), common as TaskOptions<I, O, N>)
}

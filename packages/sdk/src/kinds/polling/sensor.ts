import type { DurationInput } from '@tern/core'
import type { TaskContext } from '../../authoring/context.ts'
import type { CallInputs, CallResult, FunctionInputs, FunctionResult } from '../../authoring/inference.ts'
import type { TaskEnvironment } from '../../authoring/task-environment.ts'
import type { Task } from '../../authoring/task.ts'
import type { TaskOptions, TimeoutPolicy } from '../../authoring/task-options.ts'
import type { Schema, Schemas } from '../../types/standard-schema.ts'
import { splitOptions } from '../split-options.ts'
import { SensorKind } from './sensor-kind.ts'
import { type WaitConfig, waitKeys } from './waits.ts'

/** What the check of a sensor says: whether it is time, or, where the task has an output, the output. */
export type SensorAnswer<O extends Schema | undefined, N extends Schemas | undefined> = [O, N] extends [
  undefined,
  undefined,
]
  ? boolean
  : FunctionResult<O, N> | false | null | undefined

/** The options of a task, with its check. */
export interface SensorOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> extends Omit<TaskOptions<I, O, N>, 'timeout'>,
    WaitConfig {
  /**
   * Says whether it is time. `false`, `null` and `undefined` are "not yet", and so is a `RecoverableError` that it throws: whoever
   * was asked could not answer. Another error fails the attempt. Anything else is the answer, which the task returns if it has
   * an output.
   */
  readonly check: (inputs: FunctionInputs<I>, context: TaskContext) => SensorAnswer<O, N> | Promise<SensorAnswer<O, N>>
  /** How long it waits in all, over all attempts; 0 is no limit. Defaults to the server's limits. */
  readonly timeout?: DurationInput | 0 | TimeoutPolicy | undefined
}

/**
 * Declares a task that waits until something is there. Between its checks it holds no worker, and it goes on when the worker or
 * the server are started anew.
 *
 *     export const arrived = sensor(env, {
 *       name: 'arrived', inputs: { uri: z.string() }, every: '30s', timeout: '6h',
 *       check: ({ uri }) => File.remote(uri).exists(),
 *     })
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function sensor<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(env: TaskEnvironment, options: SensorOptions<I, O, N>): Task<CallInputs<I>, CallResult<O, N>> {
  const [config, common] = splitOptions(options, ['check', ...waitKeys])
  return env.taskOf(new SensorKind(config), common as TaskOptions<I, O, N>)
}

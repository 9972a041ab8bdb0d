import type { CallInputs, CallResult } from '../authoring/inference.ts'
import type { TaskEnvironment } from '../authoring/task-environment.ts'
import type { Task } from '../authoring/task.ts'
import type { TaskOptions } from '../authoring/task-options.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import { type ContainerConfig, ContainerKind } from './container-kind.ts'
import { splitOptions } from './split-options.ts'

/** The options of a task, with what its container is made of. */
export type ContainerTaskOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> = TaskOptions<I, O, N> & ContainerConfig

const configKeys = ['image', 'command', 'args', 'inputDir', 'outputDir', 'metadataFormat', 'fileLayout'] as const

/**
 * Declares a task that is a command of an image, in whatever language.
 *
 *     export const count = containerTask(env, {
 *       name: 'count', image: 'alpine:3', inputs: { text: File.schema() }, output: z.int(),
 *       command: ['sh', '-c', 'wc -w < /var/inputs/text > /var/outputs/o0'],
 *     })
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function containerTask<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(env: TaskEnvironment, options: ContainerTaskOptions<I, O, N>): Task<CallInputs<I>, CallResult<O, N>> {
  const [config, common] = splitOptions(options, configKeys)
  return env.taskOf(new ContainerKind(config), common as TaskOptions<I, O, N>)
}

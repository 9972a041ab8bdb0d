import type { CallInputs, CallResult } from '../authoring/inference.ts'
import type { TaskEnvironment } from '../authoring/task-environment.ts'
import type { Task } from '../authoring/task.ts'
import type { TaskOptions } from '../authoring/task-options.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import { type ShellConfig, ShellKind } from './shell-kind.ts'
import { splitOptions } from './split-options.ts'

/** The options of a task, with its script. */
export type ShellTaskOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> = TaskOptions<I, O, N> & ShellConfig

/**
 * Declares a task that is a shell script.
 *
 *     export const longest = shellTask(env, {
 *       name: 'longest', inputs: { text: File.schema(), n: z.int() }, output: z.string(),
 *       script: 'tr -cs A-Za-z "\n" < "$inputs_text" | sort -u | head -n "$inputs_n" > "$output"',
 *     })
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function shellTask<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(env: TaskEnvironment, options: ShellTaskOptions<I, O, N>): Task<CallInputs<I>, CallResult<O, N>> {
  const [config, common] = splitOptions(options, ['script', 'shell', 'image'])
  return env.taskOf(new ShellKind(config), common as TaskOptions<I, O, N>)
}

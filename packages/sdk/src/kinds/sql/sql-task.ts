import type { CallInputs, CallResult } from '../../authoring/inference.ts'
import type { TaskEnvironment } from '../../authoring/task-environment.ts'
import type { Task } from '../../authoring/task.ts'
import type { TaskOptions } from '../../authoring/task-options.ts'
import type { Schema, Schemas } from '../../types/standard-schema.ts'
import { splitOptions } from '../split-options.ts'
import { type SqlConfig, SqlKind } from './sql-kind.ts'

/** The options of a task, with its query. */
export type SqlTaskOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> = TaskOptions<I, O, N> & SqlConfig

/**
 * Declares a task that is a query. Its output says what it returns: `DataFrame.schema()` a data frame, a list of objects the
 * rows, an object the one row, and anything else the one value; several `outputs` are the columns of the one row.
 *
 *     export const warmest = sqlTask(env, {
 *       name: 'warmest', database: duckdb(), inputs: { days: DataFrame.schema(), n: z.int() },
 *       output: z.array(z.object({ date: z.string(), high: z.number() })),
 *       query: 'select date, high from days order by high desc limit {{.inputs.n}}',
 *     })
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function sqlTask<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(env: TaskEnvironment, options: SqlTaskOptions<I, O, N>): Task<CallInputs<I>, CallResult<O, N>> {
  const [config, common] = splitOptions(options, ['database', 'query'])
  return env.taskOf(new SqlKind(config), common as TaskOptions<I, O, N>)
}

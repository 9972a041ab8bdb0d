import type { CallInputs, CallResult } from '../../authoring/inference.ts'
import type { TaskEnvironment } from '../../authoring/task-environment.ts'
import type { Task } from '../../authoring/task.ts'
import type { TaskOptions } from '../../authoring/task-options.ts'
import type { Schema, Schemas } from '../../types/standard-schema.ts'
import { splitOptions } from '../split-options.ts'
import { type HttpConfig, HttpKind } from './http-kind.ts'

/** The options of a task, with its request. */
export type HttpTaskOptions<
  I extends Schemas = Schemas,
  O extends Schema | undefined = Schema | undefined,
  N extends Schemas | undefined = Schemas | undefined,
> = TaskOptions<I, O, N> & HttpConfig

const configKeys = [
  'url',
  'method',
  'query',
  'headers',
  'body',
  'requestTimeout',
  'requestRetries',
  'longestWait',
  'idempotent',
  'statuses',
  'maxResponseBytes',
] as const

/**
 * Declares a task that is an HTTP request. Its output says what it returns of the answer: a text the body as it is,
 * `File.schema()` a file, anything else what JSON is in it; `outputs` may be `status`, `headers` and `body`.
 *
 *     export const charge = httpTask(env, {
 *       name: 'charge', method: 'POST', url: 'https://pay.example/v1/customers/{{.inputs.customer}}/charges',
 *       headers: { authorization: 'Bearer {{.secrets.pay-token}}' }, body: { cents: '{{.inputs.cents}}' },
 *       inputs: { customer: z.string(), cents: z.int() }, output: z.object({ id: z.string() }),
 *     })
 *
 * @throws InvalidArgumentError naming the option that is wrong, or the schema that has no wire form
 */
export function httpTask<
  I extends Schemas = {},
  O extends Schema | undefined = undefined,
  N extends Schemas | undefined = undefined,
>(env: TaskEnvironment, options: HttpTaskOptions<I, O, N>): Task<CallInputs<I>, CallResult<O, N>> {
  const [config, common] = splitOptions(options, configKeys)
  return env.taskOf(new HttpKind(config), common as TaskOptions<I, O, N>)
}

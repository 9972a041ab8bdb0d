import {
  connector,
  containerTask,
  duckdb,
  File,
  httpTask,
  sensor,
  shellTask,
  sqlTask,
  type Task,
  TaskEnvironment,
} from '@tern/sdk'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'types' })

test('tasks without a function are called as their schemas say', () => {
  const task = containerTask(env, {
    name: 'a',
    image: 'x',
    command: ['y'],
    inputs: { n: z.int(), text: z.string().default('') },
    outputs: { file: File.schema(), m: z.int() },
  })
  expectTypeOf(task).toEqualTypeOf<Task<{ n: number; text?: string | undefined }, { file: File; m: number }>>()
  // @ts-expect-error: n is a number
  void task({ n: 'x' })
  const script = shellTask(env, { name: 'b', script: 'true', output: z.string() })
  expectTypeOf(script).returns.resolves.toBeString()
})

test('a container task needs an image and a command', () => {
  // @ts-expect-error: there is no command
  containerTask(env, { name: 'a', image: 'x' })
  // @ts-expect-error: fish is no shell of ours
  shellTask(env, { name: 'a', script: 'true', shell: 'fish' })
})

test('queries and requests return what their output says', () => {
  const query = sqlTask(env, {
    name: 'c',
    database: duckdb(),
    query: 'select 1',
    inputs: { n: z.int() },
    output: z.array(z.object({ a: z.number() })),
  })
  expectTypeOf(query).toEqualTypeOf<Task<{ n: number }, { a: number }[]>>()
  const request = httpTask(env, { name: 'd', url: 'https://a.test', outputs: { status: z.int() } })
  expectTypeOf(request).returns.resolves.toEqualTypeOf<{ status: number }>()
  // @ts-expect-error: a query needs a database
  sqlTask(env, { name: 'e', query: 'select 1' })
  // @ts-expect-error: OPTIONS is no method of ours
  httpTask(env, { name: 'f', url: 'https://a.test', method: 'OPTIONS' })
})

test('a sensor returns what its check finds', () => {
  const waiting = sensor(env, {
    name: 'g',
    inputs: { uri: z.string(), least: z.int().default(1) },
    check: ({ uri, least }) => {
      expectTypeOf({ uri, least }).toEqualTypeOf<{ uri: string; least: number }>()
      return uri !== ''
    },
  })
  expectTypeOf(waiting).toEqualTypeOf<Task<{ uri: string; least?: number | undefined }, void>>()
  const found = sensor(env, {
    name: 'h',
    output: z.object({ rows: z.int() }),
    check: async (_, { attempt }) => (attempt > 1 ? { rows: 1 } : undefined),
  })
  expectTypeOf(found).toEqualTypeOf<Task<{}, { rows: number }>>()
  // @ts-expect-error: without an output it is a yes or a no
  sensor(env, { name: 'i', check: () => 'yes' })
  // @ts-expect-error: rows is a number
  sensor(env, { name: 'j', outputs: { rows: z.int() }, check: () => ({ rows: 'many' }) })
})

test('a connector hands its handle on, and returns what its job does', () => {
  const job = connector(env, {
    name: 'k',
    type: 'farm',
    inputs: { n: z.int() },
    outputs: { m: z.int() },
    create: async ({ n }, { key }) => ({ id: n, key }),
    get: (handle, { inputs }) => {
      expectTypeOf(handle).toEqualTypeOf<{ id: number; key: string }>()
      return { phase: 'succeeded', outputs: { m: inputs.n } }
    },
    delete: ({ id }) => void id,
  })
  expectTypeOf(job).toEqualTypeOf<Task<{ n: number }, { m: number }>>()
  const asked = connector(env, {
    name: 'l',
    type: 'mail',
    inputs: { to: z.string() },
    do: () => ({ phase: 'succeeded' }),
  })
  expectTypeOf(asked).toEqualTypeOf<Task<{ to: string }, void>>()
  // @ts-expect-error: the job gives nothing, and the task returns a number
  connector(env, { name: 'm', type: 'farm', output: z.int(), create: () => 1, get: () => ({ phase: 'succeeded' }) })
  // @ts-expect-error: there is no way to look at the job
  connector(env, { name: 'n', type: 'farm', create: () => 1 })
})

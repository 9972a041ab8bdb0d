import { containerTask, duckdb, File, httpTask, shellTask, sqlTask, type Task, TaskEnvironment } from '@tern/sdk'
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

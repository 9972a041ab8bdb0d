import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { map } from './map.ts'
import { TaskEnvironment } from './task-environment.ts'

const env = new TaskEnvironment({ name: 'mapping-types' })
const score = env.task(
  { name: 'score', inputs: { text: z.string(), limit: z.int().default(3) }, output: z.number() },
  () => 1,
)
const plain = env.task({ name: 'plain', inputs: { a: z.int().default(1) }, output: z.string() }, () => '')

test('results are those of the task', () => {
  expectTypeOf(map(score, [{ text: 'a' }])).toEqualTypeOf<Promise<number[]>>()
  expectTypeOf(map(plain, [{}, { a: 2 }])).toEqualTypeOf<Promise<string[]>>()
  expectTypeOf(map(score, [{ text: 'a' }], { settled: true })).toEqualTypeOf<Promise<PromiseSettledResult<number>[]>>()
  expectTypeOf(map(async (n: number) => [n], [1])).toEqualTypeOf<Promise<number[][]>>()
  expectTypeOf(map.each(score, [{ text: 'a' }]).next()).resolves.toEqualTypeOf<
    IteratorResult<{ readonly index: number; readonly value: number }, void>
  >()
})

test('items are what the task takes', () => {
  // @ts-expect-error: text is missing
  void map(score, [{ limit: 1 }])
  // @ts-expect-error: a text is a text
  void map(score, [{ text: 1 }])
  // @ts-expect-error: no list
  void map(score, { text: 'a' })
  // @ts-expect-error: there is no such option
  void map(score, [{ text: 'a' }], { parallel: 3 })
  // @ts-expect-error: what comes of it is not known
  void map(score, [{ text: 'a' }], { settled: Math.random() > 0.5 })
})

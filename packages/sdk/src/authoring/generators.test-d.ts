import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { TaskEnvironment } from './task-environment.ts'

const env = new TaskEnvironment({ name: 'generators' })

test('a generator returns the output, and callers get that', () => {
  const asynchronous = env.task(
    { name: 'a', inputs: { n: z.int() }, output: z.int() },
    async function* ({ n }, { signal }) {
      expectTypeOf(n).toEqualTypeOf<number>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      yield 'a line'
      return n
    },
  )
  expectTypeOf(asynchronous({ n: 1 })).toEqualTypeOf<Promise<number>>()
  const synchronous = env.task({ name: 'b', outputs: { x: z.int(), y: z.string() } }, function* () {
    yield 'a line'
    return { x: 1, y: 'b' }
  })
  expectTypeOf(synchronous()).toEqualTypeOf<Promise<{ x: number; y: string }>>()
  const silent = env.task({ name: 'c' }, function* () {
    yield 'a line'
  })
  expectTypeOf(silent()).toEqualTypeOf<Promise<void>>()
})

test('what it yields is text, and what it returns the output', () => {
  // @ts-expect-error: a line is a text
  env.task({ name: 'd', output: z.int() }, function* () {
    yield 1
    return 1
  })
  // @ts-expect-error: the output is a number
  env.task({ name: 'e', output: z.int() }, async function* () {
    yield 'a'
    return 'b'
  })
})

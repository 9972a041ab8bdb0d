import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { trace } from './trace.ts'

test('a traced function takes what the function takes, and promises what it returns', () => {
  expectTypeOf(trace((a: string, b?: number) => `${a}${b}`)).toEqualTypeOf<(a: string, b?: number) => Promise<string>>()
  expectTypeOf(trace({ name: 'x' }, async () => 5 as number)).toEqualTypeOf<() => Promise<number>>()
  const never = trace({ name: 'x' }, (): never => {
    throw new Error('x')
  })
  expectTypeOf(never).returns.toEqualTypeOf<Promise<never>>()
})

test('schemas say what callers give and get', () => {
  const later = trace(
    { name: 'x', inputs: { at: z.date(), days: z.int().default(1) }, output: z.date() },
    ({ at, days }) => {
      expectTypeOf(days).toEqualTypeOf<number>()
      return at
    },
  )
  expectTypeOf(later).parameter(0).toEqualTypeOf<{ at: Date; days?: number | undefined }>()
  expectTypeOf(later).returns.toEqualTypeOf<Promise<Date>>()
  // @ts-expect-error -- the function returns something else than its schema says
  trace({ name: 'x', output: z.date() }, () => 'today')
})

test('generators stay generators', () => {
  expectTypeOf(
    trace(async function* count(to: number) {
      yield to
    }),
  ).toEqualTypeOf<(to: number) => AsyncGenerator<number, void, undefined>>()
})

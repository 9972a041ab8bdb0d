import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type Duration, duration, run, TaskEnvironment } from '../index.ts'

const env = new TaskEnvironment({ name: 'durations' })
const row = z.object({ took: duration.describe('of the whole'), waits: z.array(duration).default([]) })

const total = env.task(
  {
    name: 'total',
    inputs: { row, pause: duration.default('5m'), limit: duration.optional() },
    outputs: { sum: duration, limit: duration.nullable() },
  },
  ({ row: { took, waits }, pause, limit }) => {
    expectTypeOf(pause).toEqualTypeOf<Duration>()
    expectTypeOf(limit).toEqualTypeOf<Duration | undefined>()
    const sum = [took, pause, ...waits].reduce((all, { milliseconds }) => all + milliseconds, 0)
    return { sum: { milliseconds: sum }, limit: limit ?? null }
  },
)

const given = { row: { took: '1h', waits: ['1s', { minutes: 1 }] } }

test.each([
  ['a run', async () => (await run.local(total, given)).outputs()],
  ['a plain call', () => total(given)],
])('durations are part of objects and lists, and have defaults, in %s', async (_, call) => {
  expect(await call()).toEqual({ sum: { milliseconds: 3_600_000 + 1000 + 60_000 + 300_000 }, limit: null })
})

test('given ones replace defaults', async () => {
  const handle = await run.local(total, { row: { took: '0s' }, pause: '2ms', limit: { days: 1 } })
  expect(await handle.outputs()).toEqual({ sum: { milliseconds: 2 }, limit: { milliseconds: 86_400_000 } })
})

test('what is none is refused, and says what one is', async () => {
  await expect(total({ row: { took: 'long' } })).rejects.toThrow(/row.*took: duration "long" is not a duration/)
  await expect(total({ ...given, pause: '-1s' })).rejects.toThrow('must not be negative')
  await expect(total({ row: {} } as never)).rejects.toThrow(/took/)
})

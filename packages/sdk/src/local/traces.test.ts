import { NonRecoverableError, run, TaskEnvironment, trace } from '@tern/sdk'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'traces' })

/** Runs a task whose first attempt fails after `body`, and gives what each attempt saw. */
async function twice(body: () => Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = []
  const task = env.task({ name: `t${Math.random()}`.replace('.', '_'), retries: 1 }, async () => {
    seen.push(await body().catch((error: Error) => error))
    if (seen.length === 1) throw new Error('the first attempt fails')
  })
  await (await run.local(task)).outputs()
  return seen
}

test('outside of every run the function is just called', async () => {
  const fetched = trace(async function fetchUser(id: number) {
    return { id, at: new Date(0) }
  })
  expect(await fetched(1)).toEqual({ id: 1, at: new Date(0) })
  expect(fetched.name).toBe('fetchUser')
})

test('a later attempt is given what was recorded', async () => {
  const calls = vi.fn((x: number) => ({ x, random: Math.random(), bytes: new Uint8Array([1]) }))
  const traced = trace({ name: 'calls' }, calls)
  const [first, second] = await twice(async () => [await traced(1), await traced(1), await traced(2)])
  expect(second).toEqual(first)
  expect(calls.mock.calls).toEqual([[1], [1], [2]])
})

test('nothing is a result as any other', async () => {
  const calls = vi.fn()
  const traced = trace({ name: 'nothing' }, async () => calls())
  expect(await twice(traced)).toEqual([undefined, undefined])
  expect(calls).toHaveBeenCalledTimes(1)
})

test('an error that may be tried again is, one that may not is thrown as it was', async () => {
  class Refused extends NonRecoverableError {}
  const flaky = vi.fn(() => {
    if (flaky.mock.calls.length === 1) throw new Error('try again')
    return 'done'
  })
  const final = vi.fn(() => {
    throw new Refused('no')
  })
  expect(await twice(trace({ name: 'flaky' }, flaky))).toEqual([
    expect.objectContaining({ message: 'try again' }),
    'done',
  ])
  const [first, second] = await twice(trace({ name: 'final' }, final))
  expect(first).toBeInstanceOf(Refused)
  expect(second).toBeInstanceOf(NonRecoverableError)
  const { name, code, message, stack } = second as NonRecoverableError
  expect({ name, code, message }).toEqual({ name: 'Refused', code: 'Refused', message: 'no' })
  expect(stack).toMatch(/: no\n +at /)
  expect(final).toHaveBeenCalledTimes(1)
})

test('schemas say what travels, check it, and fill in defaults', async () => {
  const calls = vi.fn(({ at, days }: { at: Date; days: number }) => new Date(at.getTime() + days * 86_400_000))
  const later = trace({ name: 'later', inputs: { at: z.date(), days: z.int().default(1) }, output: z.date() }, calls)
  const [first, second] = await twice(() => later({ at: new Date(0) }))
  expect(first).toEqual(new Date(86_400_000))
  expect(second).toEqual(first)
  expect(calls).toHaveBeenCalledTimes(1)
  const [wrong] = await twice(() => later({ at: 'today' as never }))
  expect(wrong).toMatchObject({ message: expect.stringMatching(/^input at of trace later: expected datetime, got/) })
  expect(await later({ at: new Date(0), days: 2 })).toEqual(new Date(2 * 86_400_000))
})

test('what would not read as it was written is refused, with its place', async () => {
  const [date, map, generator] = await Promise.all([
    twice(trace({ name: 'date' }, () => ({ list: [{ at: new Date() }] }))),
    twice(trace({ name: 'map' }, () => new Map())),
    twice(trace({ name: 'iterable' }, () => [5n])),
  ])
  expect(date[0]).toMatchObject({
    message: expect.stringMatching(/list\[0\]\.at is a Date/),
    code: 'DataValidationError',
  })
  expect(map[0]).toMatchObject({ hint: expect.stringMatching(/output/) })
  expect(generator[1]).toMatchObject({ code: 'DataValidationError' })
})

test("a generator's items come as they are made, and are recorded at its end", async () => {
  const made: number[] = []
  const count = trace(async function* count(to: number) {
    for (let i = 0; i < to; i++) {
      made.push(i)
      yield { i }
    }
  })
  const collect = async (limit: number) => {
    const items: number[] = []
    for await (const { i } of count(3)) {
      items.push(i)
      if (items.length === limit) break
    }
    return items
  }
  expect(await twice(() => collect(9))).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ])
  expect(made.splice(0)).toEqual([0, 1, 2])
  // One that is broken off has not ended.
  await twice(() => collect(1))
  expect(made).toEqual([0, 0])
})

test('traces and tasks within a trace are recorded too, and keep their names when the trace is made again', async () => {
  const calls: string[] = []
  const inner = trace({ name: 'inner' }, (x: number) => {
    calls.push(`inner ${x}`)
    return x
  })
  const leaf = env.task({ name: 'leaf', inputs: { x: z.int() }, output: z.int() }, ({ x }) => {
    calls.push(`leaf ${x}`)
    return x
  })
  const outer = trace({ name: 'outer' }, async () => {
    calls.push('outer')
    const sum = (await inner(1)) + (await leaf({ x: 2 }))
    if (calls.filter((call) => call === 'outer').length === 1) throw new Error('again')
    return sum
  })
  expect(await twice(outer)).toEqual([expect.objectContaining({ message: 'again' }), 3])
  expect(calls).toEqual(['outer', 'inner 1', 'leaf 2', 'outer'])
})

test('a function needs a name, and options that exist', () => {
  expect(() => trace(() => 1)).toThrow(/has no name/)
  expect(() => trace({ name: 'x', cache: 'auto' } as never, () => 1)).toThrow(/unknown option cache/)
  expect(() => trace({ name: 'x', output: 5 } as never, () => 1)).toThrow(/not a schema/)
  expect(() => trace({ name: 'x' }, undefined as never)).toThrow(/function is needed/)
})

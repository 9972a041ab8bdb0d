import { setTimeout as delay } from 'node:timers/promises'
import { deployedTask, NonRecoverableError, run, type TaskContext, TaskEnvironment } from '@tern/sdk'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { mockTask } from './mock-task.ts'
import { runTask } from './run-task.ts'

const env = new TaskEnvironment({ name: 'mocked' })

const predict = env.task(
  { name: 'predict', inputs: { x: z.int(), label: z.string().default('a') }, output: z.int(), cache: 'auto' },
  ({ x }) => 2 * x,
)
const main = env.task({ name: 'main', inputs: { x: z.int() }, output: z.int() }, async ({ x }) => predict({ x }))

const resultOf = async (x: number) => (await runTask(main, { x })).outputs()

test('a task is replaced until it is put back', async () => {
  const mock = mockTask(predict, ({ x }) => x + 100)
  expect(await resultOf(1)).toBe(101)
  expect(await predict({ x: 2, label: 'b' })).toBe(102)
  expect(await predict.forward({ x: 3 })).toBe(103)
  expect(mock.calls.map(([inputs]) => inputs)).toEqual([
    { x: 1, label: 'a' },
    { x: 2, label: 'b' },
    { x: 3, label: 'a' },
  ])
  mock.restore()
  expect(await resultOf(1)).toBe(2)
})

test('it is put back when it is disposed of, which using does at the end of a block', async () => {
  const mock = mockTask(predict, () => 7)
  expect(await resultOf(1)).toBe(7)
  expect(mock.calls).toHaveLength(1)
  mock[Symbol.dispose]()
  expect(await resultOf(1)).toBe(2)
})

test('the last mock counts, and the one before it when that is put back', async () => {
  const outer = mockTask(predict, () => 1)
  const inner = mockTask(predict, async () => 2)
  expect(await resultOf(0)).toBe(2)
  inner.restore()
  expect(await resultOf(0)).toBe(1)
  outer.restore()
})

test('what it does is an action: checked, retried and not cached', async () => {
  const local = { cacheFile: ':memory:mocks' }
  const flaky = predict.override({ retries: 2 })
  const parent = env.task({ name: 'parent', output: z.int() }, () => flaky({ x: 1 }))
  const mock = mockTask(predict, (_, { attempt }) => {
    if (attempt === 1) throw new Error('once')
    return attempt
  })
  const handle = await runTask(parent, {}, { local })
  expect(await handle.outputs()).toBe(2)
  expect(handle.actions[1]).toMatchObject({ title: 'mocked.predict', attemptCount: 2, cache: 'disabled' })
  mock.restore()
  mockTask(predict, () => 'x' as never)
  expect((await (await runTask(parent, {}, { local })).wait()).error?.message).toMatch(/expected integer/)
})

test('its errors are those of the task', async () => {
  mockTask(predict, () => {
    throw new NonRecoverableError('no model')
  })
  expect(await (await runTask(main, { x: 1 })).wait()).toMatchObject({
    phase: 'FAILED',
    error: { code: 'NonRecoverableError', message: 'no model' },
  })
})

test('a task that is deployed elsewhere is replaced the same way', async () => {
  const train = deployedTask({ name: 'training.train', inputs: { epochs: z.int() }, output: z.number() })
  const caller = env.task({ name: 'caller', output: z.number() }, () => train({ epochs: 3 }))
  expect((await (await runTask(caller)).wait()).error?.message).toMatch(/is deployed on a server/)
  mockTask(train, ({ epochs }) => epochs / 10)
  expect(await (await runTask(caller)).outputs()).toBe(0.3)
})

describe.concurrent('tests at the same time', () => {
  for (const n of [1, 2, 3, 4]) {
    test(`see their own mocks: ${n}`, async () => {
      // Not put back: the next ones must not see it.
      if (n !== 3) mockTask(predict, () => n)
      await delay(5 * n)
      expect(await resultOf(1)).toBe(n === 3 ? 2 : n)
      expect(await (await run.local(main, { x: 1 }, { local: { cacheFile: ':memory:own' } })).outputs()).toBe(
        n === 3 ? 2 : n,
      )
    })
  }
})

test('a mock that was never put back is gone with its test', async () => {
  expect(await resultOf(4)).toBe(8)
})

test('its types are those of the task', () => {
  const mock = mockTask(predict, ({ x, label }) => {
    expectTypeOf(x).toEqualTypeOf<number>()
    expectTypeOf(label).toEqualTypeOf<string | undefined>()
    return 1
  })
  expectTypeOf(mock.calls).items.toEqualTypeOf<
    [inputs: { x: number; label?: string | undefined }, context: TaskContext]
  >()
  // @ts-expect-error it returns a number
  mockTask(predict, () => 'x').restore()
  expect(() => mockTask({} as never, (() => 1) as never)).toThrow(/not a task/)
  mock.restore()
})

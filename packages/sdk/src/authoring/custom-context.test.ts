import { expect, test } from 'vitest'
import { z } from 'zod'
import { contextOf, withContext } from '../types/inputs-context.ts'
import { ctx, group } from './context.ts'
import { customContext } from './custom-context.ts'
import { run } from './run.ts'
import { TaskEnvironment } from './task-environment.ts'
import { trace } from './trace.ts'

const env = new TaskEnvironment({ name: 'contextual' })
const record = z.record(z.string(), z.string())

const seen = env.task({ name: 'seen', output: record }, () => ({ ...ctx()?.customContext }))
const below = env.task({ name: 'below', output: record }, () => seen())
const traced = trace({ name: 'traced' }, () => seen())

const main = env.task({ name: 'main', output: z.array(record) }, async () =>
  Promise.all([
    seen(),
    customContext({ team: 'blue' }, () => below()),
    customContext({ team: 'blue' }, () => customContext({ trace: 'on' }, () => group('g', () => traced()))),
    customContext({ user: 'Bob' }, async () => {
      await Promise.resolve()
      return { ...ctx()?.customContext, name: ctx()?.action.task ?? '' }
    }),
  ]),
)

test('texts flow from an action to all below it, and add up', async () => {
  const handle = await run.local(main, {}, { customContext: { user: 'Ada' } })
  expect(await handle.outputs()).toEqual([
    { user: 'Ada' },
    { user: 'Ada', team: 'blue' },
    { user: 'Ada', team: 'blue', trace: 'on' },
    { user: 'Bob', name: 'contextual.main' },
  ])
})

test('also between tasks that are called as functions', async () => {
  expect((await main())[1]).toEqual({ team: 'blue' })
  expect(customContext({ a: 'b' }, () => ctx())).toBeUndefined()
})

test('what is no text is refused', async () => {
  expect(() => customContext({ n: 1 as never }, () => 1)).toThrow('customContext.n must be a text, got number')
  await expect(run.local(main, {}, { customContext: { '': 'x' } })).rejects.toThrow('a name must not be empty')
})

test('on the wire it is beside the inputs, without what only runtimes need', () => {
  const inputs = new Uint8Array([0x0a, 0x03, 0x0a, 0x01, 0x78])
  const both = withContext(withContext(inputs, { a: '1', é: 'ü' }), { _u_kickoff_time_input_arg: 'x' })
  expect([...both.subarray(0, inputs.length)]).toEqual([...inputs])
  expect(contextOf(both)).toEqual({ a: '1', é: 'ü' })
  expect(withContext(inputs, {})).toBe(inputs)
  expect(contextOf(inputs)).toEqual({})
})

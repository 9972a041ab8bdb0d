import { condition, TaskEnvironment } from '@tern/sdk'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { runTask } from './run-task.ts'

const env = new TaskEnvironment({ name: 'in-test' })

const count = env.task({ name: 'count', inputs: { n: z.int() }, output: z.int(), cache: 'auto' }, ({ n }) => {
  process.stdout.write(`counting ${n}\n`)
  return n + 1
})

const asking = env.task({ name: 'asking', output: z.string() }, async () => {
  const share = await condition({ name: 'share', type: 'float', prompt: 'How much?' })
  return `${share} ${await condition({ name: 'ok', prompt: `${share}?` })}`
})

test('what is cached is forgotten with the run, unless it has a file', async () => {
  const cacheOf = async (local?: { cacheFile: string }) =>
    (await runTask(count, { n: 1 }, { local }).then(async (handle) => (await handle.wait(), handle))).actions[0]?.cache
  expect([await cacheOf(), await cacheOf()]).toEqual(['populated', 'populated'])
  const local = { cacheFile: ':memory:run-task' }
  expect([await cacheOf(local), await cacheOf(local)]).toEqual(['populated', 'hit'])
})

test('what a task prints is in its log', async () => {
  const handle = await runTask(count, { n: 4 })
  expect(await handle.outputs()).toBe(5)
  expect(handle.actions[0]).toMatchObject({ inputs: { n: 4 }, outputs: { o0: 5 } })
  expect(handle.actions[0]?.attempts[0]?.logs).toMatchObject([{ stream: 'stdout', text: 'counting 4' }])
})

test('conditions are answered, with values or by functions', async () => {
  const handle = await runTask(asking, {}, { answers: { share: 0.5, ok: ({ prompt }) => prompt === '0.5?' } })
  expect(await handle.outputs()).toBe('0.5 true')
  expect(handle.actions.map(({ title, phase }) => `${title} ${phase}`)).toEqual([
    'in-test.asking SUCCEEDED',
    'share SUCCEEDED',
    'ok SUCCEEDED',
  ])
})

test('a condition without an answer fails, and says which there are', async () => {
  const { error } = await (await runTask(asking, {}, { answers: { share: 1 } })).wait()
  expect(error?.message).toBe('the test has no answer for condition ok')
})

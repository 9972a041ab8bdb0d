import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import type { LocalRunHandle } from '../local/local-run.ts'
import { nodeFailure, workflow } from '../workflows.ts'
import { double, env, freshName } from './test/tasks.ts'

const told: string[] = []
const tell = env.task({ name: 'told-of-time', inputs: { n: z.int(), err: nodeFailure } }, ({ n, err }) => {
  told.push(`${n} ${err.code} ${err.message}`)
})
const waits = env.task({ name: 'waits-for-time' }, (_, { signal }) => {
  return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
})

function waiting(options: object = {}) {
  return workflow({ env, name: freshName(), inputs: { n: z.int() }, onFailure: tell, ...options }, () => {
    waits.node()
  })
}

async function timesOut(handle: LocalRunHandle<unknown>): Promise<void> {
  expect(await handle.wait()).toMatchObject({ phase: 'TIMED_OUT' })
  await Promise.all(handle.detachedRuns.map((each) => each.wait()))
}

beforeEach(() => void (told.length = 0))

describe('F-10: the failure handlers of a workflow that runs out of time', () => {
  test.each([
    ['in an attempt', { timeout: '50ms' }, 'attempt 1 ran longer than its limit of 0.05 s'],
    ['in its last attempt', { timeout: '50ms', retries: 2 }, 'attempt 3 ran longer than its limit of 0.05 s'],
    ['as a whole', { timeout: { deadline: '50ms' } }, 'the action did not end within its deadline of 0.05 s'],
  ])('%s are called once, as runs of their own', async (_, options, message) => {
    const handle = await run.local(waiting(options), { n: 1 })
    await timesOut(handle)
    expect(told).toEqual([`1 TaskTimeoutError ${message}`])
    expect(handle.detachedRuns).toHaveLength(1)
  })

  test('are called from inside to outside', async () => {
    const inside = waiting()
    const options = { env, name: freshName(), inputs: { n: z.int() }, onFailure: tell, timeout: '50ms' } as const
    const around = workflow(options, ({ n }) => {
      inside.node({ n: double.node({ n }) })
    })
    await timesOut(await run.local(around, { n: 8 }))
    const message = 'TaskTimeoutError attempt 1 ran longer than its limit of 0.05 s'
    expect(told).toEqual([`16 ${message}`, `8 ${message}`])
  })

  test('are told of an abort where the task ran out of time that called it', async () => {
    const called = waiting()
    const caller = env.task({ name: freshName(), timeout: '50ms' }, () => called({ n: 4 }))
    await timesOut(await run.local(caller, {}))
    expect(told).toEqual(['4 ActionAbortedError its parent a0 ended'])
  })
})

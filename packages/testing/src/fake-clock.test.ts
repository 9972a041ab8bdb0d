import { condition, now, sleep, TaskEnvironment } from '@tern/sdk'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { nobody } from './answers.ts'
import { FakeClock } from './fake-clock.ts'
import { runTask } from './run-task.ts'

const env = new TaskEnvironment({ name: 'clocked' })
const start = Date.UTC(2024, 0, 1)
const minute = 60_000

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

describe('time that goes on by itself', () => {
  test('sleeps and back-offs take no time, and as long as they say', async () => {
    const attempts: Date[] = []
    const task = env.task(
      { name: 'patient', output: z.date(), retries: { count: 2, backoff: { base: '10m', factor: 3, cap: '1h' } } },
      async (_, { attempt }) => {
        await sleep('40d')
        attempts.push(await now())
        if (attempt < 3) throw new Error('again')
        return attempts.at(-1)!
      },
    )
    const clock = new FakeClock()
    const handle = await runTask(task, {}, { clock })
    const day = 24 * 60 * minute
    expect(await handle.outputs()).toEqual(new Date(start + 40 * day))
    // What was slept, and when that was, is recorded; the back-offs come after it.
    expect(clock.now()).toBe(start + 40 * day + 40 * minute)
    expect(await handle.details()).toMatchObject({ attempts: 3, endedAt: new Date(clock.now()) })
  })

  test('conditions time out', async () => {
    const task = env.task({ name: 'asking', output: z.string() }, () =>
      condition({ name: 'ok', prompt: 'OK?', timeout: '3d' }).then(String, (error: Error) => error.name),
    )
    const handle = await runTask(task, {}, { answers: { ok: nobody } })
    expect(await handle.outputs()).toBe('ConditionTimedOutError')
  })

  test('code that waits for something else is waited for, and misses no limit', async () => {
    const task = env.task({ name: 'reading', output: z.string(), timeout: '1s' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return 'read'
    })
    const clock = new FakeClock()
    expect(await (await runTask(task, {}, { clock })).outputs()).toBe('read')
    expect(clock.now()).toBe(start)
  })

  test('runs with one clock share its time', async () => {
    const nap = env.task({ name: 'nap', inputs: { for: z.string() }, output: z.date() }, async (inputs) => {
      await sleep(inputs.for)
      return now()
    })
    const clock = new FakeClock({ now: new Date(0) })
    const handles = await Promise.all(['2h', '1h'].map((duration) => runTask(nap, { for: duration }, { clock })))
    const woken = await Promise.all(handles.map((handle) => handle.outputs()))
    expect(woken.map(Number)).toEqual([120 * minute, 60 * minute])
  })
})

describe('time that is told', () => {
  const stuck = env.task({ name: 'stuck', timeout: '5m', retries: 1 }, (_, { signal }) => untilAborted(signal))

  test('nothing happens before its time, and everything in its order', async () => {
    const clock = new FakeClock({ autoAdvance: false })
    const handle = await runTask(stuck, {}, { clock })
    await clock.advance('299s')
    expect(await handle.details()).toMatchObject({ phase: 'RUNNING', attempts: 1 })
    await clock.advance('1s')
    expect(await handle.details()).toMatchObject({ phase: 'RUNNING', attempts: 2 })
    expect(clock.waiting).toBe(1)
    await clock.advance({ minutes: 5 })
    expect(await handle.wait()).toMatchObject({ phase: 'TIMED_OUT', endedAt: new Date(start + 10 * minute) })
    expect(clock.waiting).toBe(0)
  })

  test('a wait that ends leaves nothing behind', async () => {
    const clock = new FakeClock({ autoAdvance: false })
    const handle = await runTask(stuck, {}, { clock })
    await handle.abort('enough')
    expect(clock.waiting).toBe(0)
    await clock.advance('1h')
    expect(clock.now()).toBe(start + 60 * minute)
  })
})

import { now, random, run, sleep, TaskEnvironment } from '@tern/sdk'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'time' })
const nap = env.sleep({ name: 'nap' })

test('time and chance are the same for the next attempt', async () => {
  const seen: unknown[] = []
  const task = env.task({ name: 'seeing', retries: 1 }, async () => {
    seen.push([await now(), await random()])
    if (seen.length === 1) throw new Error('again')
  })
  await (await run.local(task)).outputs()
  expect(seen[1]).toEqual(seen[0])
  expect(seen[0]).toEqual([expect.any(Date), expect.any(Number)])
})

test('outside of every run there are time and chance too', async () => {
  expect(await now()).toBeInstanceOf(Date)
  expect(await random()).toBeLessThan(1)
  await sleep({ milliseconds: 1 })
  await nap({ duration: '1ms' })
})

test('an attempt does not sleep again what another has slept', async () => {
  vi.useFakeTimers()
  try {
    let attempts = 0
    const task = env.task({ name: 'sleepy', output: z.int(), retries: 1 }, async () => {
      await sleep('40d')
      await nap({ duration: { hours: 1 } })
      attempts += 1
      if (attempts === 1) throw new Error('again')
      return attempts
    })
    const handle = await run.local(task)
    const start = Date.now()
    const outputs = handle.outputs()
    await vi.advanceTimersByTimeAsync(40 * 86_400_000)
    expect(attempts).toBe(0)
    await vi.advanceTimersByTimeAsync(3_600_000)
    expect(await outputs).toBe(2)
    expect(Date.now() - start).toBeLessThan(41 * 86_400_000)
  } finally {
    vi.useRealTimers()
  }
})

test('a sleep ends with the run, and what is no time is refused', async () => {
  const task = env.task({ name: 'long', inputs: { duration: z.string() } }, ({ duration }) => sleep(duration))
  const handle = await run.local(task, { duration: '1h' })
  await handle.abort('enough')
  expect((await handle.wait()).phase).toBe('ABORTED')
  const wrong = await (await run.local(task, { duration: '-5m' })).wait()
  expect(wrong.error?.message).toMatch(/must not be negative/)
  expect((await (await run.local(task, { duration: 'soon' })).wait()).error?.message).toMatch(/not a duration/)
})

import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aRun, aSpec, startEngine, type SpecOptions, type TestEngine } from './test/fixtures.ts'

let tern: TestEngine

beforeEach(async () => {
  tern = await startEngine()
})
afterEach(async () => {
  await tern.close()
})

async function start(options: SpecOptions): Promise<number> {
  await tern.engine.createRun(aRun({ spec: aSpec('env.main', options) }))
  return (await tern.executor.attempt('a0')).handle
}

async function ended(): Promise<unknown> {
  await expect
    .poll(async () => (await tern.stored('a0'))?.state.endedAt, { interval: 5, timeout: 20_000 })
    .not.toBeNull()
  return (await tern.stored('a0'))?.state
}

const boom = { code: 'Error', message: 'boom', kind: 'user', recoverable: true } as const

test('an attempt that runs too long is stopped, and its action timed out with the reason', async () => {
  const handle = await start({ maxRuntimeMs: 20 })
  tern.executor.host.started(handle, Date.now())
  expect(await ended()).toMatchObject({
    phase: ActionPhase.TIMED_OUT,
    failure: { code: 'TaskTimeoutError', message: expect.stringMatching(/ran longer than its limit of 0.02 s/) },
  })
  expect(tern.executor.cancelled).toEqual(['a0'])
})

test('an attempt that nothing runs in time is given up', async () => {
  await start({ maxQueuedMs: 20 })
  expect(await ended()).toMatchObject({
    phase: ActionPhase.TIMED_OUT,
    failure: { message: expect.stringMatching(/for longer than its limit of 0.02 s/) },
  })
})

test('time in the queue does not count once the attempt runs', async () => {
  const handle = await start({ maxQueuedMs: 2_000, maxRuntimeMs: 60_000 })
  tern.executor.host.started(handle, Date.now())
  const other = await tern.engine.createRun(
    aRun({ key: { project: 'p', domain: 'd', run: 'r2' }, spec: aSpec('env.main', { maxQueuedMs: 2_050 }) }),
  )
  expect(other.created).toBe(true)
  // When the other run's longer limit has passed, the first one's would have long before.
  const key = { project: 'p', domain: 'd', run: 'r2' }
  await expect
    .poll(async () => (await tern.stored('a0', key))?.state.phase, { timeout: 20_000 })
    .toBe(ActionPhase.TIMED_OUT)
  tern.executor.host.succeeded(handle, null, 0, Date.now())
  expect(await ended()).toMatchObject({ phase: ActionPhase.SUCCEEDED })
})

test('a deadline holds over all attempts, whatever retries are left', async () => {
  const handle = await start({ deadlineMs: 2_000, retries: 10 })
  tern.executor.host.failed(handle, boom, 1, 2)
  await tern.executor.attempt('a0', 2)
  expect(await ended()).toMatchObject({
    phase: ActionPhase.TIMED_OUT,
    attempt: 2,
    failure: { message: expect.stringMatching(/deadline of 2 s/) },
  })
})

test('a deadline survives a restart', async () => {
  await start({ deadlineMs: 100 })
  tern = await tern.restart()
  expect(await ended()).toMatchObject({ phase: ActionPhase.TIMED_OUT })
})

test('time in the queue goes on counting over a restart', async () => {
  await start({ maxQueuedMs: 2_000 })
  const createdAt = (await tern.stored('a0'))?.createdAt ?? 0
  tern = await tern.restart()
  expect(await ended()).toMatchObject({ phase: ActionPhase.TIMED_OUT })
  expect((await tern.stored('a0'))?.state.endedAt).toBeGreaterThanOrEqual(createdAt + 2_000)
  expect(tern.executor.attempts.map(({ number }) => number)).toEqual([1])
})

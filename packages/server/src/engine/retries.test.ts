import type { TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { afterEach, describe, expect, test } from 'vitest'
import type { ActionState } from '../store/engine-store.ts'
import { aRun, aSpec, runKey, startEngine, type SpecOptions, type TestEngine } from './test/fixtures.ts'

let tern: TestEngine

afterEach(async () => {
  await tern.close()
})

const lost: TaskFailure = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true }
const boom: TaskFailure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true }

async function start(options: SpecOptions = {}): Promise<void> {
  await tern.engine.createRun(aRun({ spec: aSpec('env.main', options) }))
  await tern.executor.attempt('a0')
}

/** The attempt fails as soon as it is handed out. */
async function fail(number: number, failure: TaskFailure): Promise<void> {
  const { handle } = await tern.executor.attempt('a0', number)
  tern.executor.host.failed(handle, failure, 0, Date.now())
}

async function stateWith(matches: (state: ActionState) => boolean): Promise<ActionState> {
  await expect
    .poll(
      async () => {
        const stored = await tern.stored('a0')
        return stored !== undefined && matches(stored.state)
      },
      { interval: 5, timeout: 20_000 },
    )
    .toBe(true)
  return (await tern.stored('a0'))!.state
}

const ended = (): Promise<ActionState> => stateWith(({ endedAt }) => endedAt !== null)

describe('the system budget', () => {
  test('is as large as the server says', async () => {
    tern = await startEngine(undefined, { policy: { systemRetries: 1 } })
    await start({ retries: 5 })
    await fail(1, lost)
    await fail(2, lost)
    expect(await ended()).toMatchObject({ phase: ActionPhase.FAILED, attempt: 2, systemFailures: 1, userFailures: 0 })
  })

  test('may be nothing', async () => {
    tern = await startEngine(undefined, { policy: { systemRetries: 0 } })
    await start({ retries: 5 })
    await fail(1, lost)
    expect(await ended()).toMatchObject({ phase: ActionPhase.FAILED, attempt: 1, failure: lost })
  })

  test('is not spent on what another attempt cannot mend', async () => {
    tern = await startEngine()
    await start({ retries: 5 })
    await fail(1, { ...lost, recoverable: false })
    expect(await ended()).toMatchObject({ phase: ActionPhase.FAILED, attempt: 1 })
  })

  test('replaces a lost attempt at once, then backs off, which a restart does not cut short', async () => {
    tern = await startEngine(undefined, { random: () => 0.9 })
    await start()
    await fail(1, lost)
    const before = Date.now()
    await fail(2, lost)
    await stateWith(({ attempt }) => attempt === 3)
    tern = await tern.restart()
    await tern.executor.attempt('a0', 3)
    expect(Date.now()).toBeGreaterThanOrEqual(before + 900)
  })
})

describe('an attempt that ran too long', () => {
  /** It runs from now on. */
  async function run(number: number): Promise<void> {
    const { handle } = await tern.executor.attempt('a0', number)
    tern.executor.host.started(handle, Date.now())
  }

  test('is followed by another while the budget of the task lasts', async () => {
    tern = await startEngine()
    await start({ maxRuntimeMs: 20, retries: 1 })
    await run(1)
    await run(2)
    expect(await ended()).toMatchObject({
      phase: ActionPhase.TIMED_OUT,
      attempt: 2,
      userFailures: 1,
      failure: { code: 'TaskTimeoutError', message: expect.stringContaining('attempt 2 ran longer') },
    })
    expect(tern.executor.cancelled).toEqual(['a0', 'a0'])
  })

  test('may be followed by one that is faster', async () => {
    tern = await startEngine()
    await start({ maxRuntimeMs: 20, retries: 1 })
    await run(1)
    const { handle } = await tern.executor.attempt('a0', 2)
    tern.executor.host.succeeded(handle, null, 0, Date.now())
    expect(await ended()).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 2 })
  })

  test('ends the action where the task says so', async () => {
    tern = await startEngine()
    await start({ maxRuntimeMs: 20, retries: 3, retryOnTimeout: 'false' })
    await run(1)
    expect(await ended()).toMatchObject({ phase: ActionPhase.TIMED_OUT, attempt: 1 })
  })

  test('is another thing than one that waited too long, which is not tried again', async () => {
    tern = await startEngine()
    await start({ maxQueuedMs: 20, retries: 3 })
    expect(await ended()).toMatchObject({ phase: ActionPhase.TIMED_OUT, attempt: 1 })
  })
})

test('a back-off is no time in the queue', async () => {
  tern = await startEngine()
  await start({ maxQueuedMs: 1_500, retries: 1, backoffMs: 1_800 })
  await fail(1, boom)
  const { handle } = await tern.executor.attempt('a0', 2)
  tern.executor.host.succeeded(handle, null, Date.now(), Date.now())
  expect(await ended()).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempt: 2 })
})

describe("the server's limits", () => {
  test('are those of tasks that set none, and say so', async () => {
    tern = await startEngine(undefined, { policy: { maxQueuedMs: 20 } })
    await start({ maxRuntimeMs: 60_000 })
    expect(await ended()).toMatchObject({
      phase: ActionPhase.TIMED_OUT,
      failure: { message: expect.stringContaining("limit of 0.02 s, the server's for tasks that set none") },
    })
  })

  test('are not those of tasks that set their own, or say that they have none', async () => {
    tern = await startEngine(undefined, { policy: { maxQueuedMs: 20, deadlineMs: 20 } })
    await start({ maxQueuedMs: 0, deadlineMs: 60_000 })
    const other = { project: 'p', domain: 'd', run: 'r2' }
    await tern.engine.createRun(aRun({ key: other, spec: aSpec('env.other', { maxQueuedMs: 0 }) }))
    await expect
      .poll(async () => (await tern.stored('a0', other))?.state.phase, { timeout: 20_000 })
      .toBe(ActionPhase.TIMED_OUT)
    expect((await tern.stored('a0', runKey))?.state.endedAt).toBeNull()
  })

  test('count from when they would have, for what was there before a restart', async () => {
    tern = await startEngine()
    await start()
    tern = await tern.restart({ policy: { deadlineMs: 50 } })
    const { endedAt, failure } = await ended()
    expect(failure?.message).toMatch(/deadline of 0.05 s/)
    expect(endedAt).toBeGreaterThanOrEqual((await tern.stored('a0'))!.createdAt + 50)
  })
})

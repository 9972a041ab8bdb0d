import { FailedPreconditionError, NotFoundError, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ActionReport } from './model.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

const { QUEUED, RUNNING, SUCCEEDED, FAILED, ABORTED, INITIALIZING } = ActionPhase
const root = { ...runKey, action: 'a0' }
const boom: TaskFailure = { code: 'ValueError', message: 'boom', kind: 'user', recoverable: true }

let run: TestEngine
beforeEach(async () => {
  run = await startEngine()
  await run.engine.createRun(aRun({ isExternal: true }))
})
afterEach(() => run.close())

function report(phase: ActionPhase, overrides: Partial<ActionReport> = {}, action = 'a0'): Promise<void> {
  return run.engine.report({ ...runKey, action }, { attempt: 1, phase, at: Date.now(), ...overrides })
}

function enqueue(name: string, isExternal: boolean): Promise<unknown> {
  return run.engine.enqueue({
    key: { ...runKey, action: name },
    parent: 'a0',
    spec: aSpec('env.leaf'),
    inputs: { bytes: new Uint8Array() },
    group: '',
    cacheKey: '',
    queue: '',
    isExternal,
  })
}

const phases = async (action = 'a0') =>
  (await run.stored(action))?.state.timeline.split(',').map((entry) => Number.parseInt(entry, 10))

test('an external action is moved by reports alone', async () => {
  expect((await run.stored('a0'))?.state.phase).toBe(QUEUED)
  await report(INITIALIZING)
  await report(RUNNING)
  await report(SUCCEEDED, { outputs: { uri: '/out' }, cacheStatus: CatalogCacheStatus.CACHE_POPULATED })
  expect(await phases()).toEqual([QUEUED, INITIALIZING, RUNNING, SUCCEEDED])
  const stored = await run.stored('a0')
  expect(stored).toMatchObject({ outputsUri: '/out', cacheStatus: CatalogCacheStatus.CACHE_POPULATED })
  expect(run.executor.attempts).toEqual([])
  expect(run.engine.liveActions).toBe(0)
})

test('reports out of turn change nothing', async () => {
  await report(RUNNING)
  await report(QUEUED)
  await report(RUNNING)
  expect(await phases()).toEqual([QUEUED, RUNNING])
  await report(SUCCEEDED)
  await report(FAILED, { failure: boom })
  await report(RUNNING, { attempt: 2 })
  expect((await run.stored('a0'))?.state).toMatchObject({ phase: SUCCEEDED, attempt: 1, failure: null })
})

test('a later attempt replaces the one before it, which keeps its failure', async () => {
  await report(RUNNING)
  await report(FAILED, { isFinal: false, failure: boom })
  expect((await run.stored('a0'))?.state).toMatchObject({ phase: RUNNING, endedAt: null })
  await report(RUNNING, { attempt: 2 })
  await report(FAILED, { attempt: 1, failure: boom })
  expect((await run.stored('a0'))?.state).toMatchObject({ phase: RUNNING, attempt: 2 })
  await report(FAILED, { attempt: 2, isFinal: false, failure: boom })
  await report(FAILED, { attempt: 2 })
  expect((await run.stored('a0'))?.state).toMatchObject({ phase: FAILED, failure: { message: 'boom' } })
  expect(await phases()).toEqual([QUEUED, RUNNING, FAILED])
})

test('what the end of an attempt has overtaken on the way does not undo that end', async () => {
  await report(FAILED, { isFinal: false, failure: boom })
  const { state } = (await run.stored('a0'))!
  await report(INITIALIZING)
  await report(RUNNING)
  const { timeline, failure } = state
  expect((await run.stored('a0'))?.state).toMatchObject({ timeline, failure, phase: RUNNING, endedAt: null })
})

test('a restart leaves it as it is', async () => {
  await report(RUNNING)
  await enqueue('c1', true)
  run = await run.restart()
  expect((await run.stored('a0'))?.state).toMatchObject({ phase: RUNNING, attempt: 1 })
  await report(SUCCEEDED, {}, 'c1')
  await report(SUCCEEDED)
  expect(run.engine.liveActions).toBe(0)
})

test('its children may be executed by the server, and end with it', async () => {
  await enqueue('c1', false)
  await run.executor.attempt('c1')
  await enqueue('c2', true)
  await report(SUCCEEDED)
  expect((await run.stored('c1'))?.state).toMatchObject({ phase: ABORTED })
  expect((await run.stored('c2'))?.state).toMatchObject({ phase: ABORTED })
})

test('it can be aborted, and stays so', async () => {
  await report(RUNNING)
  await run.engine.abort(root, 'enough')
  await report(SUCCEEDED)
  expect((await run.stored('a0'))?.state).toMatchObject({ phase: ABORTED, abortReason: 'enough' })
})

test('nobody reports of what the server executes, or of nothing', async () => {
  await enqueue('c1', false)
  await expect(report(SUCCEEDED, {}, 'c1')).rejects.toThrow(FailedPreconditionError)
  await expect(report(SUCCEEDED, {}, 'nothing')).rejects.toThrow(NotFoundError)
})

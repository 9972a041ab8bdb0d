import { create } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { FailedPreconditionError, NotFoundError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { ConditionActionSchema } from '@tern/idl/workflow'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toSpecRecord } from '../store/specs.ts'
import { aRun, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

let run: TestEngine
beforeEach(async () => {
  run = await startEngine()
  await run.engine.createRun(aRun())
})
afterEach(() => run.close())

const key = { ...runKey, action: 'approval' }
const yes = new Uint8Array([1])
const no = new Uint8Array([2])
const someone = new Uint8Array([10, 0])

function enqueue(timeoutMs = 0): Promise<{ readonly created: boolean }> {
  const value = create(ConditionActionSchema, { name: 'approval', timeout: durationFromMs(timeoutMs) })
  return run.engine.enqueue({
    key,
    parent: 'a0',
    spec: toSpecRecord({ case: 'condition', value }),
    inputs: { bytes: new Uint8Array() },
    group: '',
    cacheKey: '',
    queue: '',
  })
}

describe('a condition', () => {
  test('waits until it is given its value, and then tells its parent', async () => {
    await run.executor.attempt('a0')
    await enqueue()
    expect((await run.stored('approval'))?.state.phase).toBe(ActionPhase.PAUSED)
    expect(run.executor.attempts.map(({ action }) => action)).toEqual(['a0'])
    await run.engine.signal(key, yes, someone)
    const stored = await run.stored('approval')
    expect(stored?.state).toMatchObject({ phase: ActionPhase.SUCCEEDED, endedBy: someone })
    expect(stored?.outputs).toEqual(yes)
    const outcome = await run.executor.outcome('approval')
    expect(outcome).toMatchObject({ phase: ActionPhase.SUCCEEDED, outputs: { bytes: yes } })
  })

  test('takes one value: the same again is harmless, another is refused', async () => {
    await enqueue()
    await Promise.all([run.engine.signal(key, yes), run.engine.signal(key, yes)])
    await run.engine.signal(key, yes)
    await expect(run.engine.signal(key, no)).rejects.toThrow(FailedPreconditionError)
    expect((await run.stored('approval'))?.outputs).toEqual(yes)
  })

  test('takes none once it has been aborted', async () => {
    await enqueue()
    await run.engine.abort(key, 'not needed')
    await expect(run.engine.signal(key, yes)).rejects.toThrow(/waits no longer: it is ABORTED/)
    expect((await run.stored('approval'))?.outputs).toBeNull()
  })

  test('is what is signalled, and nothing else', async () => {
    await expect(run.engine.signal({ ...runKey, action: 'a0' }, yes)).rejects.toThrow(/not a condition/)
    await expect(run.engine.signal(key, yes)).rejects.toThrow(NotFoundError)
  })

  test('times out, with an error that says so', async () => {
    await enqueue(1)
    const outcome = await run.executor.outcome('approval')
    expect(outcome).toMatchObject({
      phase: ActionPhase.TIMED_OUT,
      failure: { code: 'ConditionTimedOut', kind: 'user' },
    })
  })

  test('goes on waiting after a restart, for as long as it was to wait', async () => {
    await enqueue(60_000)
    run = await run.restart()
    expect((await run.stored('approval'))?.state).toMatchObject({ phase: ActionPhase.PAUSED, attempt: 1 })
    await run.engine.signal(key, yes)
    expect((await run.stored('approval'))?.state.phase).toBe(ActionPhase.SUCCEEDED)
  })

  test('ends with its parent', async () => {
    const { handle } = await run.executor.attempt('a0')
    await enqueue()
    run.executor.host.succeeded(handle, null, 0, Date.now())
    await expect.poll(async () => (await run.stored('approval'))?.state.phase).toBe(ActionPhase.ABORTED)
  })
})

test('conditions are announced when they are stored, and again when the engine starts while they wait', async () => {
  const announced: string[] = []
  await run.close()
  run = await startEngine(undefined, { onCondition: ({ key: { action } }) => announced.push(action) })
  await run.engine.createRun(aRun())
  await enqueue()
  expect(announced).toEqual(['approval'])
  run = await run.restart()
  expect(announced).toEqual(['approval', 'approval'])
  await run.engine.signal(key, yes)
  run = await run.restart()
  expect(announced).toHaveLength(2)
})

import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChildRequest } from '../executors/executor.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

let tern: TestEngine

beforeEach(async () => {
  tern = await startEngine()
})
afterEach(async () => {
  await tern.close()
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function aChild(name: string, overrides: Partial<ChildRequest> = {}): ChildRequest {
  return {
    name,
    spec: aSpec('env.leaf'),
    inputs: { bytes: bytes(name) },
    group: '',
    cacheKey: '',
    queue: '',
    ...overrides,
  }
}

/** Starts a run and returns the handle of its root's first attempt. */
async function startRoot(): Promise<number> {
  await tern.engine.createRun(aRun())
  return (await tern.executor.attempt('a0')).handle
}

/** Resolves once all that was reported so far is committed: aborting what does not exist any more changes nothing. */
async function settled(): Promise<void> {
  await tern.engine.abort({ ...runKey, action: 'settled' }, '').catch(() => {})
  await tern.engine.createRun(aRun())
}

describe('a run', () => {
  test('is stored before its root is started', async () => {
    await tern.engine.createRun(aRun())
    expect((await tern.stored('a0'))?.state.phase).toBe(ActionPhase.QUEUED)
    expect((await tern.executor.attempt('a0')).number).toBe(1)
  })

  test('is the same run when the request is repeated, and refused when another request has its name', async () => {
    const first = await tern.engine.createRun(aRun())
    const [again, meanwhile] = await Promise.all([tern.engine.createRun(aRun()), tern.engine.createRun(aRun())])
    expect(again).toEqual({ runId: first.runId, created: false })
    expect(meanwhile).toEqual(again)
    await expect(tern.engine.createRun(aRun({ requestDigest: 'other' }))).rejects.toMatchObject({
      code: 'already_exists',
    })
  })

  test('is created once when two requests come at once', async () => {
    const both = await Promise.all([tern.engine.createRun(aRun()), tern.engine.createRun(aRun())])
    expect(both.filter(({ created }) => created)).toHaveLength(1)
    expect(tern.executor.attempts).toHaveLength(1)
  })

  test('ends with its root', async () => {
    const root = await startRoot()
    tern.executor.host.succeeded(root, { bytes: bytes('out') }, 1, 2)
    await settled()
    expect(await tern.stored('a0')).toMatchObject({ outputs: bytes('out'), state: { phase: ActionPhase.SUCCEEDED } })
  })
})

describe('a child', () => {
  test('is started once it is stored, and its parent told how it ended', async () => {
    const root = await startRoot()
    tern.executor.host.enqueueChild(root, aChild('c1'))
    const child = await tern.executor.attempt('c1')
    expect(await tern.stored('c1')).toMatchObject({ parentSeq: 0, inputs: bytes('c1') })
    tern.executor.host.succeeded(child.handle, { bytes: bytes('42') }, 1, 2)
    expect(await tern.executor.outcome('c1')).toMatchObject({
      phase: ActionPhase.SUCCEEDED,
      outputs: { bytes: bytes('42') },
    })
  })

  test('is retried within its budget, each failed attempt kept', async () => {
    const root = await startRoot()
    tern.executor.host.enqueueChild(root, aChild('c1', { spec: aSpec('env.leaf', { retries: 1 }) }))
    const first = await tern.executor.attempt('c1')
    const failure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true } as const
    tern.executor.host.failed(first.handle, failure, 1, 2)
    const second = await tern.executor.attempt('c1', 2)
    expect(second.replay).toBe(true)
    tern.executor.host.succeeded(first.handle, { bytes: bytes('too late') }, 1, 2)
    tern.executor.host.failed(second.handle, failure, 1, 2)
    expect(await tern.executor.outcome('c1')).toMatchObject({ phase: ActionPhase.FAILED, failure })
  })

  test('enqueued twice is one child', async () => {
    const root = await startRoot()
    tern.executor.host.enqueueChild(root, aChild('c1'))
    tern.executor.host.enqueueChild(root, aChild('c1'))
    const child = await tern.executor.attempt('c1')
    tern.executor.host.succeeded(child.handle, null, 1, 2)
    await tern.executor.outcome('c1')
    // Its first end is all there is: the store refuses another of that name, and the parent gets the stored outcome.
    tern.executor.host.enqueueChild(root, aChild('c1'))
    await tern.executor.until(() => tern.executor.outcomes.length === 2)
    expect(tern.executor.attempts.filter(({ action }) => action === 'c1')).toHaveLength(1)
  })

  test('of a lost parent that has finished is not run again for the next attempt', async () => {
    const root = await startRoot()
    tern.executor.host.enqueueChild(root, aChild('c1'))
    tern.executor.host.succeeded((await tern.executor.attempt('c1')).handle, { bytes: bytes('42') }, 1, 2)
    await tern.executor.outcome('c1')
    tern.executor.host.failed(root, { code: 'WorkerLost', message: '', kind: 'system', recoverable: true }, 0, 3)
    const second = await tern.executor.attempt('a0', 2)
    tern.executor.host.enqueueChild(second.handle, aChild('c1'))
    await tern.executor.until(() => tern.executor.outcomes.length === 2)
    expect(tern.executor.outcomes[1]?.outcome.outputs).toEqual({ bytes: bytes('42') })
    expect(tern.executor.attempts.filter(({ action }) => action === 'c1')).toHaveLength(1)
  })

  test('left unfinished by its parent is aborted, with all below it', async () => {
    const root = await startRoot()
    tern.executor.host.enqueueChild(root, aChild('c1'))
    const child = await tern.executor.attempt('c1')
    tern.executor.host.enqueueChild(child.handle, aChild('c2'))
    await tern.executor.attempt('c2')
    tern.executor.host.succeeded(root, null, 1, 2)
    await tern.executor.until(() => tern.executor.cancelled.length === 2)
    expect((await tern.stored('c2'))?.state).toMatchObject({
      phase: ActionPhase.ABORTED,
      abortReason: expect.stringContaining('a0'),
    })
  })
})

describe('abort', () => {
  test('reaches every descendant, and what one of them enqueues afterwards', async () => {
    const root = await startRoot()
    tern.executor.host.enqueueChild(root, aChild('c1'))
    const child = await tern.executor.attempt('c1')
    const aborted = tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
    tern.executor.host.enqueueChild(child.handle, aChild('c2'))
    await aborted
    expect((await tern.stored('c1'))?.state).toMatchObject({ phase: ActionPhase.ABORTED, abortReason: 'enough' })
    expect(await tern.stored('c2')).toBeUndefined()
    expect(tern.executor.cancelled.toSorted()).toEqual(['a0', 'c1'])
  })

  test('leaves what has ended as it is, and says when there is nothing of that name', async () => {
    const root = await startRoot()
    tern.executor.host.succeeded(root, null, 1, 2)
    await settled()
    await tern.engine.abort({ ...runKey, action: 'a0' }, 'too late')
    expect((await tern.stored('a0'))?.state.phase).toBe(ActionPhase.SUCCEEDED)
    await expect(tern.engine.abort({ ...runKey, action: 'nope' }, '')).rejects.toMatchObject({ code: 'not_found' })
    await expect(tern.engine.abort({ ...runKey, run: 'nope', action: 'a0' }, '')).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

test('a child that is asked for again after its end, and given up at once, is told as it ended', async () => {
  const root = await startRoot()
  tern.executor.host.enqueueChild(root, aChild('c1'))
  tern.executor.host.succeeded((await tern.executor.attempt('c1')).handle, null, 1, 2)
  await tern.executor.outcome('c1')
  tern.executor.host.enqueueChild(root, aChild('c1'))
  tern.executor.host.abortChild(root, 'c1', 'not needed')
  await tern.executor.until(() => tern.executor.outcomes.length === 2)
  await settled()
  expect(tern.executor.outcomes.map(({ outcome }) => outcome.phase)).toEqual(Array(2).fill(ActionPhase.SUCCEEDED))
})

describe('after a restart', () => {
  test('unfinished actions are started again, finished ones are not', async () => {
    const root = await startRoot()
    tern.executor.host.started(root, 1)
    for (const name of ['done', 'open']) tern.executor.host.enqueueChild(root, aChild(name))
    tern.executor.host.succeeded((await tern.executor.attempt('done')).handle, { bytes: bytes('42') }, 1, 2)
    await tern.executor.outcome('done')
    tern = await tern.restart()
    const again = await tern.executor.attempt('a0', 2)
    await tern.executor.attempt('open')
    for (const name of ['done', 'open']) tern.executor.host.enqueueChild(again.handle, aChild(name))
    expect(await tern.executor.outcome('done')).toMatchObject({ outputs: { bytes: bytes('42') } })
    expect(tern.executor.attempts.map(({ action }) => action).toSorted()).toEqual(['a0', 'open'])
  })
})

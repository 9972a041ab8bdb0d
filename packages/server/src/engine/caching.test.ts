import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { CacheLookupScope, RunSpecSchema } from '@tern/idl/task'
import { LogChunkSchema, LogLine_Stream } from '@tern/idl/worker'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ActionData } from './model.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

let tern: TestEngine

beforeEach(async () => {
  tern = await startEngine()
})
afterEach(async () => {
  await tern.close()
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const cached = { cacheKey: 'key-1', spec: aSpec('env.main') }

/** Plays the worker of a run's root until it has succeeded. */
async function compute(run: string, outputs: ActionData | null): Promise<void> {
  await tern.executor.until(() => tern.executor.attempts.some((attempt) => attempt.run.run === run))
  const attempt = tern.executor.attempts.find((other) => other.run.run === run)!
  tern.executor.host.succeeded(attempt.handle, outputs, 1, 2)
  await ended(run)
}

async function ended(run: string): Promise<void> {
  await expect.poll(async () => (await tern.stored('a0', { ...runKey, run }))?.state.phase).toBe(ActionPhase.SUCCEEDED)
}

const started = (): string[] => tern.executor.attempts.map(({ run }) => run.run)

test('a result is taken from an earlier action with the same key, with word of where it comes from', async () => {
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r1' } }))
  await compute('r1', { bytes: bytes('42') })
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r2' } }))
  await ended('r2')
  expect(started()).toEqual(['r1'])
  expect(await tern.stored('a0', { ...runKey, run: 'r1' })).toMatchObject({
    cacheStatus: CatalogCacheStatus.CACHE_POPULATED,
  })
  expect(await tern.stored('a0', { ...runKey, run: 'r2' })).toMatchObject({
    outputs: bytes('42'),
    cacheStatus: CatalogCacheStatus.CACHE_HIT,
    cacheSource: 'flytesnacks/development/r1/a0/1',
  })
})

test('tasks without outputs are cached too', async () => {
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r1' } }))
  await compute('r1', null)
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r2' } }))
  await ended('r2')
  expect(started()).toEqual(['r1'])
})

test.each<[string, ActionData]>([
  ['outputs that are gone from storage', { uri: '/storage/gone' }],
  ['outputs that refer to files that are gone', { bytes: bytes('/storage/gone') }],
])('%s are computed again', async (_, gone) => {
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r1' } }))
  await compute('r1', gone)
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r2' } }))
  await compute('r2', { uri: '/storage/there' })
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r3' } }))
  await ended('r3')
  expect(started()).toEqual(['r1', 'r2'])
})

test('a run may have everything computed again, and its results replace the cached ones', async () => {
  const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { cacheConfig: { overwriteCache: true } }))
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r1' } }))
  await compute('r1', { bytes: bytes('old') })
  await tern.engine.createRun(aRun({ ...cached, runSpec, key: { ...runKey, run: 'r2' } }))
  await compute('r2', { bytes: bytes('new') })
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r3' } }))
  await ended('r3')
  expect((await tern.stored('a0', { ...runKey, run: 'r3' }))?.outputs).toEqual(bytes('new'))
})

test('a run may leave other projects alone', async () => {
  const cacheConfig = { cacheLookupScope: CacheLookupScope.PROJECT_DOMAIN }
  const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { cacheConfig }))
  await tern.engine.createRun(aRun({ ...cached, key: { project: 'other', domain: 'd', run: 'r1' } }))
  const [elsewhere] = [await tern.executor.attempt('a0')]
  tern.executor.host.succeeded(elsewhere.handle, { bytes: bytes('theirs') }, 1, 2)
  await tern.engine.createRun(aRun({ ...cached, runSpec, key: { ...runKey, run: 'r2' } }))
  await compute('r2', { bytes: bytes('ours') })
  expect((await tern.stored('a0', { ...runKey, run: 'r2' }))?.outputs).toEqual(bytes('ours'))
})

describe('of actions with a serialized key', () => {
  const serialized = { ...cached, spec: aSpec('env.main', { serialize: true }) }
  const aChild = { spec: serialized.spec, inputs: { bytes: new Uint8Array() }, group: '', cacheKey: 'key-1', queue: '' }
  const failure = { code: 'E', message: 'no', kind: 'user', recoverable: false } as const
  const start = async (...runs: string[]) => {
    for (const run of runs) await tern.engine.createRun(aRun({ ...serialized, key: { ...runKey, run } }))
  }
  const phaseOf = async (run: string) => (await tern.stored('a0', { ...runKey, run }))?.state.phase
  const waits = (run: string) => expect.poll(() => phaseOf(run)).toBe(ActionPhase.WAITING_FOR_RESOURCES)

  test('one computes, and the others take its result', async () => {
    await start('r1', 'r2', 'r3')
    await compute('r1', { bytes: bytes('42') })
    await Promise.all([ended('r2'), ended('r3')])
    expect(started()).toEqual(['r1'])
  })

  test('those that wait say for what', async () => {
    await start('r2', 'r1')
    await waits('r1')
    const [chunk] = await tern.logs('a0')
    expect(fromBinary(LogChunkSchema, chunk!).lines[0]).toMatchObject({
      stream: LogLine_Stream.SYSTEM,
      text: 'waiting for the result of action a0 of run r2 in flytesnacks/development, which has the same cache key',
    })
    await compute('r2', { bytes: bytes('42') })
    await ended('r1')
    expect((await tern.stored('a0'))?.state.timeline).toMatch(/^1:\d+,2:\d+,5:\d+$/)
  })

  test('another takes the place of one that fails', async () => {
    await start('r1', 'r2', 'r3')
    const first = await tern.executor.attempt('a0')
    tern.executor.host.failed(first.handle, failure, 1, 2)
    await tern.executor.until(() => tern.executor.attempts.length === 2)
    await compute(started()[1]!, { bytes: bytes('42') })
    for (const run of ['r2', 'r3']) await ended(run)
    expect(started()).toHaveLength(2)
  })

  test('another takes the place of one that is aborted, and not one that was aborted before', async () => {
    await start('r1', 'r2', 'r3')
    await waits('r3')
    await tern.engine.abort({ ...runKey, run: 'r2', action: 'a0' }, 'not needed')
    await tern.engine.abort({ ...runKey, run: 'r1', action: 'a0' }, 'not needed')
    await compute('r3', { bytes: bytes('42') })
    expect(started()).toEqual(['r1', 'r3'])
  })

  test('one computes after a restart, whichever it is', async () => {
    await start('r1', 'r2', 'r3')
    await waits('r3')
    tern = await tern.restart()
    const computing = (await tern.executor.attempt('a0')).run.run
    await compute(computing, { bytes: bytes('42') })
    for (const run of ['r1', 'r2', 'r3']) await ended(run)
    expect(started()).toEqual([computing])
  })

  test('many take the result at once, and do not wait for each other', async () => {
    await tern.engine.createRun(aRun())
    const root = await tern.executor.attempt('a0')
    const names = Array.from({ length: 300 }, (_, index) => `c${index}`)
    for (const name of names) tern.executor.host.enqueueChild(root.handle, { ...aChild, name })
    const first = await tern.executor.attempt('c0')
    tern.executor.host.succeeded(first.handle, { bytes: bytes('42') }, 1, 2)
    await tern.executor.until(() => tern.executor.outcomes.length === names.length)
    expect(tern.executor.attempts.map(({ action }) => action)).toEqual(['a0', 'c0'])
    expect(tern.executor.outcomes.every(({ outcome }) => outcome.phase === ActionPhase.SUCCEEDED)).toBe(true)
  })

  test('one does not wait for an action that it hangs on, which waits for it', async () => {
    await start('r1')
    const parent = await tern.executor.attempt('a0')
    tern.executor.host.enqueueChild(parent.handle, { ...aChild, name: 'c1' })
    const below = await tern.executor.attempt('c1')
    tern.executor.host.succeeded(below.handle, { bytes: bytes('42') }, 1, 2)
    expect(await tern.executor.outcome('c1')).toMatchObject({ phase: ActionPhase.SUCCEEDED })
  })

  test.each([2, 3])('those of %i runs do not wait for each other in a circle', async (count) => {
    const runs = Array.from({ length: count }, (_, index) => `r${index}`)
    for (const run of runs) await tern.engine.createRun(aRun({ ...serialized, key: { ...runKey, run }, cacheKey: run }))
    await tern.executor.until(() => tern.executor.attempts.length === count)
    const parents = [...tern.executor.attempts]
    for (const parent of parents) {
      const next = runs[(runs.indexOf(parent.run.run) + 1) % count]!
      tern.executor.host.enqueueChild(parent.handle, { ...aChild, name: 'c1', cacheKey: next })
    }
    // The last one that asked computes for itself.
    const below = await tern.executor.attempt('c1')
    tern.executor.host.succeeded(below.handle, { bytes: bytes('42') }, 1, 2)
    await tern.executor.outcome('c1')
    const free = parents.find(({ run }) => run.run === below.run.run)!
    tern.executor.host.succeeded(free.handle, { bytes: bytes('43') }, 1, 2)
    await tern.executor.until(() => tern.executor.outcomes.length === 2)
    expect(tern.executor.attempts.filter(({ action }) => action === 'c1')).toHaveLength(1)
  })
})

import { create, toBinary } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { CacheLookupScope, RunSpecSchema } from '@tern/idl/task'
import { afterEach, beforeEach, expect, test } from 'vitest'
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

test('outputs that are gone from storage are computed again', async () => {
  await tern.engine.createRun(aRun({ ...cached, key: { ...runKey, run: 'r1' } }))
  await compute('r1', { uri: '/storage/gone' })
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

test('of actions with a serialized key one computes, and the others take its result', async () => {
  const serialized = { ...cached, spec: aSpec('env.main', { serialize: true }) }
  for (const run of ['r1', 'r2', 'r3']) await tern.engine.createRun(aRun({ ...serialized, key: { ...runKey, run } }))
  await compute('r1', { bytes: bytes('42') })
  await Promise.all([ended('r2'), ended('r3')])
  expect(started()).toEqual(['r1'])
})

test('when the one that computes a serialized key fails, another takes its place', async () => {
  const serialized = { ...cached, spec: aSpec('env.main', { serialize: true }) }
  for (const run of ['r1', 'r2', 'r3']) await tern.engine.createRun(aRun({ ...serialized, key: { ...runKey, run } }))
  const first = await tern.executor.attempt('a0')
  tern.executor.host.failed(first.handle, { code: 'E', message: 'no', kind: 'user', recoverable: false }, 1, 2)
  await compute('r2', { bytes: bytes('42') })
  await ended('r3')
  expect(started()).toEqual(['r1', 'r2'])
})

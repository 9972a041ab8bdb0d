import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SpecCache } from '../engine/spec-cache.ts'
import { RetentionRepository } from '../store/retention-repository.ts'
import type { Store } from '../store/store.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow, at } from '../store/test/records.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { SpecSweep } from './spec-sweep.ts'

const traceType = 2

let fresh: FreshDatabase
let store: Store
let cache: SpecCache
let sweep: SpecSweep

beforeEach(async () => {
  fresh = await testDatabase.fresh()
  store = await fresh.open()
  cache = new SpecCache(() => {})
  sweep = new SpecSweep({
    repository: new RetentionRepository(store.queries),
    clock: { now: () => at },
    watchSpecs: (digests) => cache.watch(digests),
  })
})
afterEach(async () => {
  await store.close()
  await fresh.remove()
})

const spec = (digest: string) => aSpecRow({ digest, actionType: traceType })

/** Specs, of which an action has the first and its child the second. */
async function make(digests: ReadonlyArray<string>): Promise<void> {
  const [root = '', child = ''] = digests
  const id = await store.engine.newRunId()
  const created = [
    { ...anEnd(aRoot(id), ActionPhase.SUCCEEDED), specDigest: root },
    anEnd(aChild(id, 1, { specDigest: child }), ActionPhase.SUCCEEDED),
  ]
  const runs = [aRunRecord({ id, name: 'r1', specDigest: root })]
  await store.engine.commit(aBatch({ specs: digests.map(spec), runs, created }))
}

async function left(digests: ReadonlyArray<string>): Promise<string[]> {
  const found = await Promise.all(digests.map((digest) => store.engine.findSpec(digest)))
  return found.flatMap((row) => (row === undefined ? [] : [row.digest]))
}

test('specs that nothing refers to are deleted', async () => {
  const digests = ['of a run', 'of a child', 'unused', 'cached', 'used meanwhile']
  await make(digests)
  cache.restore(spec('cached'))
  expect(await sweep.step(at + 1)).toBe(true)
  cache.use(spec('used meanwhile'))
  for (let isMore = true; isMore; ) isMore = await sweep.step(at + 1)
  expect(await left(digests)).toEqual(['of a run', 'of a child', 'cached', 'used meanwhile'])
})

test('specs that are young stay', async () => {
  await make(['of a run', 'of a child', 'unused'])
  expect(await sweep.step(at)).toBe(false)
  expect(await left(['unused'])).toEqual(['unused'])
})

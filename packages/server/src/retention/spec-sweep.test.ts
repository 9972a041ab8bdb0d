import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SpecCache, specRewriteMs } from '../engine/spec-cache.ts'
import { RetentionRepository } from '../store/retention-repository.ts'
import type { Store } from '../store/store.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow, at } from '../store/test/records.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { SpecSweep } from './spec-sweep.ts'

const traceType = 2
const day = 24 * 60 * 60_000

let fresh: FreshDatabase
let store: Store
let sweep: SpecSweep
let now: number

beforeEach(async () => {
  fresh = await testDatabase.fresh()
  store = await fresh.open()
  now = at + day + 1
  sweep = new SpecSweep({ repository: new RetentionRepository(store.queries), clock: { now: () => now } })
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

async function sweepAll(before: number): Promise<void> {
  for (let isMore = true; isMore; ) isMore = await sweep.step(before)
}

test('specs that nothing refers to are deleted', async () => {
  const digests = ['of a run', 'of a child', 'unused', 'unused, too']
  await make(digests)
  await sweepAll(now)
  expect(await left(digests)).toEqual(['of a run', 'of a child'])
})

test('specs that are written again while they are looked for stay', async () => {
  const digests = ['of a run', 'of a child', 'unused', 'used meanwhile']
  await make(digests)
  expect(await sweep.step(now)).toBe(true)
  await store.engine.commit({ ...aBatch({ specs: [spec('used meanwhile')] }), at: now })
  await sweepAll(now)
  expect(await left(digests)).toEqual(['of a run', 'of a child', 'used meanwhile'])
})

test('specs that are young stay, however short a time runs are kept', async () => {
  await make(['of a run', 'of a child', 'unused'])
  now = at + day
  expect(await sweep.step(now)).toBe(false)
  expect(await sweep.step(at)).toBe(false)
  expect(await left(['unused'])).toEqual(['unused'])
})

describe('a spec in use', () => {
  let written: string[]
  let cache: SpecCache
  beforeEach(() => {
    written = []
    cache = new SpecCache(({ digest }) => written.push(digest), { now: () => now })
  })

  test('is written when it is first used, and again after hours', () => {
    for (const ms of [0, specRewriteMs, 1, specRewriteMs]) {
      now += ms
      cache.use(spec('a'))
    }
    expect(written).toEqual(['a', 'a'])
  })

  test('is written at its first use although the store had it', () => {
    cache.restore(spec('a'))
    cache.use(spec('a'))
    expect(written).toEqual(['a'])
  })
})

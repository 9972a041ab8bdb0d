import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CacheEntriesRepository } from './cache-entries-repository.ts'
import type { ActionRecord, ResultRecord } from './engine-store.ts'
import { type EndedRun, RetentionRepository } from './retention-repository.ts'
import type { Store } from './store.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow, at } from './test/records.ts'
import { storedRows } from './test/stored-rows.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

const start = { endedAt: 0, id: 0 }

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`what is deleted on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let retention: RetentionRepository

    beforeEach(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      retention = new RetentionRepository(store.queries)
    })
    afterEach(async () => {
      await store.close()
      await fresh.remove()
    })

    /** A run with two children, labels, an earlier attempt and a log; ended unless it is said to be live. */
    async function aRun(name: string, { isLive = false, child = {} as Partial<ActionRecord> } = {}): Promise<number> {
      const id = await store.engine.newRunId()
      const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { labels: { values: { team: 'a' } } }))
      const run = aRunRecord({ id, name, runSpec, runBase: `/runs/${name}` })
      const root = isLive ? aRoot(id) : anEnd(aRoot(id), ActionPhase.SUCCEEDED)
      const children = [aChild(id, 1, child), aChild(id, 2)].map((each) => anEnd(each, ActionPhase.SUCCEEDED))
      await store.engine.commit(
        aBatch({
          specs: [aSpecRow()],
          runs: [run],
          created: [root, ...children],
          attempts: [{ runId: id, seq: 1, attempt: 1, phase: ActionPhase.FAILED, timeline: `1:${at}`, failure: null }],
          logs: [{ runId: id, seq: 2, attempt: 1, chunk: 0, lines: new Uint8Array([1]), lineCount: 1 }],
        }),
      )
      return id
    }

    const aResult = (overrides: Partial<ResultRecord>): ResultRecord => ({
      key: 'key',
      project: 'p',
      domain: 'd',
      source: 'p/d/r1/c1/1',
      outputs: null,
      outputsUri: '/runs/r1/c1/1',
      at,
      ...overrides,
    })

    const ended = (limit = 10): Promise<ReadonlyArray<EndedRun>> => retention.endedRuns(at + 100, start, limit)
    const namesOf = (runs: ReadonlyArray<EndedRun>): string[] => runs.map(({ name }) => name)

    test('finds runs that ended before a time, page by page, but not live ones and not the newest', async () => {
      for (const name of ['r1', 'r2', 'r3']) await aRun(name)
      await aRun('live', { isLive: true })
      await aRun('r4')
      await aRun('newest')
      const first = await ended(2)
      expect(namesOf(first)).toEqual(['r1', 'r2'])
      expect(namesOf(await retention.endedRuns(at + 100, first.at(-1)!, 10))).toEqual(['r3', 'r4'])
      expect(await retention.endedRuns(at + 10, start, 10)).toEqual([])
    })

    test('a deleted run is gone at once, and its actions portion by portion', async () => {
      const id = await aRun('r1')
      const other = await aRun('r2')
      const all = await storedRows.ofRun(store.queries, other)
      await retention.deleteRuns([id])
      expect(await store.engine.findRun('p', 'd', 'r1')).toBeUndefined()
      expect(await retention.deleteActions(2)).toBe(true)
      expect(await storedRows.ofRun(store.queries, id)).toEqual({ actions: 1, log_chunks: 1, deleted_runs: 1 })
      while (await retention.deleteActions(2)) continue
      expect(await storedRows.ofRun(store.queries, id)).toEqual({})
      expect(await storedRows.ofRun(store.queries, other)).toEqual(all)
    })

    test('small runs are deleted together, as many as a portion holds', async () => {
      const ids = [await aRun('r1'), await aRun('r2'), await aRun('r3')]
      const [size = 0] = await Promise.all(
        ids.map(async (id) => (await storedRows.ofRun(store.queries, id))['actions']),
      )
      await retention.deleteRuns(ids)
      const left = async () => Promise.all(ids.map((id) => storedRows.ofRun(store.queries, id)))
      expect(await retention.deleteActions(2 * size)).toBe(true)
      expect((await left()).filter(({ actions }) => actions === size)).toHaveLength(1)
      expect(await retention.deleteActions(2 * size)).toBe(true)
      expect(await left()).toEqual([{}, {}, {}])
      expect(await retention.deleteActions(2 * size)).toBe(false)
    })

    test('an action with a long log is deleted over several calls, which delete no more than so much', async () => {
      const id = await aRun('r1')
      const chunk = { runId: id, seq: 1, attempt: 1, lines: new Uint8Array([1]), lineCount: 1 }
      const logs = Array.from({ length: 4_500 }, (_, index) => ({ ...chunk, chunk: index }))
      await store.engine.commit(aBatch({ logs }))
      await retention.deleteRuns([id])
      const left = []
      while (await retention.deleteActions(10)) left.push((await storedRows.ofRun(store.queries, id))['log_chunks'])
      // Those of the other action are among them.
      expect(left).toEqual([2_501, 501, undefined])
      expect(await storedRows.ofRun(store.queries, id)).toEqual({})
    })

    test('runs that have not ended are found in portions', async () => {
      for (const name of ['r1', 'r2', 'r3']) await aRun(name, { isLive: name !== 'r2' })
      const [first] = await retention.liveRuns(0, 1)
      expect(fromBinary(RunSpecSchema, first!.runSpec).labels?.values).toEqual({ team: 'a' })
      const rest = await retention.liveRuns(first!.id, 5)
      expect([first!.id, ...rest.map(({ id }) => id)]).toEqual([1, 3])
    })

    test('a run that is live is not deleted', async () => {
      const id = await aRun('r1', { isLive: true })
      await retention.deleteRuns([id])
      expect(await store.engine.findRun('p', 'd', 'r1')).toBeDefined()
    })

    test('a run is reused while a cached result is of it, or another run has taken one over', async () => {
      const first = await aRun('r1', { child: { cacheSource: 'p/d/r1/c2/1' } })
      await aRun('r10')
      const other = await aRun('r2', { child: { cacheSource: 'p/d/r10/c1/1' } })
      await aRun('newest')
      const [r1, r10, r2] = (await ended()) as [EndedRun, EndedRun, EndedRun]
      expect([r1.id, r2.id]).toEqual([first, other])
      await store.engine.commit(aBatch({ results: [aResult({})] }))
      expect(await Promise.all([r1, r10, r2].map((run) => retention.isReused(run)))).toEqual([true, true, false])
      await retention.expireCached(at + 1, { key: '', project: '', domain: '' }, 10)
      await retention.deleteRuns([other])
      expect(await Promise.all([r1, r10].map((run) => retention.isReused(run)))).toEqual([false, false])
    })

    test('a run is reused while executors share outputs in its folder, for as long as those are kept', async () => {
      await aRun('r1')
      await aRun('newest')
      const [run] = (await ended()) as [EndedRun]
      const entry = { outputUri: '/runs/r1/c1/1', metadata: new Uint8Array(), createdAt: null }
      const key = { project: 'p', domain: 'd', key: 'k' }
      await new CacheEntriesRepository(store.queries).put(key, entry, { updatedBefore: Infinity }, at)
      expect(await retention.isReused(run)).toBe(true)
      expect(await retention.expireShared(at, 10)).toBe(false)
      expect([await retention.expireShared(at + 1, 10), await retention.expireShared(at + 1, 10)]).toEqual([
        true,
        false,
      ])
      expect(await retention.isReused(run)).toBe(false)
    })

    test('cached results expire page by page, those that are young stay', async () => {
      const results = ['a', 'b', 'c'].map((key) => aResult({ key, at: key === 'b' ? at + 1000 : at }))
      await store.engine.commit(aBatch({ results }))
      const position = await retention.expireCached(at + 100, { key: '', project: '', domain: '' }, 2)
      expect(position).toEqual({ key: 'b', project: 'p', domain: 'd' })
      expect(await retention.expireCached(at + 100, position!, 2)).toBeUndefined()
      const found = await Promise.all(['a', 'b', 'c'].map((key) => store.engine.findCached(key)))
      expect(found.map((result) => result !== undefined)).toEqual([false, true, false])
    })

    test('one at a time has the turn, until it leaves it or has had it for too long', async () => {
      const take = (holder: string, now: number): Promise<boolean> => retention.takeTurn('t', holder, now, now + 10)
      expect([await take('a', 1), await take('b', 2), await take('a', 3)]).toEqual([true, false, true])
      expect([await take('b', 12), await take('b', 13), await take('a', 14)]).toEqual([false, true, false])
      await retention.leaveTurn('t', 'a')
      expect(await take('a', 15)).toBe(false)
      await retention.leaveTurn('t', 'b')
      expect(await take('a', 15)).toBe(true)
    })
  })
}

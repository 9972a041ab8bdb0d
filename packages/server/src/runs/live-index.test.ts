import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommittedChanges } from '../engine/change-feed.ts'
import { ActionNodesRepository } from '../store/action-nodes-repository.ts'
import type { Store } from '../store/store.ts'
import { aBatch, aChild, aRoot, aRunRecord, aSpecRow } from '../store/test/records.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { type LiveIndex, LiveIndexes, type LiveIndexesOptions } from './live-index.ts'

let database: FreshDatabase
let store: Store
let feed: CommittedChanges
let indexes: LiveIndexes
beforeEach(async () => {
  database = await testDatabase.fresh()
  store = await database.open()
  feed = new CommittedChanges()
  indexes = open()
  await store.engine.commit(
    aBatch({
      specs: [aSpecRow()],
      runs: [1, 2, 3].map((id) => aRunRecord({ id, name: `r${id}` })),
      created: [aRoot(1), aChild(1, 1), aChild(1, 2), aRoot(2), aRoot(3)],
    }),
  )
})
afterEach(async () => {
  indexes.close()
  await store.close()
  await database.remove()
})

function open(options: Partial<LiveIndexesOptions> = {}): LiveIndexes {
  return new LiveIndexes({ feed, nodes: new ActionNodesRepository(store.queries), ...options })
}

/** Waits until an index is as wanted, looking after each change. */
async function until(live: LiveIndex, holds: () => boolean): Promise<void> {
  const done = Promise.withResolvers<void>()
  const check = (): void => {
    if (holds()) done.resolve()
  }
  const unsubscribe = live.subscribe(check)
  check()
  await done.promise
  unsubscribe()
}

const succeeded = (seq: number) => {
  const action = seq === 0 ? aRoot(1) : aChild(1, seq)
  const updatedAt = action.createdAt + 5
  return { ...action, state: { ...action.state, phase: ActionPhase.SUCCEEDED, updatedAt, endedAt: updatedAt } }
}

describe('a live index', () => {
  test('follows what changes and what is added', async () => {
    const live = indexes.acquire(1)
    await until(live, () => live.isHydrated)
    expect([live.index.size, live.knownTotal]).toEqual([3, 3])
    await store.engine.commit(aBatch({ created: [aChild(1, 3, { parentSeq: 1 })], changed: [succeeded(2)] }))
    feed.publish({ runId: 1, seq: 3, kind: 'action' })
    feed.publish({ runId: 1, seq: 2, kind: 'action' })
    await until(live, () => live.index.size === 4)
    expect(live.index.countsBelow(0)).toEqual({ [ActionPhase.QUEUED]: 2, [ActionPhase.SUCCEEDED]: 1 })
    expect(live.generation).toBe(0)
  })

  test('sees what changes while the page that it is on is read', async () => {
    class SlowNodes extends ActionNodesRepository {
      override async after(runId: number, seq: number, limit: number) {
        const page = await super.after(runId, seq, limit)
        if (seq === 2 && page.length > 0) await change()
        return page
      }
    }
    let changes = 0
    const change = async (): Promise<void> => {
      if (changes++ > 0) return
      await store.engine.commit(aBatch({ changed: [succeeded(3)] }))
      feed.publish({ runId: 1, seq: 3, kind: 'action' })
    }
    indexes = open({ nodes: new SlowNodes(store.queries) })
    const live = indexes.acquire(1)
    await until(live, () => live.isHydrated)
    await store.engine.commit(aBatch({ created: [aChild(1, 3)] }))
    feed.publish({ runId: 1, seq: 3, kind: 'action' })
    await until(live, () => live.index.has(3) && live.index.phaseOf(3) === ActionPhase.SUCCEEDED)
    expect(changes).toBe(2)
  })

  test('reads everything again when it is not known what changed', async () => {
    const live = indexes.acquire(1)
    await until(live, () => live.isHydrated)
    await store.engine.commit(aBatch({ created: [aChild(1, 3)], changed: [succeeded(1)] }))
    feed.publishEverything(1)
    await until(live, () => live.generation === 1 && live.isHydrated)
    expect(live.index.countsBelow(0)).toEqual({ [ActionPhase.QUEUED]: 2, [ActionPhase.SUCCEEDED]: 1 })
  })

  test('holds no more actions than it may, and knows that there are more', async () => {
    indexes = open({ maxActions: 2 })
    const live = indexes.acquire(1)
    await until(live, () => live.isHydrated)
    expect([live.index.size, live.knownTotal, live.isCut]).toEqual([2, 3, true])
    await store.engine.commit(aBatch({ created: [aChild(1, 3)], changed: [succeeded(2), succeeded(1)] }))
    for (const seq of [3, 2, 1]) feed.publish({ runId: 1, seq, kind: 'action' })
    await until(live, () => live.index.phaseOf(1) === ActionPhase.SUCCEEDED && live.knownTotal === 4)
    expect(live.index.size).toBe(2)
  })

  test('says why it cannot go on', async () => {
    await store.close()
    const live = indexes.acquire(1)
    await until(live, () => live.failure !== undefined)
    expect(indexes.acquire(1)).not.toBe(live)
    store = await database.open()
  })
})

describe('indexes', () => {
  test('are shared by those who watch one run, and kept for the next', () => {
    const [first, second] = [indexes.acquire(1), indexes.acquire(1)]
    expect(second).toBe(first)
    indexes.release(1, first)
    indexes.release(1, second)
    expect(indexes.acquire(1)).toBe(first)
  })

  test('that nobody watches are few, those watched last', () => {
    indexes = open({ maxIdle: 1 })
    const used = indexes.acquire(3)
    const [first, second] = [indexes.acquire(1), indexes.acquire(2)]
    indexes.release(2, second)
    indexes.release(1, first)
    expect(indexes.size).toBe(2)
    expect(indexes.acquire(1)).toBe(first)
    expect(indexes.acquire(3)).toBe(used)
    expect(indexes.acquire(2)).not.toBe(second)
  })

  test('are forgotten after a while', async () => {
    indexes = open({ idleMs: 1 })
    const live = indexes.acquire(1)
    indexes.release(1, live)
    await expect.poll(() => indexes.size).toBe(0)
  })
})

import { systemClock } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CommittedChanges } from '../engine/change-feed.ts'
import { createRepositories, type Repositories } from '../store/repositories.ts'
import type { Store } from '../store/store.ts'
import { aBatch, aRoot, aRunRecord, aSpecRow } from '../store/test/records.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { watchRuns } from './watch-runs.ts'

let database: FreshDatabase
let store: Store
let repositories: Repositories
beforeEach(async () => {
  database = await testDatabase.fresh()
  store = await database.open()
  repositories = createRepositories(store.queries)
})
afterEach(async () => {
  await store.close()
  await database.remove()
})

test('when it is not known what changed, old runs that did are told too', async () => {
  const count = 300
  const roots = Array.from({ length: count }, (_, i) => aRoot(i + 1))
  const runs = roots.map(({ runId }) => aRunRecord({ id: runId, name: `r${runId}` }))
  await store.engine.commit(aBatch({ specs: [aSpecRow()], runs, created: roots }))
  const feed = new CommittedChanges()
  const stop = new AbortController()
  const seen = new Map<number, ActionPhase>()
  const watched = watchRuns({
    feed,
    runs: repositories.runs,
    scope: { project: 'p', domain: 'd' },
    clock: systemClock,
    signal: stop.signal,
  })
  for await (const page of watched) {
    for (const { id, phase } of page) seen.set(id, phase)
    if (seen.get(250) === ActionPhase.SUCCEEDED) stop.abort()
    if (seen.size !== 100) continue
    expect(seen.has(1)).toBe(false)
    const ended = roots.slice(0, 250).map((root) => {
      const at = Date.now()
      return { ...root, state: { ...root.state, phase: ActionPhase.SUCCEEDED, updatedAt: at, endedAt: at } }
    })
    await store.engine.commit(aBatch({ changed: ended }))
    feed.publishEverything('all')
  }
  expect(seen.get(1)).toBe(ActionPhase.SUCCEEDED)
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { LaunchPlanPlacesRepository } from './launch-plan-places-repository.ts'
import type { Store } from './store.ts'
import { aBatch, aRoot, aRunRecord, aSpecRow, anEnd } from './test/records.ts'
import { type FreshDatabase, testDatabase } from './test/test-databases.ts'

let database: FreshDatabase
let store: Store
let places: LaunchPlanPlacesRepository
beforeEach(async () => {
  database = await testDatabase.fresh()
  store = await database.open()
  places = new LaunchPlanPlacesRepository(store.queries)
})
afterEach(async () => {
  await store.close()
  await database.remove()
})

const now = 1_000_000
const asked = (run: string, maxRuns = 1, at = now) => ({
  run: { project: 'p', domain: 'd', run },
  plan: 'nightly',
  maxRuns,
  now: at,
})

/** A live run of the plan. */
async function aRunOf(name: string, queueLimit: number | null = null): Promise<number> {
  const id = await store.engine.newRunId()
  const launchPlan = { name: 'nightly', version: 'v1', queueLimit }
  const runs = [aRunRecord({ id, name, launchPlan })]
  await store.engine.commit(aBatch({ specs: [aSpecRow()], runs, created: [aRoot(id)] }))
  return id
}

async function end(id: number): Promise<void> {
  await store.engine.commit(aBatch({ changed: [anEnd(aRoot(id), 5)] }))
}

test('a place is kept for a run that is being made, and forgotten when it never was', async () => {
  expect(await places.take(asked('r1'))).toMatchObject({ isTaken: true })
  expect(await places.take(asked('r1'))).toMatchObject({ isTaken: true })
  expect(await places.take(asked('r2'))).toEqual({ isTaken: false, busy: 1, others: [], ahead: 0 })
  expect(await places.take(asked('r2', 1, now + 119_000))).toMatchObject({ isTaken: false })
  expect(await places.take(asked('r2', 1, now + 121_000))).toMatchObject({ isTaken: true })
})

test('a place is free when its run has ended, however long ago it began', async () => {
  await places.take(asked('r1'))
  const id = await aRunOf('r1')
  expect(await places.take(asked('r2', 1, now + 10 * 60_000))).toMatchObject({ isTaken: false, others: ['r1'] })
  await end(id)
  expect(await places.take(asked('r2'))).toMatchObject({ isTaken: true })
})

test('a place is given back, but for that of a run that is there', async () => {
  await places.take(asked('r1'))
  await places.giveBack(asked('r1'))
  await places.take(asked('r2'))
  await aRunOf('r2')
  await places.giveBack(asked('r2'))
  expect(await places.take(asked('r3'))).toMatchObject({ isTaken: false })
})

test('runs that wait come one after the other, and do not count while they do', async () => {
  const first = await aRunOf('r1')
  for (const run of ['r2', 'r3']) await aRunOf(run, 1)
  expect(await places.takeInTurn(asked('r2'))).toEqual({ isTaken: false, busy: 1, others: ['r1'], ahead: 0 })
  expect(await places.takeInTurn(asked('r3', 5))).toEqual({ isTaken: false, busy: 1, others: ['r1'], ahead: 1 })
  expect(await places.take(asked('r4', 2))).toMatchObject({ isTaken: true })
  await places.giveBack(asked('r4'))
  await end(first)
  expect(await places.takeInTurn(asked('r3', 5))).toMatchObject({ isTaken: false, ahead: 1 })
  expect(await places.takeInTurn(asked('r2'))).toMatchObject({ isTaken: true })
  expect(await places.takeInTurn(asked('r3', 5))).toMatchObject({ isTaken: true, busy: 1 })
})

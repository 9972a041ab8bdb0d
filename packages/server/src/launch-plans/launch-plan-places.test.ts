import { systemClock } from '@tern/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PlanFullError } from '../engine/run-places.ts'
import { LaunchPlanPlacesRepository } from '../store/launch-plan-places-repository.ts'
import type { Store } from '../store/store.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { LaunchPlanPlaces } from './launch-plan-places.ts'

let database: FreshDatabase
let store: Store
beforeEach(async () => {
  database = await testDatabase.fresh()
  store = await database.open()
})
afterEach(async () => {
  await store.close()
  await database.remove()
})

const plan = { name: 'nightly', version: 'v1', queueLimit: null }
const keyOf = (run: string) => ({ project: 'p', domain: 'd', run })

/** A database that is away now and then when places are given back. */
class Away extends LaunchPlanPlacesRepository {
  isAway = false

  override giveBack(request: Parameters<LaunchPlanPlacesRepository['giveBack']>[0]): Promise<void> {
    return this.isAway ? Promise.reject(new Error('away')) : super.giveBack(request)
  }
}

test('a place of a run that could not be made is given back, though the database is away for a while', async () => {
  const repository = new Away(store.queries)
  const places = new LaunchPlanPlaces({ repository, clock: systemClock, server: store.servers?.id })
  await places.take(keyOf('r1'), plan, 1)
  repository.isAway = true
  await places.giveBack(keyOf('r1'), plan)
  await expect(places.take(keyOf('r2'), plan, 1)).rejects.toThrow(PlanFullError)
  repository.isAway = false
  // The run is asked for again meanwhile: it has no place that is about to be given back.
  await places.take(keyOf('r1'), plan, 1)
  await expect(places.take(keyOf('r2'), plan, 1)).rejects.toThrow(PlanFullError)
  await places.giveBack(keyOf('r1'), plan)
  await places.take(keyOf('r2'), plan, 1)
})

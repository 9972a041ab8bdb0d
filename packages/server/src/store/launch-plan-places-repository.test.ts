import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LaunchPlanPlacesRepository } from './launch-plan-places-repository.ts'
import { RetentionRepository } from './retention-repository.ts'
import type { Store } from './store.ts'
import { aBatch, aRoot, aRunRecord, aSpecRow, anEnd } from './test/records.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

for (const kind of testDatabases) {
  describe.skipIf(!kind.isAvailable)(`places of launch plans on ${kind.name}`, () => {
    let database: FreshDatabase
    let store: Store
    let server: number
    let places: LaunchPlanPlacesRepository
    beforeEach(async () => {
      database = await kind.fresh()
      store = await database.open()
      server = store.servers?.id ?? 0
      places = new LaunchPlanPlacesRepository(store.queries)
    })
    afterEach(async () => {
      await store.close()
      await database.remove()
    })

    const now = 1_000_000
    // No server has this number any more.
    const gone = 1_000_000
    const asked = (run: string, maxRuns = 1, at = now) => ({
      run: { project: 'p', domain: 'd', run },
      plan: 'nightly',
      maxRuns,
      server,
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

    test('a place is kept for a run that is being made, however long that takes', async () => {
      expect(await places.take(asked('r1'))).toMatchObject({ isTaken: true })
      expect(await places.take(asked('r1'))).toMatchObject({ isTaken: true })
      expect(await places.take(asked('r2'))).toEqual({ isTaken: false, busy: 1, others: [], ahead: 0 })
      expect(await places.take(asked('r2', 1, now + 10 * 60_000))).toMatchObject({ isTaken: false })
    })

    test('a place without a run is free when the server begins again, and one with a run is not', async () => {
      await places.take(asked('lost'))
      await places.begin(server)
      expect(await places.take(asked('r1'))).toMatchObject({ isTaken: true })
      await aRunOf('r1')
      await places.begin(server)
      expect(await places.take(asked('r2'))).toMatchObject({ isTaken: false, others: ['r1'] })
    })

    test('a place without a run, of a server that is gone, is free for those who ask next, waiting or not', async () => {
      await places.take({ ...asked('lost'), server: gone })
      expect(await places.take(asked('r1'))).toMatchObject({ isTaken: true })
      await places.giveBack(asked('r1'))
      await places.take({ ...asked('lost'), server: gone })
      await aRunOf('r2', 1)
      expect(await places.takeInTurn(asked('r2'))).toMatchObject({ isTaken: true })
    })

    test('a place of a run that was taken over from a server that is gone stays taken', async () => {
      await places.take({ ...asked('r1'), server: gone })
      await aRunOf('r1')
      await places.begin(server)
      expect(await places.take(asked('r2'))).toMatchObject({ isTaken: false, others: ['r1'] })
    })

    test('a place is of the server that asked for it last, and is given back by no other', async () => {
      await places.take({ ...asked('r1'), server: gone })
      await places.take(asked('r1'))
      await places.giveBack({ ...asked('r1'), server: gone })
      expect(await places.take(asked('r2'))).toMatchObject({ isTaken: false })
      await places.giveBack(asked('r1'))
      expect(await places.take(asked('r2'))).toMatchObject({ isTaken: true })
    })

    test('a place goes with its run when that is deleted', async () => {
      await places.take(asked('r1'))
      const id = await aRunOf('r1')
      await end(id)
      await aRunOf('newest')
      await new RetentionRepository(store.queries).deleteRuns([id])
      expect(await places.take(asked('r2', 2))).toEqual({ isTaken: true, busy: 1, others: [], ahead: 0 })
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

    test.skipIf(kind.name === 'SQLite')(
      'a place stays until its server is known to be gone, which makes nothing from then on',
      async () => {
        const other = await database.open()
        try {
          const id = other.servers!.id
          await places.take({ ...asked('r1'), server: id })
          expect(await store.servers!.remove(id, false)).toBe(false)
          expect(await places.take(asked('r2'))).toMatchObject({ isTaken: false, busy: 1 })
          expect(await store.servers!.remove(id, true)).toBe(true)
          expect(await places.take(asked('r2'))).toMatchObject({ isTaken: true })
          const runs = [aRunRecord({ id: await other.engine.newRunId(), name: 'r1' })]
          await expect(
            other.engine.commit(aBatch({ specs: [aSpecRow()], runs, created: [aRoot(runs[0]!.id)] })),
          ).rejects.toThrow('taken for dead')
        } finally {
          await other.close()
        }
      },
    )
  })
}

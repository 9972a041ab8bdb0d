import { ActionPhase } from '@tern/idl/common'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { ActionRecord } from '../engine-store.ts'
import type { Store } from '../store.ts'
import { FlakyProxy } from '../test/flaky-proxy.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow } from '../test/records.ts'
import { execute, freshPostgres } from '../test/test-databases.ts'
import { openPostgresStore } from './open-store.ts'

const logger = pino({ level: 'silent' })

describe.skipIf(!inject('hasPostgres'))('the store on Postgres', () => {
  let url: string
  let proxy: FlakyProxy
  let store: Store
  let runId: number

  beforeEach(async () => {
    url = await freshPostgres()
    proxy = await FlakyProxy.start(url)
    store = await openPostgresStore(proxy.url, logger, 1000)
    runId = await store.engine.newRunId()
    const run = aRunRecord({ id: runId, name: 'r1' })
    await store.engine.commit(aBatch({ specs: [aSpecRow()], runs: [run], created: [aRoot(runId)] }))
  })
  afterEach(async () => {
    await store.close()
    await proxy.stop()
  })

  /** Commits, again and again while that fails for the moment, and says how often it failed. */
  async function commit(batch: ReturnType<typeof aBatch>) {
    for (let failures = 0; ; failures++) {
      try {
        return { failures, refused: await store.engine.commit(batch) }
      } catch (error) {
        if (!store.engine.isTransient(error) || failures === 10) throw error
      }
    }
  }

  describe('a commit', () => {
    test('whose answer is lost can be made again, and finds its own rows', async () => {
      const batch = aBatch({ created: [aChild(runId, 1), aChild(runId, 2)], changed: [anEnd(aRoot(runId), 5)] })
      proxy.loseNextAnswer()
      expect(await commit(batch)).toEqual({ failures: 1, refused: [] })
      expect(await store.engine.findAction(runId, 'c2')).toEqual(aChild(runId, 2))
    })

    test('whose answer is lost still finds the names that were taken', async () => {
      await commit(aBatch({ created: [aChild(runId, 1)] }))
      const other = aChild(runId, 2, { name: 'c1' })
      proxy.loseNextAnswer()
      expect(await commit(aBatch({ created: [other, aChild(runId, 3)] }))).toEqual({ failures: 1, refused: [other] })
    })

    test('of a new run whose answer is lost can be made again', async () => {
      const id = await store.engine.newRunId()
      const batch = aBatch({ runs: [aRunRecord({ id, name: 'r2' })], created: [aRoot(id)] })
      proxy.loseNextAnswer()
      expect(await commit(batch)).toEqual({ failures: 1, refused: [] })
    })

    test('that does not arrive can be made again', async () => {
      proxy.loseNextRequest()
      expect(await commit(aBatch({ created: [aChild(runId, 1)] }))).toEqual({ failures: 1, refused: [] })
      expect(await store.engine.findAction(runId, 'c1')).toEqual(aChild(runId, 1))
    })

    test('finds the rows that it changes by their keys, whatever the tables were like before', async () => {
      await commit(aBatch({ created: [aChild(runId, 1)] }))
      await commit(aBatch({ changed: [anEnd(aChild(runId, 1), 5)] }))
      const children = Array.from({ length: 2_000 }, (_, i) => aChild(runId, i + 2))
      await commit(aBatch({ created: children }))
      await commit(aBatch({ changed: children.map((child) => anEnd(child, 5)) }))
      // What a session has counted is there for others when it ends.
      await store.close()
      store = await openPostgresStore(proxy.url, logger, 1000)
      const updated = `select n_tup_upd::int4 as n from pg_stat_user_tables where relname = 'actions'`
      await expect.poll(() => execute(url, updated), { timeout: 20_000 }).toEqual([{ n: 2_001 }])
      const read = `select idx_tup_read::int4 as n from pg_stat_user_indexes where indexrelname = 'actions_name'`
      const [byName] = (await execute(url, read)) as { readonly n: number }[]
      expect(byName?.n).toBeLessThan(20_000)
    })

    test('in several statements is whole or not there, and can be made again', async () => {
      const children = Array.from({ length: 25_000 }, (_, i) => aChild(runId, i + 1))
      proxy.loseNextAnswer()
      expect(await commit(aBatch({ created: children }))).toEqual({ failures: 1, refused: [] })
      expect(await execute(url, 'select count(*)::int4 as n from actions')).toEqual([{ n: 25_001 }])
    })

    test('in several statements leaves nothing behind when one fails', async () => {
      const children = Array.from({ length: 12_000 }, (_, i) => aChild(runId, i + 1))
      const attempt = { runId, seq: 1, attempt: 1, phase: 6, timeline: '', failure: null }
      // Attempts are written by the last statement.
      await execute(url, 'alter table attempts add check (phase <> 6)')
      await expect(commit(aBatch({ created: children, attempts: [attempt] }))).rejects.toThrow(/check constraint/)
      expect(await execute(url, 'select count(*)::int4 as n from actions')).toEqual([{ n: 1 }])
      expect(await commit(aBatch({ created: children }))).toEqual({ failures: 0, refused: [] })
    })

    test('has its actions as they were when it was asked for', async () => {
      const action = { ...aChild(runId, 1) } as { -readonly [Key in keyof ActionRecord]: ActionRecord[Key] }
      const committed = store.engine.commit(aBatch({ created: [action] }))
      action.state = { ...action.state, phase: ActionPhase.RUNNING }
      action.outputs = new Uint8Array([1])
      await committed
      expect(await store.engine.findAction(runId, 'c1')).toEqual(aChild(runId, 1))
    })

    test('works again once the database can be reached again', async () => {
      proxy.goDown()
      const batch = aBatch({ created: [aChild(runId, 1)] })
      await expect(store.engine.commit(batch)).rejects.toSatisfy((error) => store.engine.isTransient(error))
      proxy.comeUp()
      expect((await commit(batch)).refused).toEqual([])
    })

    test('works after an administrator ended all connections', async () => {
      await execute(
        url,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      expect((await commit(aBatch({ created: [aChild(runId, 1)] }))).refused).toEqual([])
    })
  })

  describe('a look-up', () => {
    test('waits until the database can be reached again', async () => {
      proxy.goDown()
      const found = store.engine.findAction(runId, 'a0')
      const cut = store.engine.findRun('p', 'd', 'r1')
      proxy.comeUp()
      expect(await found).toEqual(aRoot(runId))
      expect(await cut).toMatchObject({ id: runId })
    })

    test('ends when the store is closed', async () => {
      proxy.goDown()
      const found = store.engine.findAction(runId, 'a0')
      const failed = expect(found).rejects.toThrow()
      await store.close()
      await failed
      proxy.comeUp()
      store = await openPostgresStore(proxy.url, logger, 5000)
    })

    test('of a repository is unavailable while the database cannot be reached', async () => {
      proxy.goDown()
      const { db } = store.queries
      await expect(db.selectFrom('runs').selectAll().execute()).rejects.toMatchObject({ code: 'unavailable' })
      proxy.comeUp()
      await expect
        .poll(() =>
          db
            .selectFrom('runs')
            .select('name')
            .execute()
            .catch(() => []),
        )
        .toEqual([{ name: 'r1' }])
    })

    test('compares with numbers that no column can hold', async () => {
      const query = store.queries.db.selectFrom('actions').select('name')
      expect(await query.where('attempt', '<', 999_999_999_999_999).execute()).toEqual([{ name: 'a0' }])
      expect(await query.where('attempt', '=', -999_999_999_999_999).execute()).toEqual([])
    })

    test('compares with texts that no column can hold', async () => {
      const query = store.queries.db.selectFrom('runs').select('name')
      expect(await query.where('name', '=', 'r\0').execute()).toEqual([])
    })
  })

  describe('a name of a run', () => {
    /** A batch with a new run, a child of another run, and a new spec. */
    async function aRival(name: string) {
      const id = await store.engine.newRunId()
      const specs = [aSpecRow({ digest: `of ${name}` })]
      const created = [aRoot(id), aChild(runId, 1)]
      return aBatch({ specs, runs: [aRunRecord({ id, name, requestDigest: 'other' })], created })
    }

    test('that another server took is refused, and the rest of the batch is committed', async () => {
      const rival = await aRival('r1')
      expect(await commit(rival)).toEqual({ failures: 0, refused: [rival.created[0]] })
      expect(await store.engine.findRun('p', 'd', 'r1')).toMatchObject({ id: runId, requestDigest: 'request' })
      expect(await store.engine.findAction(runId, 'c1')).toEqual(aChild(runId, 1))
      expect(await store.engine.findAction(rival.runs[0]!.id, 'a0')).toBeUndefined()
      expect(await store.engine.findSpec('of r1')).toBeDefined()
    })

    test('that another server took is refused again when the answer was lost', async () => {
      const rival = await aRival('r1')
      await commit(rival)
      expect((await commit(rival)).refused).toEqual([rival.created[0]])
    })

    test('that two servers take at the same time is one of theirs', async () => {
      const other = await openPostgresStore(url, logger)
      for (let round = 0; round < 10; round++) {
        const name = `same ${round}`
        const ours = await aRival(name)
        const id = await other.engine.newRunId()
        const theirs = aBatch({ runs: [aRunRecord({ id, name })], created: [aRoot(id)] })
        const refused = await Promise.all([commit(ours), other.engine.commit(theirs)])
        const roots = [refused[0].refused, refused[1]].flat().filter((action) => action.name === 'a0')
        expect(roots).toHaveLength(1)
        const found = await store.engine.findRun('p', 'd', name)
        expect([ours.runs[0]!.id, id].filter((candidate) => candidate !== roots[0]!.runId)).toEqual([found?.id])
      }
      await other.close()
    })
  })

  test('updates actions by their keys, however few rows the planner believes there to be', async () => {
    const children = Array.from({ length: 3000 }, (_, i) => aChild(runId, i + 1))
    await commit(aBatch({ created: children }))
    await execute(url, 'select pg_stat_reset()')
    await commit(aBatch({ changed: children.map((child) => anEnd(child, ActionPhase.SUCCEEDED)) }))
    // Sessions report what they did when they end.
    await store.close()
    const counts = `select n_tup_upd::int4 as updated, seq_tup_read::int4 as walked_over
      from pg_stat_user_tables where relname = 'actions'`
    await expect.poll(() => execute(url, counts), { timeout: 20_000 }).toEqual([{ updated: 3000, walked_over: 0 }])
    store = await openPostgresStore(proxy.url, logger)
  })
})

import { create } from '@bufbuild/protobuf'
import { ActionPhase, Filter_Function, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRepositories, type Repositories } from './repositories.ts'
import type { Store } from './store.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow, at } from './test/records.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

const size = 11_000
const { SUCCEEDED, FAILED, RUNNING } = ActionPhase
// Texts that UTF-16 and code points order differently.
const groups = ['b', '\u{1f600}', '\uff5e', null]

/** The actions of a run, many more than are sorted for each page. */
function actionsOf(runId: number) {
  return Array.from({ length: size }, (_, seq) => {
    const action = seq === 0 ? aRoot(runId) : aChild(runId, seq, { group: groups[(seq * 7) % 4]! })
    const ended = anEnd(action, seq > 0 && seq % 3 === 0 ? FAILED : SUCCEEDED)
    return { ...ended, state: { ...ended.state, endedAt: at + ((seq * 7919) % 1000) } }
  })
}

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`the actions of a large run on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let repositories: Repositories

    beforeAll(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      const [ended, live] = [actionsOf(1), actionsOf(2)]
      const going = live.map((action) =>
        action.seq === 0 ? { ...action, state: { ...action.state, phase: RUNNING, endedAt: null } } : action,
      )
      const runs = [1, 2].map((id) => aRunRecord({ id, name: `r${id}` }))
      await store.engine.commit(aBatch({ specs: [aSpecRow()], runs, created: [...ended, ...going] }))
      repositories = createRepositories(store.queries)
    })
    afterAll(async () => {
      await store.close()
      await fresh.remove()
    })

    async function listAll(
      runId: number,
      key: string,
      direction: Sort_Direction,
      onlyFailed = false,
    ): Promise<number[]> {
      const filters = onlyFailed ? [{ field: 'phase', function: Filter_Function.EQUAL, values: ['FAILED'] }] : []
      const seen: number[] = []
      for (let token = ''; ; ) {
        const request = create(ListRequestSchema, { sortByFields: [{ key, direction }], filters, limit: 200, token })
        const page = await repositories.actions.list(runId, request)
        seen.push(...page.items.map(({ seq }) => seq))
        token = page.token
        if (token === '') return seen
      }
    }

    test('are listed in the same order once it has ended as while it goes on', async () => {
      for (const [key, direction] of [
        ['group', Sort_Direction.ASCENDING],
        ['ended_at', Sort_Direction.DESCENDING],
      ] as const) {
        const ended = await listAll(1, key, direction)
        expect(new Set(ended).size).toBe(size)
        const root = (seq: number) => seq !== 0
        expect(ended.filter(root)).toEqual((await listAll(2, key, direction)).filter(root))
      }
    })

    test('are filtered before they are ordered', async () => {
      const failed = await listAll(1, 'ended_at', Sort_Direction.ASCENDING, true)
      const expected = actionsOf(1)
        .filter(({ state }) => state.phase === FAILED)
        .sort((a, b) => a.state.endedAt - b.state.endedAt || a.seq - b.seq)
      expect(failed).toEqual(expected.map(({ seq }) => seq))
    })

    test('include one that was added since they were ordered', async () => {
      const before = await listAll(1, 'attempts', Sort_Direction.ASCENDING)
      await store.engine.commit(aBatch({ created: [anEnd(aChild(1, size), SUCCEEDED)] }))
      const after = await listAll(1, 'attempts', Sort_Direction.ASCENDING)
      expect(after).toEqual([...before, size])
    })
  })
}

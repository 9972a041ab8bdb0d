import { create } from '@bufbuild/protobuf'
import { compareText } from '@tern/core'
import { ActionPhase, Filter_Function, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ActionRecord } from './engine-store.ts'
import { createRepositories, type Repositories } from './repositories.ts'
import type { Store } from './store.ts'
import { aBatch, aChild, anEnd, aRoot, aRunRecord, aSpecRow, at } from './test/records.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

// Too many to be sorted for each page.
const size = 10_500
const { SUCCEEDED, FAILED } = ActionPhase
// Texts that UTF-16 and code points order differently.
const groups = ['b', '\u{1f600}', '\uff5e', null]

const actions: ReadonlyArray<ActionRecord> = Array.from({ length: size }, (_, seq) => {
  const action = seq === 0 ? aRoot(1) : aChild(1, seq, { group: groups[(seq * 7) % 4]! })
  const ended = anEnd(action, seq % 3 === 1 ? FAILED : SUCCEEDED)
  return { ...ended, state: { ...ended.state, endedAt: at + ((seq * 7919) % 1000) } }
})

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`the actions of a large run on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let repositories: Repositories

    beforeAll(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      await store.engine.commit(
        aBatch({ specs: [aSpecRow()], runs: [aRunRecord({ id: 1, name: 'r' })], created: actions }),
      )
      repositories = createRepositories(store.queries)
    })
    afterAll(async () => {
      await store.close()
      await fresh.remove()
    })

    /** Every action, by the largest pages: the first comes from the database, the last from an order made meanwhile. */
    async function listAll(key: string, direction: Sort_Direction, onlyFailed = false): Promise<number[]> {
      const filters = onlyFailed ? [{ field: 'phase', function: Filter_Function.EQUAL, values: ['FAILED'] }] : []
      const seen: number[] = []
      for (let token = ''; ; ) {
        const request = create(ListRequestSchema, { sortByFields: [{ key, direction }], filters, limit: 200, token })
        const page = await repositories.actions.list(1, request)
        seen.push(...page.items.map(({ seq }) => seq))
        token = page.token
        if (token === '') return seen
      }
    }

    test('are listed in order, texts by their code points', async () => {
      const group = (action: ActionRecord) => action.group ?? '\u{10ffff}'
      const expected = actions.toSorted((a, b) => compareText(group(a), group(b)) || a.seq - b.seq)
      expect(await listAll('group', Sort_Direction.ASCENDING)).toEqual(expected.map(({ seq }) => seq))
    })

    test('are filtered before they are ordered', async () => {
      const failed = actions.filter(({ state }) => state.phase === FAILED)
      const end = ({ state }: ActionRecord) => state.endedAt ?? 0
      const expected = failed.toSorted((a, b) => end(b) - end(a) || b.seq - a.seq)
      expect(await listAll('ended_at', Sort_Direction.DESCENDING, true)).toEqual(expected.map(({ seq }) => seq))
    })

    test('include one that was added since they were ordered', async () => {
      const before = await listAll('attempts', Sort_Direction.ASCENDING)
      await store.engine.commit(aBatch({ created: [anEnd(aChild(1, size), SUCCEEDED)] }))
      expect(await listAll('attempts', Sort_Direction.ASCENDING)).toEqual([...before, size])
    })
  })
}

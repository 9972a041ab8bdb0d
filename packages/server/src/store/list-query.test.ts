import { create } from '@bufbuild/protobuf'
import { Filter_Function, type ListRequest, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodePageToken, encodePageToken } from './page-token.ts'
import { createRepositories, type Repositories } from './repositories.ts'
import type { Store } from './store.ts'
import { aBatch, aChild, aSpecRow } from './test/records.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

// Times that tie, and ends that are missing: what a page's last row must still lead on from.
const rows = Array.from({ length: 23 }, (_, i) => ({
  seq: i,
  phase: 1 + (i % 4),
  updatedAt: 1000 + Math.floor(i / 5),
  endedAt: i % 3 === 0 ? null : 2000 - i,
  group: i % 2 === 0 ? null : `100%_${i % 4}`,
}))

const { ASCENDING, DESCENDING } = Sort_Direction

const sortBy = (key: string, direction: Sort_Direction) =>
  ({ $typeName: 'flyteidl2.common.Sort', key, direction }) as const

const filterBy = (field: string, fn: Filter_Function, ...values: string[]) =>
  ({ $typeName: 'flyteidl2.common.Filter', field, function: fn, values }) as const

for (const database of testDatabases) {
  describe.skipIf(!database.isAvailable)(`lists on ${database.name}`, () => {
    let fresh: FreshDatabase
    let store: Store
    let repositories: Repositories

    beforeAll(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      const created = rows.map(({ seq, phase, group, updatedAt, endedAt }) => {
        const child = aChild(1, seq, { parentSeq: null, group, createdAt: 1000 })
        return { ...child, state: { ...child.state, phase, updatedAt, endedAt } }
      })
      await store.engine.commit(aBatch({ specs: [aSpecRow()], created }))
      repositories = createRepositories(store.queries)
    })
    afterAll(async () => {
      await store.close()
      await fresh.remove()
    })

    /** Every row, by pages of four. */
    async function listAll(request: Partial<Pick<ListRequest, 'filters' | 'sortByFields'>>): Promise<number[]> {
      const seen: number[] = []
      for (let token = ''; ; ) {
        const page = await repositories.actions.list(1, create(ListRequestSchema, { ...request, limit: 4, token }))
        seen.push(...page.items.map(({ seq }) => seq))
        token = page.token
        if (token === '') return seen
      }
    }

    describe('pages', () => {
      for (const key of ['name', 'phase', 'updated_at', 'ended_at', 'group', 'created_at', 'duration_ms']) {
        for (const direction of [ASCENDING, DESCENDING]) {
          test(`lead through all rows once, by ${key} ${direction === ASCENDING ? 'ascending' : 'descending'}`, async () => {
            const seen = await listAll({ sortByFields: [sortBy(key, direction)] })
            expect([...seen].sort((a, b) => a - b)).toEqual(rows.map(({ seq }) => seq))
          })
        }
      }

      test('are in the order asked for, ties in order of creation', async () => {
        const sortByFields = [sortBy('phase', DESCENDING), sortBy('updated_at', ASCENDING)]
        const expected = [...rows].sort((a, b) => b.phase - a.phase || a.updatedAt - b.updatedAt || a.seq - b.seq)
        expect(await listAll({ sortByFields })).toEqual(expected.map(({ seq }) => seq))
      })

      test('have rows without a value last when ascending, first when descending', async () => {
        const up = await listAll({ sortByFields: [sortBy('ended_at', ASCENDING)] })
        const down = await listAll({ sortByFields: [sortBy('ended_at', DESCENDING)] })
        const missing = rows.filter(({ endedAt }) => endedAt === null).map(({ seq }) => seq)
        expect(up.slice(-missing.length).sort((a, b) => a - b)).toEqual(missing)
        expect(down.slice(0, missing.length).sort((a, b) => a - b)).toEqual(missing)
      })

      test('have a token only if there is more', async () => {
        const page = await repositories.actions.list(1, create(ListRequestSchema, { limit: rows.length }))
        expect([page.items.length, page.token]).toEqual([rows.length, ''])
      })
    })

    describe('filters', () => {
      test('compare values that are there', async () => {
        const ended = await listAll({ filters: [filterBy('ended_at', Filter_Function.GREATER_THAN, '1990')] })
        expect(ended).toEqual(rows.filter((row) => (row.endedAt ?? 0) > 1990).map(({ seq }) => seq))
      })

      test('take what patterns are made of for itself', async () => {
        const odd = rows.filter(({ group }) => group !== null).map(({ seq }) => seq)
        expect(await listAll({ filters: [filterBy('group', Filter_Function.CONTAINS, '0%_')] })).toEqual(odd)
        expect(await listAll({ filters: [filterBy('group', Filter_Function.CONTAINS, '%%')] })).toEqual([])
        const threes = rows.filter(({ group }) => group === '100%_3').map(({ seq }) => seq)
        expect(await listAll({ filters: [filterBy('group', Filter_Function.ENDS_WITH, '%_3')] })).toEqual(threes)
        expect(await listAll({ filters: [filterBy('group', Filter_Function.ENDS_WITH, `x${'100%_3'}`)] })).toEqual([])
        const others = odd.filter((seq) => !threes.includes(seq))
        expect(await listAll({ filters: [filterBy('group', Filter_Function.NOT_ENDS_WITH, '_3')] })).toEqual(others)
      })

      test('take enum values by number and by name', async () => {
        const queued = rows.filter(({ phase }) => phase === 1).map(({ seq }) => seq)
        for (const value of ['1', 'QUEUED', 'ACTION_PHASE_QUEUED']) {
          expect(await listAll({ filters: [filterBy('phase', Filter_Function.VALUE_IN, value)] })).toEqual(queued)
        }
      })

      test('are data, never SQL', async () => {
        const injected = `' or 1 = 1 --`
        expect(await listAll({ filters: [filterBy('name', Filter_Function.EQUAL, injected)] })).toEqual([])
        const field = filterBy('name" or 1=1 --', Filter_Function.EQUAL, 'x')
        await expect(listAll({ filters: [field] })).rejects.toMatchObject({ code: 'invalid_argument' })
        const proto = filterBy('constructor', Filter_Function.EQUAL, 'x')
        await expect(listAll({ filters: [proto] })).rejects.toMatchObject({ code: 'invalid_argument' })
      })
    })

    describe('a token', () => {
      test('is refused when the order has changed', async () => {
        const first = await repositories.actions.list(1, create(ListRequestSchema, { limit: 4 }))
        const request = { limit: 4, token: first.token, sortByFields: [sortBy('phase', ASCENDING)] }
        const second = repositories.actions.list(1, create(ListRequestSchema, request))
        await expect(second).rejects.toMatchObject({ code: 'invalid_argument' })
      })

      test('that was tampered with is refused, or leads to a page', async () => {
        const request = { limit: 4, sortByFields: [sortBy('updated_at', ASCENDING)] }
        const { token } = await repositories.actions.list(1, create(ListRequestSchema, request))
        const [digest] = JSON.parse(Buffer.from(token, 'base64url').toString())
        for (const key of [
          ['x', 'y'],
          [1e300, -1],
          ['', 0],
          [0.5, 0.5],
          ['9'.repeat(40), 1],
        ]) {
          const forged = Buffer.from(JSON.stringify([digest, ...key])).toString('base64url')
          const page = repositories.actions.list(1, create(ListRequestSchema, { ...request, token: forged }))
          const { code } = await page.then(
            () => ({ code: 'a page' }),
            (error: { code: string }) => error,
          )
          expect(['a page', 'invalid_argument']).toContain(code)
        }
      })
    })
  })
}

describe('a token', () => {
  test('is read back by the query that it was made for', () => {
    expect(decodePageToken('runs', encodePageToken('runs', ['a', 2]))).toEqual(['a', 2])
  })

  test('is refused by another query, and when it is none', () => {
    const refused = { code: 'invalid_argument' }
    expect(() => decodePageToken('tasks', encodePageToken('runs', ['a']))).toThrow(expect.objectContaining(refused))
    const [digest] = JSON.parse(Buffer.from(encodePageToken('runs', ['a', 2]), 'base64url').toString()) as string[]
    const tampered = Buffer.from(JSON.stringify([digest, 'a', 'two'])).toString('base64url')
    for (const token of [tampered, 'x', '42', 'bnVsbA', Buffer.from('[{}]').toString('base64url')]) {
      expect(() => decodePageToken('runs', token)).toThrow(expect.objectContaining(refused))
    }
  })
})

import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CacheEntriesRepository } from '../store/cache-entries-repository.ts'
import type { Store } from '../store/store.ts'
import { storedRows } from '../store/test/stored-rows.ts'
import { type FreshDatabase, testDatabase } from '../store/test/test-databases.ts'
import { ResultTurns } from './result-turns.ts'

const leaseMs = 60_000

let fresh: FreshDatabase
let store: Store
let now: number
let a: ResultTurns
let b: ResultTurns

beforeEach(async () => {
  fresh = await testDatabase.fresh()
  store = await fresh.open()
  now = 1_000_000
  ;[a, b] = [server('a'), server('b')]
})
afterEach(async () => {
  await Promise.all([a.stop(), b.stop()])
  await store.close()
  await fresh.remove()
})

function server(owner: string): ResultTurns {
  const repository = new CacheEntriesRepository(store.queries)
  return new ResultTurns({ repository, owner, clock: { now: () => now }, logger: pino({ level: 'silent' }), leaseMs })
}

test('one server has the turn, for as long as it keeps it', async () => {
  expect([await a.take('k'), await b.take('k'), await a.take('k'), await b.take('other')]).toEqual([
    true,
    false,
    true,
    true,
  ])
  a.give('k')
  // Given back and taken again, in this order.
  expect(await a.take('k')).toBe(true)
  b.give('k')
  expect(await b.take('k')).toBe(false)
  await a.stop()
  expect(await b.take('k')).toBe(true)
})

test('the turn of a server that is gone ends by itself', async () => {
  await a.take('k')
  now += leaseMs - 1
  expect(await b.take('k')).toBe(false)
  now += 1
  expect(await b.take('k')).toBe(true)
  expect(await a.take('k')).toBe(false)
})

test('a database that does not answer keeps nobody from computing', async () => {
  await storedRows.dropTable(store.queries, 'cache_reservations')
  expect([await a.take('k'), await b.take('k')]).toEqual([true, true])
})

test('a server that stops keeps no turn, whenever it asked for it', async () => {
  const before = a.take('k')
  // So that the database has been asked.
  await Promise.resolve()
  const stopped = a.stop()
  expect(await a.take('other')).toBe(false)
  await Promise.all([before, stopped])
  expect([await b.take('k'), await b.take('other')]).toEqual([true, true])
})

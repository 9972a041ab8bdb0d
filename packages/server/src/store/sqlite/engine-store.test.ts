import { mkdtempSync, rmSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from './database.ts'
import { SqliteEngineStore } from './engine-store.ts'

let folder: string
let database: DatabaseSync

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-engine-store-'))
  database = openDatabase(folder)
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

/** A store whose look-ups fail so often, with an SQLite result code. */
function failing(times: number, errcode: number): SqliteEngineStore {
  // The constructor has a look-up of its own.
  let left = 0
  const flaky = (statement: StatementSync): StatementSync => {
    const find = statement.get.bind(statement) as (...values: unknown[]) => unknown
    const get = (...values: unknown[]): unknown => {
      if (left-- > 0) throw Object.assign(new Error('not now'), { errcode })
      return find(...values)
    }
    return Object.assign(statement, { get })
  }
  const prepare = database.prepare.bind(database)
  database.prepare = (text) => flaky(prepare(text))
  const store = new SqliteEngineStore(database)
  left = times
  return store
}

const busy = 5
const corrupt = 11

test('look-ups are made again while the database is busy', async () => {
  expect(await failing(3, busy).findRun('p', 'd', 'r')).toBeUndefined()
  expect(await failing(3, busy).findAction(1, 'a0')).toBeUndefined()
  expect(await failing(3, busy).findSpec('digest')).toBeUndefined()
  expect(await failing(3, busy).findInputs(1, 0)).toBeNull()
  expect(await failing(3, busy).findCached('key')).toBeUndefined()
})

test('what does not pass is told at once', async () => {
  await expect(failing(1, corrupt).findSpec('digest')).rejects.toThrow('not now')
})

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { pino } from 'pino'
import { inject } from 'vitest'
import { openPostgresStore } from '../postgres/open-store.ts'
import { openSqliteStore } from '../sqlite/open-store.ts'
import type { Store } from '../store.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the address of a Postgres, which it starts when it is first asked. */
    postgresStarter: string
    /** False where there is no Postgres to start, which is an error in CI. */
    hasPostgres: boolean
  }
}

/** An empty database of its own for one test or one suite. */
export interface FreshDatabase {
  /** Opens the store. The one opened before must be closed. */
  open(): Promise<Store>
  /** Deletes the database. Its store must be closed. */
  remove(): Promise<void>
}

/** A kind of database that the store works on. */
export interface TestDatabase {
  readonly name: string
  /** False where tests cannot have one: they are skipped. */
  readonly isAvailable: boolean
  fresh(): Promise<FreshDatabase>
}

const sqlite: TestDatabase = {
  name: 'SQLite',
  isAvailable: true,
  async fresh() {
    const folder = mkdtempSync(join(tmpdir(), 'tern-store-'))
    return {
      open: async () => openSqliteStore(folder),
      remove: async () => rmSync(folder, { recursive: true }),
    }
  },
}

const postgres: TestDatabase = {
  name: 'Postgres',
  get isAvailable() {
    return inject('hasPostgres')
  },
  async fresh() {
    const url = await freshPostgres()
    return {
      open: () => openPostgresStore(url, pino({ level: 'silent' })),
      // The server goes at the end of the test run, and with it all of its databases.
      async remove() {},
    }
  },
}

/** All of them, for suites of behaviour that no database may differ in. */
export const testDatabases: ReadonlyArray<TestDatabase> = [sqlite, postgres]

/** The one that tests use which need a store, but not every kind of it: TERN_TEST_DATABASE names it, SQLite else. */
export const testDatabase: TestDatabase = process.env['TERN_TEST_DATABASE'] === 'postgres' ? postgres : sqlite

/** The address of a new, empty database on a real Postgres. */
export async function freshPostgres(): Promise<string> {
  const response = await fetch(inject('postgresStarter'))
  const answer = await response.text()
  if (!response.ok) throw new Error(answer)
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(answer, `create database ${name}`)
  const url = new URL(answer)
  url.pathname = `/${name}`
  return url.href
}

/** Executes a statement over a connection of its own. */
export async function execute(url: string, statement: string): Promise<ReadonlyArray<Record<string, unknown>>> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
// oxlint-disable-next-line eslint/no-restricted-imports -- the databases that tasks query are not the server's
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyTask, configure, File, run, type RunHandle } from '@tern/sdk'
import { createClient } from '@tern/sdk/client'
// oxlint-disable-next-line eslint/no-restricted-imports -- as above
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PostgresServer } from '@tern/test-support/postgres'
import { startTestServer } from '@tern/test-support'
import { all, expected, perhaps, pgAdd, pgOne, pgRows, pgSlow } from './sql-tasks.ts'

let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-sql-'))
  server = await startTestServer({ dataDir: join(folder, 'data'), logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const modes = ['remote', 'local'] as const
const start = <R>(mode: (typeof modes)[number], task: AnyTask, inputs: object = {}): Promise<RunHandle<R>> =>
  run(task, inputs as never, { mode }) as Promise<RunHandle<R>>

describe.each(modes)('%s', (mode) => {
  test('Q-3, Q-4: queries are tasks: values are bound, data frames are tables, outputs say what comes back', async () => {
    expect(await (await start(mode, all)).outputs()).toEqual(expected)
  })

  test('a database may be an input', async () => {
    const path = join(folder, `people-${mode}.db`)
    const database = new DatabaseSync(path)
    database.exec(`create table people (id integer, name text); insert into people values (1, 'Ada')`)
    database.close()
    const base = File.fromLocal(path)
    expect(await (await start(mode, perhaps, { base, id: 1 })).outputs()).toBe('Ada')
    expect(await (await start(mode, perhaps, { base, id: 2 })).outputs()).toBeUndefined()
  })
})

describe.skipIf(!PostgresServer.isAvailable && process.env['CI'] !== 'true')('Postgres', () => {
  let postgres: PostgresServer
  let client: pg.Client
  beforeAll(async () => {
    postgres = await PostgresServer.start()
    client = new pg.Client(postgres.url())
    await client.connect()
    await client.query(`create table goods (id int8, name text, price numeric, day date, at timestamptz, tags text[]);
      insert into goods values (1, 'pen', 1.25, '2026-01-31', '2026-01-31T12:00:00+02', '{a,"b c"}'),
        (2, 'ink', 9.5, '2026-02-01', '2026-02-01T00:00:00Z', null), (3, 'cap', 0.5, null, null, '{}');
      create table added (id int generated always as identity, name text)`)
    process.env['WAREHOUSE_URL'] = postgres.url()
    await createClient({ endpoint: server.url }).secrets.create({
      name: 'warehouse-url',
      value: postgres.url(),
      scope: {},
    })
  })
  afterAll(async () => {
    delete process.env['WAREHOUSE_URL']
    await client.end()
    await postgres.stop()
  })

  const sleepers = async () =>
    (
      await client.query(
        `select 1 from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid() and state = 'active'`,
      )
    ).rowCount

  describe.each(modes)('%s', (mode) => {
    test('a query reads', async () => {
      const inputs = { ids: [1, 2, 9], least: 1, doc: { a: 1 } }
      const frame = await (await start<{ rows(): Promise<unknown> }>(mode, pgRows, inputs)).outputs()
      expect(await frame.rows()).toEqual([
        {
          id: 1,
          name: 'pen',
          price: 1.25,
          day: '2026-01-31',
          at: new Date('2026-01-31T10:00:00Z'),
          tags: ['a', 'b c'],
        },
        { id: 2, name: 'ink', price: 9.5, day: '2026-02-01', at: new Date('2026-02-01T00:00:00Z'), tags: null },
      ])
    })

    test('values are bound, and rows are written', async () => {
      const text = `'); drop table goods; --`
      expect(await (await start(mode, pgOne, { n: 5, text })).outputs()).toEqual({ n: 5, text })
      const id = await (await start<number>(mode, pgAdd, { name: text })).outputs()
      expect((await client.query('select name from added where id = $1', [id])).rows).toEqual([{ name: text }])
    })

    test('what takes too long is ended in the database, too', async () => {
      expect(await (await start(mode, pgSlow)).wait()).toMatchObject({ phase: 'TIMED_OUT' })
      await expect.poll(sleepers).toBe(0)
    })
  })

  test('without the secret, the error names it', async () => {
    delete process.env['WAREHOUSE_URL']
    await expect(pgOne({ n: 1, text: '' })).rejects.toThrow(/secret warehouse-url/)
    process.env['WAREHOUSE_URL'] = postgres.url()
  })
})

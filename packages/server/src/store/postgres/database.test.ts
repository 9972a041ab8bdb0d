import { once } from 'node:events'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { pino } from 'pino'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { DatabaseError } from '../store-errors.ts'
import { execute, freshPostgres } from '../test/test-databases.ts'
import { openPostgres, type PostgresDatabase } from './database.ts'

const logger = pino({ level: 'silent' })
const opened: PostgresDatabase[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()))
})

async function open(url: string): Promise<PostgresDatabase> {
  const database = await openPostgres(url, logger)
  opened.push(database)
  return database
}

/** What a person is told about an address that does not work. Fails when anything of it shows the password. */
async function refusal(url: string, password: string): Promise<DatabaseError> {
  const error: unknown = await open(url).then(
    () => expect.fail('the database was opened'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof DatabaseError)) return expect.fail(inspect(error))
  const said = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + error.hint
  expect(said).not.toContain(password)
  expect(said).not.toContain(encodeURIComponent(password))
  return error
}

describe('an address', () => {
  test('of nothing that listens is refused, and named without its password', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    const { message, hint } = await refusal(`postgres://me:top%2Fsecret@127.0.0.1:${port}/data`, 'top/secret')
    expect(message).toContain(`127.0.0.1:${port}: nothing accepts connections there (ECONNREFUSED)`)
    expect(hint).toContain('Check the address')
  })

  test('of a host that does not exist is refused', async () => {
    const { message } = await refusal('postgres://me:secret@no-such-host.invalid/data', 'secret')
    expect(message).toMatch(/no-such-host\.invalid:5432: .*(ENOTFOUND|EAI_AGAIN)/)
  })

  test('of a host that does not answer is refused', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const { message } = await refusal(`postgres://me:secret@127.0.0.1:${port}/data?connect_timeout=1`, 'secret')
    expect(message).toContain('the host does not answer')
    silent.close()
  })

  for (const url of ['mysql://me:secret@localhost/data', 'secret', 'postgres//me:secret@localhost']) {
    test(`such as ${url.replace('secret', '…')} is refused`, async () => {
      expect((await refusal(url, 'secret')).message).toContain('does not begin with postgres://')
    })
  }

  test('that cannot be read is refused', async () => {
    const { message, hint } = await refusal('postgres://me:sec:ret#@local host:a/b', 'sec:ret')
    expect(message).toContain('cannot be read')
    expect(hint).toContain('%40')
  })
})

describe.skipIf(!inject('hasPostgres'))('a database server', () => {
  test('that refuses the password is named, the password is not', async () => {
    const url = new URL(await freshPostgres())
    url.password = 'wrong secret'
    const { message, hint } = await refusal(url.href, 'wrong secret')
    expect(message).toContain(`at ${url.host} refuses the user tern: password authentication failed`)
    expect(hint).toContain('password')
  })

  test('that wants a password and is given none is named', async () => {
    const url = new URL(await freshPostgres())
    url.password = ''
    const { message } = await refusal(url.href, 'a test password')
    expect(message).toContain('refuses the user tern')
  })

  test('without the database is told apart, with how to make it', async () => {
    const url = new URL(await freshPostgres())
    url.pathname = '/nowhere'
    const { message, hint } = await refusal(url.href, 'a test password')
    expect(message).toContain(`there is no database nowhere at ${url.host}`)
    expect(hint).toContain('create database "nowhere"')
  })

  test('where the user may not make tables says so', async () => {
    const url = new URL(await freshPostgres())
    const name = `guest_${url.pathname.slice(1)}`
    await execute(url.href, `create user ${name} password 'guest secret'`)
    await execute(url.href, 'revoke create on schema public from public')
    url.username = name
    url.password = 'guest secret'
    expect((await refusal(url.href, 'guest secret')).message).toContain(`the user ${name} may not create tables`)
  })

  test('with another encoding is refused', async () => {
    const url = new URL(await freshPostgres())
    const name = `latin_${url.pathname.slice(1)}`
    await execute(
      url.href,
      `create database ${name} encoding 'LATIN1' locale 'C' locale_provider libc template template0`,
    )
    url.pathname = `/${name}`
    expect((await refusal(url.href, 'a test password')).message).toContain('LATIN1, which is not UTF8')
  })

  test('with the tables of a newer version is refused, with what to do', async () => {
    const url = await freshPostgres()
    await open(url)
    await execute(url, "insert into schema_migrations values ('9999-from-the-future', 0)")
    const { message, hint } = await refusal(url, 'a test password')
    expect(message).toMatch(/newer version of Tern.*9999-from-the-future/)
    expect(hint).toContain('Run that version')
  })
})

describe.skipIf(!inject('hasPostgres'))('the tables', () => {
  test('are made once, when several servers start at the same time', async () => {
    const url = await freshPostgres()
    await Promise.all([open(url), open(url), open(url), open(url)])
    const rows = await execute(url, 'select name, count(*)::int4 as times from schema_migrations group by name')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ times }) => times === 1)).toBe(true)
  })

  test('are made whole or not at all', async () => {
    const url = await freshPostgres()
    // In the way of a table that is made late.
    await execute(url, 'create table log_chunks (a int4)')
    await expect(open(url)).rejects.toThrow(/log_chunks/)
    await execute(url, 'drop table log_chunks')
    await open(url)
  })

  test('have texts that are ordered by their code points, all of them', async () => {
    const url = await freshPostgres()
    await open(url)
    const rows = await execute(
      url,
      `select table_name, column_name from information_schema.columns
        where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'`,
    )
    expect(rows).toEqual([])
  })

  test('give large integers as numbers and binary values as bytes, and leave the rest of the process alone', async () => {
    const { pool } = await open(await freshPostgres())
    const query = `select 9007199254740991::int8 as large, '\\x00ff'::bytea as bytes, null::int8 as none, 7::int4 as small`
    expect((await pool.query(query)).rows).toEqual([
      { large: Number.MAX_SAFE_INTEGER, bytes: new Uint8Array([0, 255]), none: null, small: 7 },
    ])
    const url = await freshPostgres()
    expect(await execute(url, 'select 1::int8 as large')).toEqual([{ large: '1' }])
  })
})

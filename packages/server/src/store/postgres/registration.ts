import type { Client } from 'pg'
import { DatabaseError } from '../store-errors.ts'
import type { DatabaseAddress } from './address.ts'
import { locks } from './locks.ts'

/** Where servers tell each other what happened. */
export const channel = 'tern'

// A session of the server's own that broke, or another server that is looking whether this one is alive: both end soon.
const lockTimeoutMs = 10_000

/**
 * Makes the session that of a new server, and returns the server's number. Others see it with its lock taken.
 *
 * Throws DatabaseError when a server of a version uses the database that does not share it.
 */
export async function register(client: Client, { database, server }: DatabaseAddress): Promise<number> {
  const { rows: together } = await client.query<{ readonly isShared: boolean }>(
    'select pg_try_advisory_lock_shared($1, $2) as "isShared"',
    locks.together,
  )
  if (!together[0]!.isShared) throw notShared(database, server)
  await client.query('begin')
  const { rows } = await client.query<{ readonly id: number }>(
    `insert into servers (url, version, keys, beat, notified, started_at)
      values ('', '', '{}', 0, 0, (extract(epoch from now()) * 1000)::int8) returning id::int4`,
  )
  const { id } = rows[0]!
  await client.query('select pg_advisory_lock($1, $2)', locks.server(id))
  await client.query('commit')
  return id
}

/**
 * Makes another session that of the server: the one before it has ended then, and with it whatever it was doing.
 *
 * Throws DatabaseError when the server was taken for dead in the meantime.
 */
export async function resume(client: Client, id: number): Promise<void> {
  await client.query(`set lock_timeout = ${lockTimeoutMs}`)
  await client.query('select pg_advisory_lock($1, $2)', locks.server(id))
  await client.query('select pg_advisory_lock_shared($1, $2)', locks.together)
  await client.query('set lock_timeout = 0')
  const { rows } = await client.query('select 1 from servers where id = $1', [id])
  if (rows.length === 0) throw takenForDead(id)
}

/** The server's runs are free to be taken over. */
export async function resign(client: Client, id: number): Promise<void> {
  await client.query(
    `with gone as (delete from servers where id = $1 returning id) select pg_notify('${channel}', 'left ' || id) from gone`,
    [id],
  )
}

function notShared(database: string, server: string): DatabaseError {
  return new DatabaseError(
    `an older version of Tern uses the database ${database} at ${server}, and does not share it`,
    {
      hint: 'Stop that server first.',
    },
  )
}

export function takenForDead(id: number): DatabaseError {
  return new DatabaseError(`this server (number ${id}) was taken for dead, and other servers go on with its runs`, {
    hint: 'Start it again. It, or its connection to the database, did nothing for longer than the others wait.',
  })
}

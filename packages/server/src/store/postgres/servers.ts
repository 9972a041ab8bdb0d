import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Logger } from 'pino'
import type { ServerEvent, ServerFacts, ServerRecord, ServerStore } from '../server-store.ts'
import { DatabaseError } from '../store-errors.ts'
import type { PostgresDatabase } from './database.ts'
import { isLockOf, locks } from './locks.ts'
import { channel, takenForDead } from './registration.ts'
import { Session } from './session.ts'

export interface PostgresServersOptions {
  readonly logger: Logger
  /** This server's number. */
  readonly id: number
  /** How long another server of the same address may take to end, in milliseconds. */
  readonly patienceMs: number
}

const lookAgainMs = 250

// To hear of others, and to say that all is well, waits for no disk: what is lost is said again.
const sessionSettings = `set synchronous_commit = off; listen ${channel}`

/** The servers on a Postgres database: rows of `servers`, their locks, and what they tell each other by NOTIFY. */
export class PostgresServers implements ServerStore {
  readonly id: number
  readonly #database: PostgresDatabase
  readonly #patienceMs: number
  readonly #session: Session
  readonly #listeners = new Set<(event: ServerEvent) => void>()

  constructor(database: PostgresDatabase, { id, patienceMs, logger }: PostgresServersOptions) {
    this.id = id
    this.#database = database
    this.#patienceMs = patienceMs
    this.#session = new Session(database, logger, (client) => this.#prepare(client))
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  async announce({ url, version, keys }: ServerFacts): Promise<void> {
    await this.#session.query('update servers set url = $2, version = $3, keys = $4 where id = $1', [
      this.id,
      url,
      version,
      JSON.stringify(keys),
    ])
    const others = await this.#session.query<ServerRecord>(
      'select id::int4, url, beat, notified as sent from servers where url = $1 and id <> $2',
      [url, this.id],
    )
    for (const other of others) await this.#replace(other)
    await this.#checkKeys(keys)
    await this.#session.query(`select pg_notify('${channel}', 'joined ' || $1::int4)`, [this.id])
  }

  listen(listener: (event: ServerEvent) => void): void {
    this.#listeners.add(listener)
  }

  async beat(sent: number): Promise<ReadonlyArray<ServerRecord>> {
    const rows = await this.#session.query<ServerRecord>(
      `with mine as (update servers set beat = beat + 1, notified = $2 where id = $1)
        select id::int4, url, beat, notified as sent from servers`,
      [this.id, sent],
    )
    if (!rows.some(({ id }) => id === this.id)) throw takenForDead(this.id)
    return rows.filter(({ id }) => id !== this.id)
  }

  async remove(id: number, force: boolean): Promise<boolean> {
    const client = await this.#database.pool.connect()
    try {
      await client.query('begin')
      const isEnded = force ? await cut(client, id) : await hasEnded(client, id)
      // Who deletes the row has the lock: what the server had under way is over, and it can begin nothing more.
      if (isEnded) {
        await client.query(
          `with gone as (delete from servers where id = $1 returning id)
            select pg_notify('${channel}', 'left ' || id) from gone`,
          [id],
        )
      }
      await client.query('commit')
      client.release()
      return isEnded
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  async send(first: number, bodies: ReadonlyArray<string>): Promise<void> {
    await this.#session.query(
      `select pg_notify('${channel}', 'message ' || $1::int4 || ' ' || ($2::int8 + i - 1) || ' ' || body)
        from unnest($3::text[]) with ordinality as m (body, i)`,
      [this.id, first, bodies],
    )
  }

  async #prepare(client: Client): Promise<void> {
    client.on('notification', ({ payload = '' }) => {
      const event = toEvent(payload)
      if (event !== undefined && idOf(event) !== this.id) this.#emit(event)
    })
    await client.query(sessionSettings)
    this.#emit({ kind: 'missed' })
  }

  #emit(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** A server of the same address was here before this one, and its process has ended: two cannot have one address. */
  async #replace(other: ServerRecord): Promise<void> {
    for (let waitedMs = 0; !(await this.remove(other.id, false)); waitedMs += lookAgainMs) {
      if (waitedMs >= this.#patienceMs) {
        if (await this.#isWell(other)) throw sameAddress(other.url)
        // It may have run on a machine that is gone, and which its connection still waits for.
        await this.remove(other.id, true)
        return
      }
      await delay(lookAgainMs)
    }
  }

  async #isWell({ id, beat }: ServerRecord): Promise<boolean> {
    const rows = await this.#session.query('select 1 from servers where id = $1 and beat > $2', [id, beat])
    return rows.length > 0
  }

  async #checkKeys(keys: ServerFacts['keys']): Promise<void> {
    const others = await this.#session.query<{ readonly url: string; readonly keys: string }>(
      `select url, keys from servers s where url <> '' and id <> $1
        and exists (select 1 from pg_locks where ${isLockOf('s.id')} and granted)`,
      [this.id],
    )
    for (const other of others) {
      const theirs = JSON.parse(other.keys) as ServerFacts['keys']
      const different = Object.keys(keys).filter((name) => theirs[name] !== undefined && theirs[name] !== keys[name])
      if (different.length > 0) throw otherKeys(other.url, different.join(' and another '))
    }
  }
}

type Connection = Pick<Client, 'query'>

async function hasEnded(client: Connection, id: number): Promise<boolean> {
  const { rows } = await client.query<{ readonly free: boolean }>(
    'select pg_try_advisory_xact_lock($1, $2) as free',
    locks.server(id),
  )
  return rows[0]!.free
}

async function cut(client: Connection, id: number): Promise<boolean> {
  await client.query(`select pg_terminate_backend(pid) from pg_locks where ${isLockOf('$1')} and granted`, [id])
  await client.query(`set local lock_timeout = '5s'`)
  await client.query('select pg_advisory_xact_lock($1, $2)', locks.server(id))
  return true
}

function toEvent(payload: string): ServerEvent | undefined {
  const [, kind, id, rest = ''] = /^(\w+) (\d+)(?: (.*))?$/s.exec(payload) ?? []
  if (kind === 'joined' || kind === 'left') return { kind, id: Number(id) }
  const [, number, body = ''] = /^(\d+) (.*)$/s.exec(rest) ?? []
  // Of another version of this program.
  if (kind !== 'message' || number === undefined) return undefined
  return { kind, from: Number(id), number: Number(number), body }
}

function idOf(event: ServerEvent): number | undefined {
  if (event.kind === 'missed') return undefined
  return event.kind === 'message' ? event.from : event.id
}

function sameAddress(url: string): DatabaseError {
  return new DatabaseError(`another server on the same database says that it is at ${url}`, {
    hint: 'Stop that one, or say where the others reach this one: advertiseUrl, or --advertise-url.',
  })
}

function otherKeys(url: string, names: string): DatabaseError {
  return new DatabaseError(`the server at ${url}, on the same database, has another ${names}`, {
    hint: 'Servers that share a database share their keys and files: give them one data folder, or copy the keys from that of the first before the others start.',
  })
}

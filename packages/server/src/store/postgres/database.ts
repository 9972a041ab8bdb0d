import { Client, type ClientConfig, Pool } from 'pg'
import type { Logger } from 'pino'
import { DatabaseError } from '../store-errors.ts'
import { type DatabaseAddress, parseAddress } from './address.ts'
import { toDatabaseError } from './errors.ts'
import { migrate } from './migrate.ts'
import { types } from './types.ts'

// What lists and look-ups need at the same time; commits have a connection of their own.
const maxConnections = 10
const oldestVersion = 13

// Pages of lists are short. To compile their queries, or to start workers for them, takes longer than to answer them.
const readingSettings = 'set jit = off; set max_parallel_workers_per_gather = 0'

/** A database on a Postgres server, its tables up to date. */
export interface PostgresDatabase {
  readonly address: DatabaseAddress
  /** For reads, and for writes beside the engine's. */
  readonly pool: Pool
  /** A connection beside the pool's, not yet made. */
  newClient(overrides: ClientConfig): Client
  close(): Promise<void>
}

/**
 * Connects to a database and brings its tables up to date. Several servers may do so at the same time.
 *
 * Throws DatabaseError, whose message says what is wrong without the password.
 */
export async function openPostgres(url: string, logger: Logger): Promise<PostgresDatabase> {
  const address = parseAddress(url)
  const config: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: address.connectTimeoutMs,
    keepAlive: true,
    fallback_application_name: 'tern',
    types,
  }
  await prepare(new Client(config), address)
  const pool = new Pool({
    ...config,
    max: maxConnections,
    async onConnect(client) {
      await client.query(readingSettings)
    },
  })
  // One that breaks while it is used fails what is under way, and says so once more.
  pool.on('connect', (client) => client.on('error', () => {}))
  // One that breaks while nobody uses it is replaced by a new one when somebody asks.
  pool.on('error', (error) => logger.warn({ err: error }, 'a connection to the database was lost'))
  return {
    address,
    pool,
    newClient: (overrides) => new Client({ ...config, ...overrides }),
    close: () => pool.end(),
  }
}

async function prepare(client: Client, address: DatabaseAddress): Promise<void> {
  // Whatever breaks the connection fails the query under way, too.
  client.on('error', () => {})
  try {
    await client.connect()
    await checkServer(client, address)
    await migrate(client, address)
  } catch (error) {
    throw error instanceof DatabaseError ? error : toDatabaseError(error, address)
  } finally {
    await client.end().catch(() => {})
  }
}

async function checkServer(client: Client, { database, server }: DatabaseAddress): Promise<void> {
  const { rows } = await client.query(
    `select current_setting('server_version') as version, current_setting('server_encoding') as encoding`,
  )
  const { version, encoding } = rows[0] as { readonly version: string; readonly encoding: string }
  if (Number.parseInt(version, 10) < oldestVersion) {
    throw new DatabaseError(`the database server at ${server} is Postgres ${version}, which is too old`, {
      hint: `Tern needs Postgres ${oldestVersion} or later.`,
    })
  }
  if (encoding !== 'UTF8') {
    throw new DatabaseError(`the database ${database} at ${server} has the encoding ${encoding}, which is not UTF8`, {
      hint: `Create another one: create database … encoding 'UTF8' template template0`,
    })
  }
}

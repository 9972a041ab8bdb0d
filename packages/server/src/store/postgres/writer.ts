import { randomUUID } from 'node:crypto'
import { type Client, DatabaseError as PostgresError } from 'pg'
import type { Logger } from 'pino'
import { DatabaseError } from '../store-errors.ts'
import type { CommitStatement } from './commit-statement.ts'
import type { PostgresDatabase } from './database.ts'
import { isBrokenConnection, toDatabaseError } from './errors.ts'
import { register, resign, resume } from './registration.ts'

// Longer than the largest commit takes. A connection that is silent for longer is given up.
const commitTimeoutMs = 120_000

/**
 * The connection that the engine's commits go over, one after another. Its session holds the lock of this server, so
 * that others know it to be alive: when the connection is gone, the lock goes with its session, and before anything more
 * is committed the next connection takes the lock again and makes sure that nobody has taken this server for dead. That
 * also makes sure that a commit whose outcome is not known is over, one way or the other, before it is made again.
 */
export class Writer {
  readonly #database: PostgresDatabase
  readonly #logger: Logger
  /** Tells the sessions of this server from all others. */
  readonly #name = `tern ${randomUUID()}`
  /** The connection, or the one that is being made. */
  #client: Promise<Client> | undefined
  /** The connection once it is made and has the lock. */
  #live: Client | undefined
  #serverId: number | undefined
  /** How many actions it has added. */
  #created = 0
  #plannedFor = 1
  #isClosed = false

  private constructor(database: PostgresDatabase, logger: Logger) {
    this.#database = database
    this.#logger = logger
  }

  /** Registers this server. Throws DatabaseError when the database cannot be used. */
  static async open(database: PostgresDatabase, logger: Logger): Promise<Writer> {
    const writer = new Writer(database, logger)
    try {
      await writer.#connection()
    } catch (error) {
      throw error instanceof DatabaseError ? error : toDatabaseError(error, database.address)
    }
    return writer
  }

  /** This server's number. */
  get serverId(): number {
    if (this.#serverId === undefined) throw new Error('the server is not registered')
    return this.#serverId
  }

  /** Executes the statements in one transaction. Returns how many actions were created. */
  async commit(statements: ReadonlyArray<CommitStatement>): Promise<number> {
    const client = await this.#connection()
    try {
      // A single statement is a transaction by itself.
      const created = await (statements.length === 1 ? execute(client, statements[0]!) : together(client, statements))
      await this.#planAgain(client, created)
      return created
    } catch (error) {
      if (!(error instanceof PostgresError) || isBrokenConnection(error)) await this.#drop(client)
      throw error
    }
  }

  /** What this server has is free for others, if they can be told; else they find out. */
  async close(): Promise<void> {
    this.#isClosed = true
    const client = await this.#client?.catch(() => undefined)
    if (client === undefined) return
    await resign(client, this.serverId).catch(() => {})
    await this.#drop(client)
  }

  /**
   * Plans are kept. One that was made when the table was nearly empty may take any index of it, also one that is no help
   * once there are more: so they are made again each time that this server has doubled what it has added.
   */
  async #planAgain(client: Client, created: number): Promise<void> {
    this.#created += created
    if (this.#created < this.#plannedFor * 2) return
    this.#plannedFor = this.#created
    await client.query('discard plans')
  }

  #connection(): Promise<Client> {
    if (this.#isClosed) throw new Error('the store is closed')
    if (this.#client !== undefined) return this.#client
    const client = this.#connect()
    this.#client = client
    client.catch(() => {
      if (this.#client === client) this.#client = undefined
    })
    return client
  }

  async #connect(): Promise<Client> {
    const client = this.#database.newClient({ application_name: this.#name, query_timeout: commitTimeoutMs })
    client.on('error', (error) => this.#onLost(client, error))
    try {
      await client.connect()
      await client.query(sessionSettings)
      await endEarlierSessions(client, this.#name)
      if (this.#serverId === undefined) this.#serverId = await register(client, this.#database.address)
      else await resume(client, this.#serverId)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    this.#live = client
    return client
  }

  /** Nothing was under way on the connection; who has not taken its lock back soon is taken for dead. */
  #onLost(client: Client, error: Error): void {
    if (this.#isClosed) return
    this.#logger.warn({ err: error }, 'the connection that commits was lost')
    void this.#drop(client).then(() => {
      if (!this.#isClosed) this.#connection().catch(() => {})
    })
  }

  async #drop(client: Client): Promise<void> {
    if (this.#live === client) this.#live = this.#client = undefined
    await client.end().catch(() => {})
  }
}

// The commits' statements join a few given rows to large tables, always by their keys: any plan but a walk over them by
// index would be a mistake, whatever the statistics say. Prepared once, they are planned once.
const sessionSettings = `
  set enable_seqscan = off;
  set enable_hashjoin = off;
  set enable_mergejoin = off;
  set jit = off;
  set plan_cache_mode = force_generic_plan;
  set tcp_keepalives_idle = 30;
  set tcp_keepalives_interval = 10;
  set tcp_keepalives_count = 3`

/** Ends what an earlier connection of this server has left: it may be stuck, and it holds the lock. */
async function endEarlierSessions(client: Client, name: string): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [name],
  )
}

async function execute(client: Client, { name, text, values }: CommitStatement): Promise<number> {
  const { rows } = await client.query({ name, text, values: [...values] })
  return (rows[0] as { readonly created: number }).created
}

async function together(client: Client, statements: ReadonlyArray<CommitStatement>): Promise<number> {
  await client.query('begin')
  try {
    let created = 0
    for (const statement of statements) created += await execute(client, statement)
    await client.query('commit')
    return created
  } catch (error) {
    // Where this fails too, the connection is broken and the transaction gone with it.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

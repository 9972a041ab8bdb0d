import { type Client, DatabaseError as PostgresError } from 'pg'
import type { Logger } from 'pino'
import type { PostgresDatabase } from './database.ts'
import { isBrokenConnection } from './errors.ts'

// A server that is silent for some seconds is taken for dead: better another connection than a long wait.
const queryTimeoutMs = 5000

/** A connection of its own for short queries, made again by the first one that finds it gone. */
export class Session {
  readonly #database: PostgresDatabase
  readonly #logger: Logger
  readonly #prepare: (client: Client) => Promise<void>
  #client: Promise<Client> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** @param prepare called with each new connection, before anything else is asked of it */
  constructor(database: PostgresDatabase, logger: Logger, prepare: (client: Client) => Promise<void>) {
    this.#database = database
    this.#logger = logger
    this.#prepare = prepare
  }

  /** One query is made after another. */
  query<Row>(text: string, values: unknown[] = []): Promise<ReadonlyArray<Row>> {
    const answer = this.#last.then(() => this.#query<Row>(text, values))
    this.#last = answer.catch(() => {})
    return answer
  }

  async #query<Row>(text: string, values: unknown[]): Promise<ReadonlyArray<Row>> {
    if (this.#isClosed) throw new Error('the store is closed')
    const client = await (this.#client ??= this.#connect())
    try {
      return (await client.query(text, values)).rows as Row[]
    } catch (error) {
      if (!(error instanceof PostgresError) || isBrokenConnection(error)) await client.end().catch(() => {})
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const client = await this.#client?.catch(() => undefined)
    await client?.end().catch(() => {})
  }

  #connect(): Promise<Client> {
    const client = this.#database.newClient({ application_name: 'tern servers', query_timeout: queryTimeoutMs })
    const connected = this.#connected(client)
    const forget = () => {
      if (this.#client === connected) this.#client = undefined
    }
    client.on('error', (error) => {
      if (!this.#isClosed) this.#logger.warn({ err: error }, 'the connection to the other servers was lost')
      forget()
    })
    client.on('end', forget)
    connected.catch(forget)
    return connected
  }

  async #connected(client: Client): Promise<Client> {
    try {
      await client.connect()
      await this.#prepare(client)
      return client
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
  }
}

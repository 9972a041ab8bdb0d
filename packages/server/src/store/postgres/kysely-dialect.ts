import { InvalidArgumentError, UnavailableError } from '@tern/core'
import {
  type CompiledQuery,
  Kysely,
  type PostgresPool,
  PostgresDialect,
  PostgresQueryCompiler,
  type QueryCompiler,
  sql,
} from 'kysely'
import type { Pool, PoolClient } from 'pg'
import type { QueryDatabase } from '../query-database.ts'
import type { Schema } from '../schema.ts'
import { isConflict, isTransientError, isUnfitValue } from './errors.ts'
import { storableText } from './types.ts'

/** Kysely over the pool of a Postgres database. Queries throw UnavailableError while it cannot be reached. */
export function createQueryDatabase(pool: Pool): QueryDatabase {
  return {
    db: new Kysely<Schema>({ dialect: new Dialect({ pool: toKyselyPool(pool) }) }),
    contains: (text, part) => sql`strpos(${text}::text, ${part}) > 0`,
    async writeTogether(queries) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await transact(pool, queries)
        } catch (error) {
          if (attempt === maxAttempts || !wasRolledBack(error)) throw error
        }
      }
    },
  }
}

// Each time, one of those that waited for each other gets on.
const maxAttempts = 20

async function transact(pool: Pool, queries: ReadonlyArray<CompiledQuery>): Promise<void> {
  const client = await connect(pool)
  try {
    await query(client, 'begin', [])
    for (const { sql, parameters } of queries) await query(client, sql, parameters)
    await query(client, 'commit', [])
    client.release()
  } catch (error) {
    // Closing the connection ends the transaction, whatever state it is in.
    client.release(true)
    throw error
  }
}

/** Whether the database chose this transaction to give way to another, so that nothing of it is left. */
function wasRolledBack(error: unknown): boolean {
  return error instanceof UnavailableError && isConflict(error.cause)
}

class Dialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new Compiler()
  }
}

const largestInteger = 2 ** 31 - 1

/**
 * Postgres takes a parameter for what it is compared with, and refuses it when it does not fit: a count compared with
 * ten billion. With a type beside it, the comparison is simply true or false.
 */
class Compiler extends PostgresQueryCompiler {
  protected override appendValue(parameter: unknown): void {
    super.appendValue(parameter)
    if (typeof parameter === 'number' && Math.abs(parameter) > largestInteger) this.append('::bigint')
  }
}

type PoolQuery = Awaited<ReturnType<PostgresPool['connect']>>['query']

function toKyselyPool(pool: Pool): PostgresPool {
  return {
    async connect() {
      const client = await connect(pool)
      const run = (text: string, parameters: ReadonlyArray<unknown>) => query(client, text, parameters)
      // Kysely's other way to query, a cursor, is for streams of rows, which nobody asks for.
      return { query: run as unknown as PoolQuery, release: () => client.release() }
    },
    // The pool belongs to the store, which closes it.
    async end() {},
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw translated(error)
  }
}

async function query(client: PoolClient, text: string, parameters: ReadonlyArray<unknown>) {
  try {
    return await client.query(text, parameters.map(toStorable))
  } catch (error) {
    throw translated(error)
  }
}

function toStorable(parameter: unknown): unknown {
  return typeof parameter === 'string' ? storableText(parameter) : parameter
}

/** What a query's error means to whoever asked. */
function translated(error: unknown): unknown {
  if (isTransientError(error))
    return new UnavailableError('the database cannot be used at the moment', { cause: error })
  if (isUnfitValue(error)) return new InvalidArgumentError(`a value does not fit: ${error.message}`, { cause: error })
  return error
}

import type { CompiledQuery, Expression, Kysely, SqlBool } from 'kysely'
import type { Schema } from './schema.ts'

/** The database as the repositories see it. */
export interface QueryDatabase {
  /** For reads and for writes of one statement. */
  readonly db: Kysely<Schema>
  /** Whether a text holds another, case and all: the databases have no name for it in common. */
  contains(text: Expression<unknown>, part: string): Expression<SqlBool>
  /** Executes writes in one transaction: all of them, or none. */
  writeTogether(queries: ReadonlyArray<CompiledQuery>): Promise<void>
}

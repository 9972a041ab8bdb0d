import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { type CompiledQuery, Kysely, SqliteDialect, type SqliteDatabase, type SqliteStatement, sql } from 'kysely'
import type { QueryDatabase } from '../query-database.ts'
import type { Schema } from '../schema.ts'

// More than the API has distinct queries; filters make some of their own.
const maxStatements = 256

/**
 * Kysely over the connection that the engine writes with. A query runs to its end within the call that executes it, so
 * reads see whole commits only; a transaction that spans several calls would get mixed up with the engine's, which is
 * why writes that belong together go through `writeTogether`.
 */
export function createQueryDatabase(database: DatabaseSync): QueryDatabase {
  return {
    db: new Kysely<Schema>({ dialect: new SqliteDialect({ database: new StatementCache(database) }) }),
    contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
    async writeTogether(queries) {
      database.exec('begin immediate')
      try {
        for (const query of queries) run(database, query)
        database.exec('commit')
      } catch (error) {
        database.exec('rollback')
        throw error
      }
    },
  }
}

function run(database: DatabaseSync, query: CompiledQuery): void {
  database.prepare(query.sql).run(...(query.parameters as SQLInputValue[]))
}

/** What Kysely's SQLite dialect wants of a database, with the statements used last kept prepared. */
class StatementCache implements SqliteDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql)
    if (known !== undefined) this.#statements.delete(sql)
    const statement = known ?? toKyselyStatement(this.#database.prepare(sql))
    this.#statements.set(sql, statement)
    if (this.#statements.size > maxStatements) this.#forgetOldest()
    return statement
  }

  // The connection belongs to the engine's store, which closes it.
  close(): void {
    this.#statements.clear()
  }

  #forgetOldest(): void {
    for (const sql of this.#statements.keys()) {
      this.#statements.delete(sql)
      return
    }
  }
}

function toKyselyStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run(parameters) {
      const { changes, lastInsertRowid } = statement.run(...(parameters as SQLInputValue[]))
      return { changes, lastInsertRowid }
    },
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
  }
}

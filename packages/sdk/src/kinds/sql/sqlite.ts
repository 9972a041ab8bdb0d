import { checkKeys } from '../../authoring/check-values.ts'
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Row } from '../../io/columns.ts'
import type { DataFrame } from '../../io/data-frame.ts'
import { quoteIdentifier } from './sql-template.ts'
import type { SqlDatabase } from './sql-database.ts'
import { checkColumns, exactNumber, jsonText } from './sql-values.ts'

/** Which database of SQLite a query is for. */
export interface SqliteOptions {
  /** A file where the task runs. Defaults to a database in memory, with nothing in it but inputs that are data frames. */
  readonly path?: string | undefined
  /** The name of an input that is a database file, which is only read. */
  readonly input?: string | undefined
  /** Whether nothing may be written. Defaults to false for a `path`. */
  readonly readOnly?: boolean | undefined
}

const optionKeys = new Set(['path', 'input', 'readOnly'])

/**
 * SQLite, as it comes with Node. A query holds up its worker while it runs.
 *
 * Numbers come as numbers, or as bigints where those are not exact; what is bound as true or false comes as 1 or 0, and a date
 * as a text.
 */
export function sqlite(options: SqliteOptions = {}): SqlDatabase {
  checkKeys(options, optionKeys, 'sqlite()')
  const { path, input, readOnly = input !== undefined } = options
  return {
    dialect: 'sqlite',
    identity: { path, input, readOnly },
    secrets: [],
    takesTables: true,
    fileInput: input,
    parameter: (number) => `?${number}`,
    async query({ sql, values, tables, file, signal }, use) {
      signal.throwIfAborted()
      const { DatabaseSync } = await import('node:sqlite')
      const database = new DatabaseSync(file ?? path ?? ':memory:', { readOnly, timeout: 10_000 })
      try {
        for (const [name, frame] of tables) await createTable(database, name, frame)
        const statement = database.prepare(sql)
        statement.setReadBigInts(true)
        const columns = statement.columns().map(({ name }) => name)
        checkColumns(columns)
        const rows = statement.iterate(...values.map(toSqlite))
        return await use({ columns, types: {}, rows: plainRows(rows as Iterable<Row>, signal) })
      } finally {
        database.close()
      }
    },
  }
}

function* plainRows(rows: Iterable<Row>, signal: AbortSignal): Iterable<Row> {
  for (const row of rows) {
    signal.throwIfAborted()
    yield Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? exactNumber(value) : value]),
    )
  }
}

function toSqlite(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'object' && !ArrayBuffer.isView(value)) return jsonText(value)
  return value as SQLInputValue
}

async function createTable(database: DatabaseSync, name: string, frame: DataFrame): Promise<void> {
  const columns = (await frame.columns()).map((column) => column.name)
  const table = quoteIdentifier(name)
  database.exec(`create temp table ${table} (${columns.map(quoteIdentifier).join(', ')})`)
  const insert = database.prepare(`insert into temp.${table} values (${columns.map(() => '?').join(', ')})`)
  for await (const rows of frame.batches()) {
    database.exec('begin')
    for (const row of rows) insert.run(...columns.map((column) => toSqlite(row[column])))
    database.exec('commit')
  }
}

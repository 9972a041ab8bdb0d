import type * as DuckDB from '@duckdb/node-api'
import { checkKeys } from '../../authoring/check-values.ts'
import { tableFiles } from '../../io/frame-files.ts'
import type { ColumnType, Columns, Row, ScalarColumnType } from '../../io/columns.ts'
import type { DataFrame } from '../../io/data-frame.ts'
import { directReader } from '../../io/reader.ts'
import { loadPeer } from './load-peer.ts'
import type { SqlDatabase, SqlRequest } from './sql-database.ts'
import { quoteIdentifier } from './sql-template.ts'
import { checkColumns, exactNumber } from './sql-values.ts'

/** Which database of DuckDB a query is for. */
export interface DuckDBOptions {
  /** A file where the task runs. Defaults to a database in memory, with nothing in it but inputs that are data frames. */
  readonly path?: string | undefined
  /** The name of an input that is a database file, which is only read. */
  readonly input?: string | undefined
  /** Options of DuckDB itself, such as `{ threads: '2', memory_limit: '1GB' }`. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

const optionKeys = new Set(['path', 'input', 'settings'])

type Connection = DuckDB.DuckDBConnection

/**
 * DuckDB, from the package `@duckdb/node-api`: it has native code, so it is not part of the code bundle, and has to be installed
 * where workers run.
 *
 * Whole numbers come as numbers, or as bigints where those are not exact; decimals as numbers, dates as texts, times as `Date`.
 */
export function duckdb(options: DuckDBOptions = {}): SqlDatabase {
  checkKeys(options, optionKeys, 'duckdb()')
  const { path, input, settings = {} } = options
  return {
    dialect: 'duckdb',
    identity: { path, input, settings },
    secrets: [],
    takesTables: true,
    fileInput: input,
    parameter: (number) => `$${number}`,
    async query(request, use) {
      request.signal.throwIfAborted()
      const duck = await loadPeer<typeof DuckDB>('@duckdb/node-api', 'duckdb()')
      const access = input === undefined ? {} : { access_mode: 'READ_ONLY' }
      const instance = await duck.DuckDBInstance.create(request.file ?? path ?? ':memory:', { ...settings, ...access })
      const connection = await instance.connect()
      const stop = () => connection.interrupt()
      request.signal.addEventListener('abort', stop, { once: true })
      try {
        for (const [name, frame] of request.tables) await createView(connection, name, frame)
        return await use(await execute(duck, connection, request))
      } catch (error) {
        request.signal.throwIfAborted()
        throw error
      } finally {
        request.signal.removeEventListener('abort', stop)
        connection.closeSync()
        instance.closeSync()
      }
    },
  }
}

async function execute(duck: typeof DuckDB, connection: Connection, { sql, values }: SqlRequest) {
  const bound = values.map((value) => toDuck(duck, value))
  const result = await connection.stream(sql, bound)
  const columns = result.columnNames()
  checkColumns(columns)
  const types: Record<string, ColumnType> = {}
  for (const [index, name] of columns.entries()) types[name] = columnTypeOf(duck, result.columnType(index))
  const dates = new Set(columns.filter((_, index) => result.columnTypeId(index) === duck.DuckDBTypeId.DATE))
  return { columns, types: types as Columns, rows: plainRows(result, dates) }
}

async function* plainRows(result: DuckDB.DuckDBResult, dates: ReadonlySet<string>): AsyncGenerator<Row> {
  for await (const rows of result.yieldRowObjectJs()) {
    for (const row of rows) {
      yield Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value instanceof Date && dates.has(name) ? value.toISOString().slice(0, 10) : plain(value),
        ]),
      )
    }
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return exactNumber(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

function toDuck(duck: typeof DuckDB, value: unknown): DuckDB.DuckDBValue {
  if (value === undefined || value === null) return null
  if (value instanceof Date) return new duck.DuckDBTimestampTZValue(BigInt(value.getTime()) * 1000n)
  if (value instanceof Uint8Array) return new duck.DuckDBBlobValue(value)
  if (Array.isArray(value)) return duck.listValue(value.map((item) => toDuck(duck, item)))
  if (typeof value === 'object') {
    return duck.structValue(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toDuck(duck, item)])))
  }
  return value as DuckDB.DuckDBValue
}

function columnTypeOf(duck: typeof DuckDB, type: DuckDB.DuckDBType): ColumnType {
  if (type.typeId === duck.DuckDBTypeId.LIST) {
    const item = columnTypeOf(duck, (type as DuckDB.DuckDBListType).valueType)
    return item.startsWith('list') ? 'string' : `list<${item as ScalarColumnType}>`
  }
  const name = duck.DuckDBTypeId[type.typeId] ?? ''
  if (/^(U?(TINY|SMALL|BIG)INT|U?INTEGER|U?HUGEINT)$/.test(name)) return 'int64'
  if (/^(FLOAT|DOUBLE|DECIMAL)$/.test(name)) return 'double'
  if (name === 'BOOLEAN') return 'boolean'
  if (name === 'DATE') return 'date'
  return name.startsWith('TIMESTAMP') ? 'timestamp' : 'string'
}

async function createView(connection: Connection, name: string, frame: DataFrame): Promise<void> {
  const stored = await frame.store()
  const files = (await tableFiles(stored.uri, directReader)).map(({ uri }) => `'${uri.replaceAll("'", "''")}'`)
  const read = stored.format === 'csv' ? 'read_csv' : 'read_parquet'
  await connection.run(`create temp view ${quoteIdentifier(name)} as select * from ${read}([${files.join(', ')}])`)
}

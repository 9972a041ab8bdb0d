import type { SecretRequest } from '../../authoring/task-options.ts'
import type { Columns, Row } from '../../io/columns.ts'
import type { DataFrame } from '../../io/data-frame.ts'

/**
 * Where queries go. `sqlite()`, `duckdb()` and `postgres()` make one; for another, implement this.
 */
export interface SqlDatabase {
  /** For example `sqlite`. */
  readonly dialect: string
  /** What results depend on beside the query, as something that JSON can hold. */
  readonly identity: unknown
  /** Secrets that it connects with. */
  readonly secrets: readonly Exclude<SecretRequest, string>[]
  /** Whether inputs that are data frames can be tables of a query. */
  readonly takesTables: boolean
  /** An input that is the database itself, as a file. */
  readonly fileInput?: string | undefined
  /** How the parameter of a number, from 1, is written in a statement. */
  parameter(number: number): string
  /** Executes a statement, and gives what it returns to `use`, which reads it before the promise resolves. */
  query<T>(request: SqlRequest, use: (result: SqlResult) => Promise<T>): Promise<T>
}

/** One statement, with all that a database needs to execute it. */
export interface SqlRequest {
  readonly sql: string
  /** What is bound to its parameters, in order: the values of inputs, with files as the paths that they are found at. */
  readonly values: readonly unknown[]
  /** By the names that the statement knows them by. */
  readonly tables: ReadonlyMap<string, DataFrame>
  /** The path of the input that is the database. */
  readonly file: string | undefined
  readonly signal: AbortSignal
}

/** What a statement returned. Rows are read one after the other, while the connection is open. */
export interface SqlResult {
  /** In order; no name is there twice. */
  readonly columns: readonly string[]
  /** Their types, where the database tells. */
  readonly types: Columns
  readonly rows: Iterable<Row> | AsyncIterable<Row>
}

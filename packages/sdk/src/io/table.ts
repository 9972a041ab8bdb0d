import type { Column, ColumnType, Row } from './columns.ts'

/** One file, or several, with rows in it. */
export interface Table {
  readonly columns: readonly Column[]
  countRows(): Promise<number>
  /** Rows from `start` to before `end`, in batches of at most `size`; of the given columns, or all. */
  read(request: TableSlice): AsyncIterable<Row[]>
}

export interface TableSlice {
  readonly columns: readonly string[] | undefined
  readonly start: number
  readonly end: number
  readonly size: number
  /** The types that were asked for, by column. */
  readonly wanted: ReadonlyMap<string, ColumnType>
}

/** A file of a table, of which any range can be read. */
export interface TableFile {
  readonly uri: string
  readonly size: number
  readonly read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>
  readonly stream: () => AsyncIterable<Uint8Array>
}

import { resolve } from 'node:path'
import { DataValidationError, InvalidArgumentError } from '@tern/core'
import { type Column, type Columns, type ColumnType, columnsMismatch, type Row, type RowOf } from './columns.ts'
import { frameSchema } from './data-frame-schema.ts'
import { parquetFolder, putLocal, tableFiles } from './frame-files.ts'
import type { Place, Put } from './place.ts'
import { directReader, type Reader } from './reader.ts'
import type { ReferenceSchema } from './reference-schema.ts'
import type { Rows } from './rows.ts'
import { StoredCopies } from './stored-copies.ts'
import { readingWith, type Stored, storing } from './storing.ts'
import type { Table } from './table.ts'

/** What a data frame has to have. */
export interface DataFrameSchemaOptions<C extends Columns = Columns> {
  /** The columns that it has at least, with their types. Defaults to any. */
  readonly columns?: C | undefined
}

/** How a data frame is written. */
export interface NewDataFrameOptions<C extends Columns = Columns> {
  /** The columns to write. Defaults to those of the schema that it is given for, or what the first rows have. */
  readonly columns?: C | undefined
  /** What stands for its contents in cache keys; with `false` it has none. Defaults to a hash of its file. */
  readonly hash?: string | false | undefined
}

/** A data frame that is stored already. */
export interface DataFrameReference {
  readonly uri: string
  /** `parquet` or `csv`. Defaults to what the name says, otherwise `parquet`. */
  readonly format?: string | undefined
  readonly hash?: string | undefined
}

/** Which part of a data frame is read. */
export interface ReadOptions<Name extends string = string> {
  /** Only these columns are read. Defaults to all. */
  readonly columns?: readonly Name[] | undefined
  /** The first row, from 0. */
  readonly offset?: number | undefined
  /** At most so many rows. Defaults to all. */
  readonly limit?: number | undefined
}

/**
 * Of rows that nothing is known about. A table of such goes where any columns are asked for: whether it has them is seen when
 * it is read.
 */
// biome-ignore lint/suspicious/noExplicitAny: only this fits every row
type AnyRow = any

interface Unsaved {
  readonly put: (place: Place, columns: Columns | undefined) => Promise<Put>
  readonly columns: Columns | undefined
  readonly hash: NewDataFrameOptions['hash']
  /** False for rows that come once. */
  readonly isRepeatable: boolean
}

const defaultBatch = 10_000

/**
 * A table that tasks pass on by reference, as Python's `flyte.io.DataFrame`: it lies in storage as Parquet, and rows and
 * columns are read when they are asked for. One that is made from rows is written when it is passed on.
 */
export class DataFrame<R extends object = Row> implements Stored {
  /** Where it lies: a file, or a folder of files. Empty for what only this process has. */
  readonly uri: string
  /** `parquet`, `csv`, or empty if nothing is said about it. */
  readonly format: string
  /** What stands for its contents in cache keys; undefined where it is not known. */
  readonly hash: string | undefined
  readonly #unsaved: Unsaved | undefined
  readonly #reader: Reader
  readonly #copies: StoredCopies<DataFrame<R>> | undefined
  #wanted: Columns | undefined
  #table: Promise<Table> | undefined

  private constructor(
    { uri, format, hash }: DataFrameReference,
    unsaved?: Unsaved,
    wanted?: Columns,
    reader: Reader = directReader,
  ) {
    this.uri = uri
    this.format = format ?? (/\.csv$/i.test(uri) ? 'csv' : '')
    this.hash = hash === '' ? undefined : hash
    this.#unsaved = unsaved
    this.#wanted = wanted
    this.#reader = reader
    this.#copies = unsaved && new StoredCopies((place) => this.#put(place, unsaved), unsaved)
  }

  /**
   * The schema of inputs and outputs that are data frames. It is one of zod's.
   *
   * @example inputs: { days: DataFrame.schema({ columns: { date: 'date', rain: 'double' } }) }
   */
  static schema(options?: { readonly columns?: undefined }): ReferenceSchema<DataFrame<Row>>
  static schema<const C extends Columns>(options: { readonly columns: C }): ReferenceSchema<DataFrame<RowOf<C>>>
  static schema({ columns }: DataFrameSchemaOptions = {}): ReferenceSchema<DataFrame<never>> {
    return frameSchema({
      columns,
      isFrame: (value) => value instanceof DataFrame,
      ask: (frame) => (frame as DataFrame).#ask(columns),
      columnsOf: (frame) => (frame as DataFrame).#wanted,
      make: (reference) => new DataFrame<never>(reference, undefined, columns),
    })
  }

  /** Rows of this process: a list, or what gives one row after the other, in which case no more than some are held. */
  static fromRows<const C extends Columns>(
    rows: Rows<RowOf<C>>,
    options: NewDataFrameOptions<C> & { readonly columns: C },
  ): DataFrame<RowOf<C>>
  static fromRows<R extends object>(
    rows: Rows<R>,
    options?: NewDataFrameOptions & { readonly columns?: undefined },
  ): DataFrame<R>
  static fromRows(rows: Rows<never>, { columns, hash }: NewDataFrameOptions = {}): DataFrame<never> {
    const put = (place: Place, wanted: Columns | undefined) =>
      place.putFolder('data-frame', parquetFolder(rows as Rows<Row>, wanted))
    const known = typeof hash === 'string' ? hash : undefined
    return new DataFrame<never>(
      { uri: '', format: 'parquet', hash: known },
      { put, columns, hash, isRepeatable: Array.isArray(rows) },
      columns,
    )
  }

  /** A Parquet or CSV file of this machine, or a folder of Parquet files. */
  static fromLocal<R extends object = AnyRow>(
    path: string,
    options: Pick<NewDataFrameOptions, 'hash'> = {},
  ): DataFrame<R> {
    const absolute = resolve(path)
    const { hash } = options
    const put = (place: Place) => putLocal(absolute, place)
    const known = typeof hash === 'string' ? hash : undefined
    const format = /\.csv$/i.test(path) ? 'csv' : 'parquet'
    return new DataFrame<R>(
      { uri: absolute, format, hash: known },
      { put, columns: undefined, hash, isRepeatable: true },
    )
  }

  /** A table that is in storage already, or on the web. Nothing is copied. */
  static remote<R extends object = AnyRow>(uri: string, options: Omit<DataFrameReference, 'uri'> = {}): DataFrame<R> {
    if (uri === '') throw new InvalidArgumentError('DataFrame.remote() needs the URI of a table', { field: 'uri' })
    return new DataFrame<R>({ ...options, uri })
  }

  /** Its rows, or some of them, in memory. */
  async rows<Name extends keyof R & string = keyof R & string>(
    options: ReadOptions<Name> = {},
  ): Promise<Pick<R, Name>[]> {
    const rows: Pick<R, Name>[] = []
    for await (const batch of this.batches(options)) rows.push(...batch)
    return rows
  }

  /** Its rows in batches, of which one is in memory at a time. */
  async *batches<Name extends keyof R & string = keyof R & string>(
    options: ReadOptions<Name> & {
      /** Rows in a batch. Defaults to 10,000. */ readonly size?: number | undefined
    } = {},
  ): AsyncGenerator<Pick<R, Name>[], void, undefined> {
    const { columns, offset = 0, limit = Number.POSITIVE_INFINITY, size = defaultBatch } = options
    checkSlice({ offset, limit, size })
    const table = await this.#open()
    for (const name of columns ?? []) checkColumn(table, name, this.uri)
    const wanted = new Map<string, ColumnType>(Object.entries(this.#wanted ?? {}))
    const slice = { columns, start: offset, end: offset + limit, size, wanted }
    for await (const rows of table.read(slice)) yield rows as unknown as Pick<R, Name>[]
  }

  /** One row after the other. */
  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    for await (const rows of this.batches()) yield* rows as R[]
  }

  /** The columns that its file has. */
  async columns(): Promise<readonly Column[]> {
    return (await this.#open()).columns
  }

  /** How many rows it has. */
  async count(): Promise<number> {
    return (await this.#open()).countRows()
  }

  /** Puts it into storage now, rather than when it is passed on. @returns the data frame there */
  store(): Promise<DataFrame<R>> {
    return this.#copies?.here() ?? Promise.resolve(this)
  }

  [storing](place: Place): Promise<DataFrame<R>> {
    return this.#copies?.in(place) ?? Promise.resolve(this)
  }

  [readingWith](reader: Reader): DataFrame<R> {
    return this.#unsaved === undefined ? new DataFrame<R>(this, undefined, this.#wanted, reader) : this
  }

  toJSON(): DataFrameReference {
    const { uri, format, hash } = this
    return { uri, format, hash }
  }

  /** Tells it what columns a schema asks for. What has none of its own yet takes those. @returns what is wrong with them */
  #ask(columns: Columns | undefined): string | undefined {
    if (columns === undefined) return undefined
    const own = this.#wanted
    if (own !== undefined && this.#unsaved !== undefined) {
      return columnsMismatch(
        Object.entries(own).map(([name, type]) => ({ name, type })),
        columns,
      )
    }
    this.#wanted = { ...own, ...columns }
    this.#table = undefined
    return undefined
  }

  async #put(place: Place, { put, hash }: Unsaved): Promise<DataFrame<R>> {
    const { uri, hash: own } = await put(place, this.#wanted)
    const reference = { uri, format: this.format, hash: hash === false ? undefined : (hash ?? own) }
    return new DataFrame<R>(reference, undefined, this.#wanted)
  }

  #open(): Promise<Table> {
    this.#table ??= this.#openTable()
    this.#table.catch(() => {
      this.#table = undefined
    })
    return this.#table
  }

  async #openTable(): Promise<Table> {
    // Rows of this process are read as others read them; a local file is where it is.
    if (this.#unsaved !== undefined && this.uri === '') return (await this.store()).#open()
    const files = await tableFiles(this.uri, this.#reader)
    const [only] = files
    const isCsv = this.format === 'csv' || (this.format === '' && only !== undefined && /\.csv$/i.test(only.uri))
    if (this.format !== '' && !isCsv && this.format !== 'parquet') throw unknownFormat(this.format, this.uri)
    // Loaded when it is needed: what reads Parquet is of no use to others.
    const table =
      isCsv && only !== undefined
        ? await (await import('./csv-read.ts')).openCsv(only)
        : await (await import('./parquet-read.ts')).openParquet(files)
    const problem = columnsMismatch(table.columns, this.#wanted ?? {})
    if (problem !== undefined && !isCsv) throw new DataValidationError(`data frame ${this.uri}: ${problem}`)
    return table
  }
}

function checkColumn({ columns }: Table, name: string, uri: string): void {
  if (columns.some((column) => column.name === name)) return
  const names = columns.map((column) => column.name).join(', ')
  throw new InvalidArgumentError(`data frame ${uri} has no column ${name}`, {
    field: 'columns',
    hint: `It has ${names}.`,
  })
}

function checkSlice(numbers: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(numbers)) {
    const isFine =
      (Number.isInteger(value) && value >= (field === 'size' ? 1 : 0)) || (field === 'limit' && value === Infinity)
    if (!isFine)
      throw new InvalidArgumentError(
        `${field} ${value} must be a whole number of ${field === 'size' ? 1 : 0} or more`,
        { field },
      )
  }
}

function unknownFormat(format: string, uri: string): DataValidationError {
  return new DataValidationError(`data frame ${uri} is of the format ${format}, which cannot be read here`, {
    hint: 'Parquet and CSV are read.',
  })
}

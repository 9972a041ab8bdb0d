import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { DataValidationError } from '@tern/core'
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet'
import { type Column, itemType, type Row } from './columns.ts'
import type { Table, TableFile, TableSlice } from './table.ts'

/**
 * The rows of Parquet files, one after another, of which only what is asked for is read.
 *
 * @throws DataValidationError when a file is not Parquet
 */
export async function openParquet(files: readonly TableFile[]): Promise<Table> {
  const parts = await Promise.all(files.map(openPart))
  return {
    columns: parts[0]?.columns ?? [],
    countRows: async () => parts.reduce((sum, { rows }) => sum + rows, 0),
    read: (slice) => readParts(parts, slice),
  }
}

interface Part {
  readonly uri: string
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly columns: readonly Column[]
  readonly rows: number
}

async function openPart({ uri, size, read }: TableFile): Promise<Part> {
  const file: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => (await read(start < 0 ? size + start : start, end)).buffer,
  }
  try {
    const metadata = await parquetMetadataAsync(file)
    const columns = parquetSchema(metadata).children.map((tree) => ({ name: tree.element.name, type: typeOf(tree) }))
    return { uri, file, metadata, columns, rows: Number(metadata.num_rows) }
  } catch (error) {
    if (error instanceof Error && /parquet/i.test(error.message)) throw notParquet(uri, error)
    throw error
  }
}

function notParquet(uri: string, cause: Error): DataValidationError {
  return new DataValidationError(`${uri} is no Parquet file: ${cause.message}`, {
    cause,
    hint: 'Data frames are read as Parquet, or as CSV where the format says so, or the name ends in .csv.',
  })
}

async function* readParts(parts: readonly Part[], slice: TableSlice): AsyncIterable<Row[]> {
  let first = 0
  for (const part of parts) {
    const end = Math.min(part.rows, slice.end - first)
    for (let at = Math.max(0, slice.start - first); at < end; at += slice.size) {
      yield await readRows(part, slice, at, Math.min(end, at + slice.size))
    }
    first += part.rows
    if (first >= slice.end) return
  }
}

async function readRows(part: Part, { columns, wanted }: TableSlice, rowStart: number, rowEnd: number): Promise<Row[]> {
  const { file, metadata } = part
  const rows = await parquetReadObjects({
    file,
    metadata,
    ...(columns === undefined ? {} : { columns: [...columns] }),
    rowStart,
    rowEnd,
    rowFormat: 'object',
    utf8: false,
    useOffsetIndex: true,
    compressors,
    parsers,
  })
  const chosen = part.columns.filter(({ name }) => columns === undefined || columns.includes(name))
  const readers = chosen.map(
    ({ name, type }) => [name, readerOf(wanted.get(name) ?? type, name, wanted.has(name))] as const,
  )
  return rows.map((row) => Object.fromEntries(readers.map(([name, read]) => [name, read(row[name])])))
}

const compressors: Compressors = {
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
  ZSTD: (input) => zstdDecompressSync(input),
}

const parsers: Partial<ParquetParsers> = {
  dateFromDays: (days: number | null | undefined) =>
    days === null || days === undefined ? null : new Date(days * 86_400_000).toISOString().slice(0, 10),
}

/** How a value that the file gives becomes one that users get. */
function readerOf(type: string, column: string, isDeclared: boolean): (value: unknown) => unknown {
  const item = itemType(type)
  if (item !== undefined) {
    const read = readerOf(item, column, isDeclared)
    return (value) => (value === null || value === undefined ? null : Array.from(value as unknown[], read))
  }
  if (type === 'bigint') return (value) => (value === null || value === undefined ? null : BigInt(value as number))
  if (type === 'int64' || type === 'double') return (value) => toNumber(value, type, column, isDeclared)
  return (value) => value ?? null
}

function toNumber(value: unknown, type: string, column: string, isDeclared: boolean): unknown {
  if (typeof value !== 'bigint') return value ?? null
  const number = Number(value)
  if (Number.isSafeInteger(number) || type === 'double') return number
  if (!isDeclared) return value
  throw new DataValidationError(`column ${column} has ${value}, which a number does not hold exactly`, {
    hint: "Declare the column as 'bigint'.",
  })
}

function typeOf({ element, children }: SchemaTree): string {
  const { type, converted_type: converted, logical_type: logical } = element
  if (children.length > 0) {
    const isList = converted === 'LIST' || logical?.type === 'LIST'
    const repeated = children[0]
    const item = isList ? (repeated?.children[0] ?? repeated) : undefined
    return item === undefined ? (converted ?? logical?.type ?? 'struct').toLowerCase() : `list<${typeOf(item)}>`
  }
  if (converted === 'DATE' || logical?.type === 'DATE') return 'date'
  if (converted?.startsWith('TIMESTAMP') || logical?.type === 'TIMESTAMP' || type === 'INT96') return 'timestamp'
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return 'double'
  if (converted === 'UTF8' || converted === 'ENUM' || logical?.type === 'STRING' || logical?.type === 'ENUM')
    return 'string'
  if (logical !== undefined && logical.type !== 'INTEGER') return logical.type.toLowerCase()
  return physicalTypes[type ?? ''] ?? (type ?? 'unknown').toLowerCase()
}

const physicalTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  INT32: 'int64',
  INT64: 'int64',
  FLOAT: 'double',
  DOUBLE: 'double',
  BYTE_ARRAY: 'binary',
  FIXED_LEN_BYTE_ARRAY: 'binary',
}

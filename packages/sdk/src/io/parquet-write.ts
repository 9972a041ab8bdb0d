import { DataValidationError, describeValue } from '@tern/core'
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'
import { type ColumnType, type Columns, itemType, type Row } from './columns.ts'

/**
 * The bytes of a Parquet file of rows, compressed with Snappy, a row group for each batch.
 *
 * @throws DataValidationError naming the row and the column whose value is of another type
 */
export async function* writeParquet(
  batches: AsyncIterable<readonly Row[]>,
  columns: Columns,
): AsyncIterable<Uint8Array> {
  const writer = new ByteWriter(1 << 16)
  const file = new ParquetWriter({ writer, schema: schemaOf(columns), createdBy: 'tern' })
  let first = 0
  for await (const rows of batches) {
    const columnData = Object.entries(columns).map(([name, type]) => ({
      name,
      data: rows.map((row, index) => toStored(row[name], type, () => `row ${first + index}: column ${name}`)),
    }))
    await file.write({ columnData, rowGroupSize: rows.length })
    yield taken(writer)
    first += rows.length
  }
  await file.finish()
  yield taken(writer)
}

function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

function schemaOf(columns: Columns): SchemaElement[] {
  const entries = Object.entries(columns)
  return [
    { name: 'schema', num_children: entries.length },
    ...entries.flatMap(([name, type]) => elementsOf(name, type)),
  ]
}

function elementsOf(name: string, type: ColumnType): SchemaElement[] {
  const item = itemType(type)
  if (item === undefined) return [leafOf(name, type)]
  return [
    {
      name,
      repetition_type: 'OPTIONAL',
      num_children: 1,
      converted_type: 'LIST',
      logical_type: { type: 'LIST' },
    },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    leafOf('element', item as ColumnType),
  ]
}

function leafOf(name: string, type: ColumnType): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const
  switch (type) {
    case 'int64':
    case 'bigint':
      return { ...element, type: 'INT64' }
    case 'double':
      return { ...element, type: 'DOUBLE' }
    case 'boolean':
      return { ...element, type: 'BOOLEAN' }
    case 'timestamp':
      // Points in time, so that readers do not take them for local ones.
      return { ...element, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } }
    case 'date':
      return { ...element, type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }
    case 'string':
      return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
    default:
      throw new DataValidationError(`column ${name}: there is no column type ${JSON.stringify(type)}`, {
        hint: "Types are int64, bigint, double, string, boolean, timestamp, date, and lists such as 'list<int64>'.",
      })
  }
}

function toStored(value: unknown, type: ColumnType, where: () => string): unknown {
  if (value === null || value === undefined) return null
  const item = itemType(type)
  if (item !== undefined) {
    if (!Array.isArray(value)) throw mismatch(value, type, where)
    return value.map((one) => toStored(one, item as ColumnType, where))
  }
  const stored = scalarToStored(value, type)
  if (stored === undefined) throw mismatch(value, type, where)
  return stored
}

function scalarToStored(value: unknown, type: ColumnType): unknown {
  switch (type) {
    case 'int64':
    case 'bigint':
      if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined
    case 'double':
      return typeof value === 'number' ? value : undefined
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? value : undefined
    case 'date':
      return dayOf(value)
    default:
      // biome-ignore lint/suspicious/useValidTypeof: the two that are left are named as typeof names them
      return typeof value === type ? value : undefined
  }
}

function dayOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return undefined
  const ms = Date.parse(`${value}T00:00:00Z`)
  return Number.isNaN(ms) ? undefined : ms / 86_400_000
}

function mismatch(value: unknown, type: ColumnType, where: () => string): DataValidationError {
  return new DataValidationError(`${where()}: expected ${type}, got ${describeValue(value)}`)
}

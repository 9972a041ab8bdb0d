import { DataValidationError, literalTypes } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'

/**
 * The type of a column's values. `int64` is a number, and refuses what a number does not hold exactly; `bigint` is the same
 * column with bigints. `timestamp` is a `Date`, to the millisecond; `date` a text such as `2026-01-31`.
 */
export type ColumnType = ScalarColumnType | `list<${ScalarColumnType}>`

export type ScalarColumnType = 'int64' | 'bigint' | 'double' | 'string' | 'boolean' | 'timestamp' | 'date'

/** The columns of a data frame by their names, in order. */
export type Columns = Readonly<Record<string, ColumnType>>

interface ValueTypes {
  int64: number
  bigint: bigint
  double: number
  string: string
  boolean: boolean
  timestamp: Date
  date: string
}

type ValueOf<T> = T extends `list<${infer Item extends ScalarColumnType}>`
  ? (ValueTypes[Item] | null)[]
  : T extends keyof ValueTypes
    ? ValueTypes[T]
    : unknown

/** A row of a data frame with these columns. Any value may be missing. */
export type RowOf<C extends Columns> = { [Name in keyof C]: ValueOf<C[Name]> | null }

/** One row of a data frame: values by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>

/** A column that a file has. */
export interface Column {
  readonly name: string
  /** One of {@link ColumnType}, or what the file calls it. */
  readonly type: string
}

/** The type of a list's items; undefined for what is no list. */
export function itemType(type: string): string | undefined {
  return /^list<(.*)>$/.exec(type)?.[1]
}

/** The column's type on the wire, as Flyte's SDK declares it. */
export function columnLiteralType(type: ColumnType): LiteralType {
  const item = itemType(type)
  if (item !== undefined) return literalTypes.list(columnLiteralType(item as ColumnType))
  switch (type as ScalarColumnType) {
    case 'int64':
    case 'bigint':
      return literalTypes.integer()
    case 'double':
      return literalTypes.float()
    case 'boolean':
      return literalTypes.boolean()
    case 'timestamp':
    case 'date':
      return literalTypes.datetime()
    default:
      return literalTypes.string()
  }
}

/** What is wrong with the columns that there are, where others are wanted; undefined if nothing is. More may be there. */
export function columnsMismatch(there: readonly Column[], wanted: Columns): string | undefined {
  const types = new Map(there.map(({ name, type }) => [name, type]))
  for (const [name, type] of Object.entries(wanted)) {
    const actual = types.get(name)
    if (actual === undefined) return `has no column ${name}: it has ${[...types.keys()].join(', ') || 'none'}`
    if (!isReadableAs(actual, type)) return `column ${name} is ${actual}, and ${type} was wanted`
  }
  return undefined
}

function isReadableAs(actual: string, wanted: string): boolean {
  const items = [itemType(actual), itemType(wanted)] as const
  if (items[0] !== undefined && items[1] !== undefined) return isReadableAs(items[0], items[1])
  const plain = (type: string) => (type === 'bigint' ? 'int64' : type)
  return plain(actual) === plain(wanted) || (wanted === 'double' && plain(actual) === 'int64') || actual === 'null'
}

/** The columns of rows, from their values. */
export function inferColumns(rows: readonly Row[]): Columns {
  const columns: Record<string, ColumnType> = {}
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      const type = typeOf(value, name)
      if (type !== undefined) columns[name] = widened(columns[name], type, name)
    }
  }
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  // A column without any value could be of any type.
  return Object.fromEntries([...names].map((name) => [name, columns[name] ?? 'string']))
}

function typeOf(value: unknown, name: string): ColumnType | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'double'
  if (typeof value === 'bigint' || typeof value === 'string' || typeof value === 'boolean')
    return typeof value as 'string'
  if (value instanceof Date) return 'timestamp'
  if (Array.isArray(value)) {
    const items = inferColumns(value.map((item: unknown) => ({ item })))['item'] ?? 'string'
    if (itemType(items) === undefined) return `list<${items as ScalarColumnType}>`
  }
  throw new DataValidationError(
    `column ${name} has ${value?.constructor?.name ?? 'a value'}, which no column can hold`,
    {
      hint: 'Columns hold numbers, bigints, texts, booleans, Dates, and lists of these.',
    },
  )
}

function widened(known: ColumnType | undefined, type: ColumnType, name: string): ColumnType {
  if (known === undefined || known === type) return type
  const both = new Set([known, type])
  if (both.has('double') && both.has('int64')) return 'double'
  if (both.has('bigint') && both.has('int64')) return 'bigint'
  if (both.has('list<double>') && both.has('list<int64>')) return 'list<double>'
  throw new DataValidationError(`column ${name} has both ${known} and ${type}`, {
    hint: 'The values of a column are of one type. Say which with `columns`, or change the values.',
  })
}

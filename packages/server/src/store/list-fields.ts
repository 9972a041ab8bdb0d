import { InvalidArgumentError, truncateText } from '@tern/core'
import { type Expression, type SqlBool, sql } from 'kysely'

/** How a field that lists can be filtered and ordered by is written in requests, and what it is in SQL. */
export interface ListField {
  readonly expression: Expression<unknown>
  /** What stands for a missing value in the order of rows; rows without it are never equal to anything. */
  readonly missing?: string | number
  /** What rows are ordered by instead, when that gives the same order from an index. */
  readonly order?: Expression<unknown>
  /** Whether an index has the rows in this order. Only told where it is asked for. */
  readonly isIndexed?: boolean
  /** Reads a value of a filter. Throws InvalidArgumentError. */
  readonly parse: (value: string, field: string) => string | number
  /** For fields that rows may not have: whether they do. */
  readonly exists?: Expression<SqlBool>
  /** Whether it can be looked into: its beginning, its end and its parts mean something. */
  readonly isText?: boolean
}

/** The fields of one kind of list, by the names they have in requests. */
export interface ListFields {
  readonly byName: Readonly<Record<string, ListField>>
  /** Finds fields that are not known by name, such as `labels.<key>`. */
  readonly find?: (name: string) => ListField | undefined
}

/** The field of that name. Throws InvalidArgumentError naming the allowed ones. */
export function findField(name: string, fields: ListFields, purpose: string): ListField {
  const field = Object.hasOwn(fields.byName, name) ? fields.byName[name] : fields.find?.(name)
  if (field !== undefined) return field
  throw new InvalidArgumentError(
    `cannot ${purpose} ${quoted(name)}: the fields are ${Object.keys(fields.byName).join(', ')}`,
    { field: 'request' },
  )
}

// Above every time and duration in use: rows without a value come last when ascending, as in Postgres.
const afterAll = Number.MAX_SAFE_INTEGER

export function textField(column: string): ListField {
  return textOf(sql.ref(column))
}

/** A text that is worked out of a row. */
export function textOf(expression: Expression<unknown>): ListField {
  return { expression, parse: parseText, isText: true }
}

export function optionalTextField(column: string): ListField {
  return { ...textField(column), missing: '\u{10ffff}' }
}

export function numberField(column: string): ListField {
  return { expression: sql.ref(column), parse: parseInteger }
}

export function optionalNumberField(expression: Expression<unknown>): ListField {
  return { expression, missing: afterAll, parse: parseInteger }
}

/** Times are written as ISO texts (or as epoch milliseconds). */
export function timeField(column: string): ListField {
  return { expression: sql.ref(column), parse: parseTime }
}

export function optionalTimeField(column: string): ListField {
  return { ...timeField(column), missing: afterAll }
}

/** A yes or no, kept as 1 or 0. */
export function flagField(column: string): ListField {
  return { expression: sql.ref(column), parse: parseFlag }
}

/** Values of an enum are written as numbers or by name, with or without the enum's prefix. */
export function enumField(
  column: string,
  prefix: string,
  values: Readonly<Record<string, number | string>>,
): ListField {
  return enumOf(sql.ref(column), prefix, values)
}

/** A value of an enum that is worked out of a row. */
export function enumOf(
  expression: Expression<unknown>,
  prefix: string,
  values: Readonly<Record<string, number | string>>,
): ListField {
  return {
    expression,
    parse: (value, field) => {
      const named = Object.hasOwn(values, withoutPrefix(value, prefix))
        ? values[withoutPrefix(value, prefix)]
        : undefined
      return typeof named === 'number' ? named : parseEnumNumber(value, field)
    },
  }
}

function withoutPrefix(value: string, prefix: string): string {
  return value.startsWith(prefix) ? value.slice(prefix.length) : value
}

function parseInteger(value: string, field: string): number {
  const number = /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : Number.NaN
  if (!Number.isFinite(number)) throw badValue(field, value, 'a whole number')
  return number
}

// What a column of this kind can hold.
const maxEnumNumber = 2 ** 31 - 1

function parseEnumNumber(value: string, field: string): number {
  const number = parseInteger(value, field)
  if (Math.abs(number) > maxEnumNumber) throw badValue(field, value, 'one of the known values')
  return number
}

// No database keeps such a text, and Postgres refuses to look for one.
function parseText(value: string, field: string): string {
  if (value.includes('\0')) throw badValue(field, value, 'a text without NUL characters')
  return value
}

function parseFlag(value: string, field: string): number {
  const flag = ({ true: 1, '1': 1, false: 0, '0': 0 } as Readonly<Record<string, number>>)[value.toLowerCase()]
  if (flag === undefined) throw badValue(field, value, 'true or false')
  return flag
}

function parseTime(value: string, field: string): number {
  if (/^\d+$/.test(value)) return parseInteger(value, field)
  const time = Date.parse(withZone(value.trim()))
  if (Number.isNaN(time)) throw badValue(field, value, 'a time such as 2026-01-31T12:00:00Z')
  return time
}

/** Times without a zone are in UTC, and `+02` is `+02:00`, as databases have it. */
function withZone(value: string): string {
  const iso = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?$/i.exec(value)
  if (iso === null) return value
  const [, date, time, zone = 'Z'] = iso
  return `${date}T${time}${/^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone}`
}

function quoted(text: string): string {
  return JSON.stringify(truncateText(text, 100))
}

function badValue(field: string, value: string, wanted: string): InvalidArgumentError {
  return new InvalidArgumentError(`filter on ${field}: ${quoted(value)} is not ${wanted}`, {
    field: 'request.filters',
  })
}

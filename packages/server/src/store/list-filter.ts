import { InvalidArgumentError } from '@tern/core'
import { type Filter, Filter_Function } from '@tern/idl/common'
import { type Expression, type SqlBool, sql } from 'kysely'
import { findField, type ListField, type ListFields } from './list-fields.ts'
import type { QueryDatabase } from './query-database.ts'

const comparisons: Readonly<Record<number, string>> = {
  [Filter_Function.EQUAL]: '=',
  [Filter_Function.NOT_EQUAL]: '<>',
  [Filter_Function.GREATER_THAN]: '>',
  [Filter_Function.GREATER_THAN_OR_EQUAL]: '>=',
  [Filter_Function.LESS_THAN]: '<',
  [Filter_Function.LESS_THAN_OR_EQUAL]: '<=',
}

// More than anybody asks for, and less than a statement may have parameters.
const maxFilters = 50
const maxValues = 500

/** The conditions that the filters of a list request stand for. Throws InvalidArgumentError for what is not allowed. */
export function filterConditions(
  database: QueryDatabase,
  filters: ReadonlyArray<Filter>,
  fields: ListFields,
): Expression<SqlBool>[] {
  if (filters.length > maxFilters) {
    throw new InvalidArgumentError(`there are ${filters.length} filters, at most ${maxFilters} are possible`, {
      field: 'request.filters',
    })
  }
  return filters.map((filter) => filterCondition(database, filter, fields))
}

function filterCondition(database: QueryDatabase, filter: Filter, fields: ListFields): Expression<SqlBool> {
  const field = findField(filter.field, fields, 'filter by')
  if (field.exists !== undefined) {
    if (filter.function === Filter_Function.EXISTS) return field.exists
    if (filter.function === Filter_Function.NOT_EXISTS) return sql<SqlBool>`not ${field.exists}`
  }
  if (filter.values.length === 0) throw invalid(filter, 'has no value')
  if (filter.values.length > maxValues) {
    throw invalid(filter, `has ${filter.values.length} values, at most ${maxValues} are possible`)
  }
  if (filter.function === Filter_Function.VALUE_IN) {
    const values = filter.values.map((value) => field.parse(value, filter.field))
    return sql<SqlBool>`${field.expression} in (${sql.join(values)})`
  }
  if (filter.values.length > 1) throw invalid(filter, `has ${filter.values.length} values, but compares with one`)
  return compare(database, filter, field, filter.values[0] ?? '')
}

function compare(database: QueryDatabase, filter: Filter, field: ListField, value: string): Expression<SqlBool> {
  const column = field.expression
  const operator = comparisons[filter.function]
  if (operator !== undefined) {
    return sql<SqlBool>`${column} ${sql.raw(operator)} ${field.parse(value, filter.field)}`
  }
  return (field.isText === true && lookInto(database, filter, field, value)) || refuseFunction(filter)
}

function lookInto(
  database: QueryDatabase,
  filter: Filter,
  field: ListField,
  value: string,
): Expression<SqlBool> | undefined {
  const column = field.expression
  const text = String(field.parse(value, filter.field))
  switch (filter.function) {
    case Filter_Function.CONTAINS:
      return database.contains(column, text)
    case Filter_Function.CONTAINS_CASE_INSENSITIVE:
      return database.contains(sql`lower(${column})`, asciiLower(text))
    case Filter_Function.ENDS_WITH:
      return endsWith(column, text)
    case Filter_Function.NOT_ENDS_WITH:
      return sql<SqlBool>`not ${endsWith(column, text)}`
    default:
      return undefined
  }
}

function refuseFunction(filter: Filter): never {
  throw invalid(filter, `has the function ${functionName(filter.function)}, which this field does not have`)
}

// As the databases do it, which leave other letters as they are.
function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}

// Compared as text, not by pattern, so that `%` and `_` in a value mean themselves.
function endsWith(column: Expression<unknown>, value: string): Expression<SqlBool> {
  return sql<SqlBool>`(substr(${column}, length(${column}) - ${Array.from(value).length} + 1) = ${value})`
}

function functionName(value: number): string {
  return Object.entries(Filter_Function).find(([, number]) => number === value)?.[0] ?? String(value)
}

function invalid(filter: Filter, problem: string): InvalidArgumentError {
  return new InvalidArgumentError(`filter on ${filter.field} ${problem}`, { field: 'request.filters' })
}

import { InvalidArgumentError } from '@tern/core'
import { type Filter, type ListRequest, Sort_Direction } from '@tern/idl/common'
import { type AliasedExpression, type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { filterConditions } from './list-filter.ts'
import { findField, type ListField, type ListFields } from './list-fields.ts'
import { decodePageToken, encodePageToken, type PageKey } from './page-token.ts'
import type { QueryDatabase } from './query-database.ts'

/** One page of a list, and the token of the next; empty after the last. */
export interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  readonly token: string
}

/** An expression to order by that is never null. */
export interface Order {
  readonly expression: Expression<unknown>
  readonly descending: boolean
  /** Whether an index has the rows in the order of this expression. Only asked of lists that tell. */
  readonly isIndexed?: boolean
}

export interface ListOptions {
  /** Names the list and its scope: a token of one list is refused by another. */
  readonly name: string
  readonly fields: ListFields
  /** The order when the request names none; its last field is unique and also settles ties of other orders. */
  readonly defaultOrder: ReadonlyArray<Order>
  /** Defaults to 50. */
  readonly defaultLimit?: number
  /** Defaults to 200; larger limits are refused. */
  readonly maxLimit?: number
}

/** A request for a page, read and checked: what to put into the query, and how to make a page of its rows. */
export interface ListPlan {
  /** What the request filters by, and where the page begins. */
  readonly conditions: ReadonlyArray<Expression<SqlBool>>
  /** What it filters by alone. */
  readonly filters: ReadonlyArray<Expression<SqlBool>>
  /** The place behind which the page begins; undefined for the first. */
  readonly after: PageKey | undefined
  /** What all pages of the list have in common, as a text. */
  readonly query: string
  readonly order: ReadonlyArray<Order>
  /** Rows to fetch: one more than a page has, which tells whether there is another. */
  readonly fetch: number
  toPage<Row extends SortValues, Item>(rows: ReadonlyArray<Row>, toItem: (row: Row) => Item): Page<Item>
}

/** What rows carry for the next page's token: the values they are ordered by, as `sort_0`, `sort_1` … */
export interface SortValues {
  readonly [column: `sort_${number}`]: unknown
}

const maxSorts = 3

/** Throws InvalidArgumentError for a limit, token, field, function or value that is not allowed. */
export function planList(database: QueryDatabase, request: ListRequest | undefined, options: ListOptions): ListPlan {
  const filters = request?.filters ?? []
  const order = orderOf(request, options)
  const limit = limitOf(request?.limit ?? 0, options)
  const filtered = filterConditions(database, filters, options.fields)
  const query = describe(options.name, filters, request, order.length)
  const after = request === undefined || request.token === '' ? undefined : decodePageToken(query, request.token)
  return {
    conditions: after === undefined ? filtered : [...filtered, afterKey(order, after)],
    filters: filtered,
    after,
    query,
    order,
    fetch: limit + 1,
    toPage(rows, toItem) {
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      const token = rows.length > limit && last !== undefined ? encodePageToken(query, keyOf(last, order.length)) : ''
      return { items: shown.map(toItem), token }
    },
  }
}

function limitOf(limit: number, options: ListOptions): number {
  if (limit === 0) return options.defaultLimit ?? 50
  const maxLimit = options.maxLimit ?? 200
  if (limit < 0 || limit > maxLimit) {
    throw new InvalidArgumentError(`limit ${limit} must be from 0 to ${maxLimit}`, { field: 'request.limit' })
  }
  return limit
}

function orderOf(request: ListRequest | undefined, options: ListOptions): ReadonlyArray<Order> {
  const sorts = request?.sortByFields.length ? request.sortByFields : request?.sortBy?.key ? [request.sortBy] : []
  if (sorts.length === 0) return options.defaultOrder
  if (sorts.length > maxSorts) {
    throw new InvalidArgumentError(`cannot sort by ${sorts.length} fields, at most ${maxSorts}`, {
      field: 'request.sort_by_fields',
    })
  }
  const chosen = sorts.map((sort) => {
    const field = findField(sort.key, options.fields, 'sort by')
    const descending = sort.direction !== Sort_Direction.ASCENDING
    return { expression: sortExpression(field), descending, isIndexed: field.isIndexed === true }
  })
  const tie = options.defaultOrder.at(-1)
  return tie === undefined ? chosen : [...chosen, { ...tie, descending: chosen.at(-1)?.descending ?? tie.descending }]
}

function sortExpression(field: ListField): Expression<unknown> {
  if (field.order !== undefined) return field.order
  // Written out, not a parameter: indexes on this expression are found by it.
  return field.missing === undefined ? field.expression : sql`coalesce(${field.expression}, ${sql.lit(field.missing)})`
}

// Beyond the nested comparison, the bound on the first field alone is what an index can be searched with.
function afterKey(order: ReadonlyArray<Order>, key: PageKey): Expression<SqlBool> {
  const first = order[0]
  if (first === undefined || key.length !== order.length) {
    throw new InvalidArgumentError('token does not fit the order of the list', { field: 'request.token' })
  }
  const bound = sql<SqlBool>`${first.expression} ${sql.raw(first.descending ? '<=' : '>=')} ${key[0]}`
  return sql<SqlBool>`(${bound} and ${beyond(order, key)})`
}

function beyond(order: ReadonlyArray<Order>, key: PageKey): Expression<SqlBool> {
  const [head, ...rest] = order
  if (head === undefined) return sql<SqlBool>`false`
  const value = key[key.length - order.length]
  const past = sql<SqlBool>`${head.expression} ${sql.raw(head.descending ? '<' : '>')} ${value}`
  if (rest.length === 0) return past
  return sql<SqlBool>`(${past} or (${head.expression} = ${value} and ${beyond(rest, key)}))`
}

function keyOf(row: SortValues, length: number): PageKey {
  return Array.from({ length }, (_, index) => {
    const value = row[`sort_${index}`]
    return typeof value === 'string' ? value : Number(value)
  })
}

function describe(
  name: string,
  filters: ReadonlyArray<Filter>,
  request: ListRequest | undefined,
  orderLength: number,
): string {
  const sorts = (request?.sortByFields.length ? request.sortByFields : [request?.sortBy]).map(
    (sort) => sort && [sort.key, sort.direction],
  )
  return JSON.stringify([name, filters.map((f) => [f.field, f.function, f.values]), sorts, orderLength])
}

/** The rows of a page and the one behind it, in order. */
export function inPlan<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  { conditions, order, fetch }: ListPlan,
): SelectQueryBuilder<DB, TB, O> {
  let planned = query
  for (const condition of conditions) planned = planned.where(condition)
  for (const { expression, descending } of order) planned = planned.orderBy(expression, descending ? 'desc' : 'asc')
  return planned.limit(fetch)
}

/** The rows with these keys, in the order of the keys. Rows that are no longer there are left out. */
export function inOrder<Key, Row>(
  keys: ReadonlyArray<Key>,
  rows: ReadonlyArray<Row>,
  keyOf: (row: Row) => Key,
): ReadonlyArray<Row> {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  return keys.flatMap((key) => byKey.get(key) ?? [])
}

/** The columns that `toPage` reads the next page's place from. */
export function sortColumns(order: ReadonlyArray<Order>): ReadonlyArray<AliasedExpression<unknown, `sort_${number}`>> {
  return order.map((part, index) => sql`${part.expression}`.as(`sort_${index}` as const))
}

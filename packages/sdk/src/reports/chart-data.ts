import { InvalidArgumentError } from '@tern/core'
import type { ChartOptions, ChartRow } from './chart.ts'

/** A point of a chart. What has no value is a gap. */
export interface Point {
  readonly x: XValue
  readonly y: number | undefined
}

export type XValue = number | Date | string

/** What is drawn in one colour. */
export interface Series {
  readonly name: string
  readonly points: readonly Point[]
}

/** What x is: numbers, times, or words that stand side by side. */
export type XKind = 'number' | 'time' | 'word'

export interface ChartData {
  readonly series: readonly Series[]
  readonly xKind: XKind
}

/** @throws InvalidArgumentError for a column that no row has, and for values that cannot be drawn */
export function chartData(options: ChartOptions<ChartRow>): ChartData {
  const { rows, x, y, series: by, type } = options
  if (!Array.isArray(rows)) throw invalid('rows must be a list of objects', 'rows')
  if (type === 'histogram') return { series: [{ name: x, points: bins(rows, x) }], xKind: 'number' }
  if (y === undefined) throw invalid('say which column is drawn', 'y')
  const columns = typeof y === 'string' ? [y] : y
  for (const column of [x, ...columns, ...(by === undefined ? [] : [by])]) checkColumn(rows, column)
  if (by !== undefined && columns.length > 1) throw invalid('with several columns, there are no series', 'series')
  const xKind = type === 'bar' ? 'word' : kindOf(rows, x)
  if (type === 'bar') checkOneEach(rows, x, by)
  return {
    xKind,
    series: by === undefined ? byColumn(rows, x, columns, xKind) : bySeries(rows, x, columns[0] as string, by, xKind),
  }
}

function byColumn(rows: readonly ChartRow[], x: string, columns: readonly string[], kind: XKind): Series[] {
  return columns.map((name) => ({ name, points: pointsOf(rows, x, name, kind) }))
}

function bySeries(rows: readonly ChartRow[], x: string, y: string, by: string, kind: XKind): Series[] {
  const groups = Map.groupBy(rows, (row) => wordOf(row[by]))
  return [...groups].map(([name, own]) => ({ name, points: pointsOf(own, x, y, kind) }))
}

function pointsOf(rows: readonly ChartRow[], x: string, y: string, kind: XKind): Point[] {
  const points = rows.flatMap((row) => {
    const at = xOf(row[x], kind)
    return at === undefined ? [] : [{ x: at, y: numberOf(row[y], y) }]
  })
  return kind === 'word' ? points : points.toSorted((a, b) => Number(a.x) - Number(b.x))
}

function xOf(value: unknown, kind: XKind): XValue | undefined {
  if (value === undefined || value === null) return undefined
  if (kind === 'word') return wordOf(value)
  return kind === 'time' ? (value as Date) : Number(value)
}

function kindOf(rows: readonly ChartRow[], x: string): XKind {
  const values = rows.map((row) => row[x]).filter((value) => value !== undefined && value !== null)
  if (values.every((value) => value instanceof Date && !Number.isNaN(value.getTime()))) return 'time'
  return values.every((value) => typeof value === 'bigint' || Number.isFinite(value)) ? 'number' : 'word'
}

/** How a value is written where there are only words. */
export function wordOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Date) return value.toISOString().replace('T00:00:00.000Z', '')
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string)
}

function numberOf(value: unknown, column: string): number | undefined {
  if (value === undefined || value === null) return undefined
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number')
    throw invalid(`column ${column} has ${JSON.stringify(value)}, which is no number`, 'y')
  return Number.isFinite(number) ? number : undefined
}

function bins(rows: readonly ChartRow[], column: string): Point[] {
  checkColumn(rows, column)
  const values = rows.flatMap((row) => numberOf(row[column], column) ?? [])
  if (values.length === 0) return []
  const least = values.reduce((a, b) => Math.min(a, b))
  const most = values.reduce((a, b) => Math.max(a, b))
  const count = Math.max(1, Math.min(60, Math.ceil(Math.log2(values.length) + 1)))
  const width = (most - least || 1) / count
  const heights = Array.from({ length: count }, () => 0)
  for (const value of values) {
    const bin = Math.min(count - 1, Math.floor((value - least) / width))
    heights[bin] = (heights[bin] as number) + 1
  }
  // The last one says where they end.
  return [...heights.map((y, i) => ({ x: least + i * width, y })), { x: least + count * width, y: undefined }]
}

// Bars of the same would hide one another.
function checkOneEach(rows: readonly ChartRow[], x: string, by: string | undefined): void {
  const seen = new Set<string>()
  for (const row of rows) {
    const word = JSON.stringify([wordOf(row[x]), by === undefined ? '' : wordOf(row[by])])
    if (seen.has(word)) {
      throw invalid(
        `two rows are of ${x} ${JSON.stringify(wordOf(row[x]))}`,
        'rows',
        'Add them up, or give a column of series.',
      )
    }
    seen.add(word)
  }
}

function checkColumn(rows: readonly ChartRow[], column: string): void {
  if (rows.length === 0 || rows.some((row) => column in row)) return
  const names = [...new Set(rows.slice(0, 10).flatMap((row) => Object.keys(row)))]
  throw invalid(`no row has ${column}`, 'rows', `They have ${names.join(', ')}.`)
}

function invalid(problem: string, field: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`chart: ${problem}`, { field, hint })
}

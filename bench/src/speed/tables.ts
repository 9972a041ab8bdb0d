import type { ShapeResult } from '../measure-shape.ts'
import { summarize } from '../summary.ts'
import { type SpeedRow, verdictOf } from './rows.ts'

/** Texts in rows of equal length, the first of which names the columns. */
export type Table = ReadonlyArray<ReadonlyArray<string>>

const none = '–'

export function speedTable(rows: ReadonlyArray<SpeedRow>): Table {
  const header = ['shape', 'measured is', 'budget', 'aim', 'measured', 'range', 'first, cold', 'result']
  return [header, ...rows.map(toCells)]
}

function toCells(row: SpeedRow): string[] {
  const { shape, quantity, unit, digits, budget, aim, measured, rounds, cold } = row
  const number = (value: number | undefined) =>
    value === undefined ? none : value.toLocaleString('en', { maximumFractionDigits: digits, useGrouping: false })
  const withUnit = (value: number | undefined) => (value === undefined ? none : `${number(value)} ${unit}`)
  const range = rounds.min === rounds.max ? none : `${number(rounds.min)}–${number(rounds.max)}`
  const verdict = verdictOf(row)
  const isAimMet = aim !== undefined && measured <= aim
  return [
    shape,
    quantity,
    withUnit(budget),
    withUnit(aim),
    withUnit(measured),
    range,
    withUnit(cold),
    verdict === 'none' ? none : isAimMet ? `${verdict}, aim met` : verdict,
  ]
}

export interface ShapeCosts {
  readonly shape: string
  readonly actions: number
  readonly result: ShapeResult
}

/** What else each shape cost. */
export function costsTable(shapes: ReadonlyArray<ShapeCosts>): Table {
  const header = [
    'shape',
    'rounds',
    'actions/s',
    'server CPU, µs/action',
    'workers CPU, µs/action',
    'server RSS, MiB',
    'its own',
    'mapped files',
    'workers RSS, MiB',
    'disk flushes',
    'all else, CPU',
  ]
  return [header, ...shapes.map(costCells)]
}

function costCells({ shape, actions, result }: ShapeCosts): string[] {
  const rounds = result.rounds.map(({ measurement }) => measurement)
  const median = (of: (round: (typeof rounds)[number]) => number) => summarize(rounds.map(of)).median
  const largest = (of: (round: (typeof rounds)[number]) => number) => summarize(rounds.map(of)).max.toFixed(0)
  return [
    shape,
    String(rounds.length),
    median(({ wallSeconds }) => actions / wallSeconds).toFixed(0),
    median(({ serverCpuSeconds }) => (serverCpuSeconds / actions) * 1e6).toFixed(1),
    median(({ workersCpuSeconds }) => (workersCpuSeconds / actions) * 1e6).toFixed(1),
    largest(({ serverPeakRssMib }) => serverPeakRssMib),
    largest(({ serverPeakAnonMib }) => serverPeakAnonMib),
    largest(({ serverPeakFileMib }) => serverPeakFileMib),
    largest(({ workersPeakRssMib }) => workersPeakRssMib),
    median(({ diskFlushes }) => diskFlushes).toFixed(0),
    `${median(({ otherCpuSeconds, wallSeconds }) => (100 * otherCpuSeconds) / wallSeconds).toFixed(0)} %`,
  ]
}

/** Columns one below the other, for a terminal. */
export function toText(table: Table): string {
  const widths = widthsOf(table)
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function toMarkdown(table: Table): string {
  const widths = widthsOf(table)
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const [header = [], ...rows] = table
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function widthsOf(table: Table): ReadonlyArray<number> {
  return (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
}

import type { Colors } from '../io.ts'
import { textWidth, truncateToWidth } from './text-width.ts'

export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => string
  readonly style?: (text: string, row: T) => string
  /** Whether it may be cut where the line is too long for the terminal. */
  readonly shrinks?: boolean
  readonly align?: 'right'
}

export interface TableStyle {
  readonly colors: Colors
  /** Characters a line; without a limit nothing is cut. */
  readonly columns: number | undefined
}

const gap = '  '
const narrowest = 8

/** Rows under headings, aligned; columns that are empty throughout are left out. */
export function renderTable<T>(rows: readonly T[], columns: readonly Column<T>[], style: TableStyle): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const shown = columns.map((_, i) => i).filter((i) => cells.some((row) => row[i] !== ''))
  const widths = fit(columns, shown, naturalWidths(columns, cells), style.columns)
  const line = (texts: readonly string[], paint: (text: string, i: number) => string) =>
    shown
      .map((i, position) => {
        const text = truncateToWidth(texts[i] ?? '', widths[i] ?? 0)
        const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - textWidth(text)))
        if (columns[i]?.align === 'right') return padding + paint(text, i)
        return position === shown.length - 1 ? paint(text, i) : paint(text, i) + padding
      })
      .join(gap)
  const head = line(
    columns.map(({ title }) => title),
    (text) => style.colors.dim(text),
  )
  const body = cells.map((texts, index) =>
    line(texts, (text, i) => columns[i]?.style?.(text, rows[index] as T) ?? text),
  )
  return `${[head, ...body].join('\n')}\n`
}

function naturalWidths<T>(columns: readonly Column<T>[], cells: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, i) => Math.max(textWidth(title), ...cells.map((row) => textWidth(row[i] ?? ''))))
}

/** Takes from the widest column that may shrink until the line fits, or nothing is left to take. */
function fit<T>(
  columns: readonly Column<T>[],
  shown: readonly number[],
  widths: readonly number[],
  limit: number | undefined,
): readonly number[] {
  if (limit === undefined) return widths
  const fitted = [...widths]
  const total = () => shown.reduce((sum, i) => sum + (fitted[i] ?? 0), gap.length * (shown.length - 1))
  for (let excess = total() - limit; excess > 0; excess = total() - limit) {
    const widest = shown
      .filter((i) => columns[i]?.shrinks === true && (fitted[i] ?? 0) > narrowest)
      .sort((a, b) => (fitted[b] ?? 0) - (fitted[a] ?? 0))[0]
    if (widest === undefined) break
    fitted[widest] = Math.max(narrowest, (fitted[widest] ?? 0) - excess)
  }
  return fitted
}

/** One line of text without anything that moves the cursor. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trimEnd()
}

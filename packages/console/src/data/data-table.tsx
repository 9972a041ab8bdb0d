import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { cx } from '../design/cx.ts'
import { formatBytes } from './format-bytes.ts'

export interface TableData {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
  /** Of which `rows` are the first. */
  readonly total: number
}

const rowHeight = 26

/** Rows of data, of which those are in the page that can be seen. */
export function DataTable({ data, label }: { data: TableData; label: string }) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: data.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  const items = virtualizer.getVirtualItems()
  const isNumeric = data.columns.map((_, place) => isNumber(data.rows.find((row) => row[place] !== null)?.[place]))
  const above = items[0]?.start ?? 0
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <div ref={scroller} tabIndex={0} role="region" aria-label={label} className="max-h-80 overflow-auto">
        <table className="w-full border-collapse text-left text-xs tabular-nums" aria-rowcount={data.rows.length + 1}>
          <thead className="sticky top-0 bg-sunken">
            <tr>
              {data.columns.map((column, place) => (
                <th
                  key={column}
                  scope="col"
                  className={cx(
                    'border-b border-line px-2.5 py-1.5 font-medium whitespace-nowrap text-muted',
                    isNumeric[place] && 'text-right',
                  )}
                >
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <tr aria-hidden style={{ height: above }} />}
            {items.map(({ index }) => (
              <tr key={index} aria-rowindex={index + 2} style={{ height: rowHeight }} className="hover:bg-hover">
                {data.columns.map((column, place) => (
                  <td
                    key={column}
                    className={cx('max-w-72 truncate border-b border-line/60 px-2.5', isNumeric[place] && 'text-right')}
                  >
                    <Cell value={data.rows[index]?.[place]} />
                  </td>
                ))}
              </tr>
            ))}
            {below > 0 && <tr aria-hidden style={{ height: below }} />}
          </tbody>
        </table>
      </div>
      <p className="border-t border-line bg-sunken px-2.5 py-1 text-2xs text-muted">
        {data.total.toLocaleString()} {data.total === 1 ? 'row' : 'rows'}, {data.columns.length}{' '}
        {data.columns.length === 1 ? 'column' : 'columns'}
        {data.rows.length < data.total && `; the first ${data.rows.length.toLocaleString()} are shown`}
      </p>
    </div>
  )
}

function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className="text-faint">–</span>
  const text = textOf(value)
  const shown = typeof value === 'number' ? shortNumber(value) : text
  return <span title={text.length > 30 || shown !== text ? text : undefined}>{shown}</span>
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** As many digits as somebody reads; the rest is told to who points at it. */
function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString().replace('T00:00:00.000Z', '')
  if (value instanceof Uint8Array) return formatBytes(value.length)
  if (typeof value === 'object')
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
  return String(value as string | number | boolean | bigint)
}

import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, type ReactNode, type RefObject, useCallback, useEffect, useRef } from 'react'
import { cx } from '../../../design/cx.ts'
import type { RunRow } from '../../../model/run-rows.ts'
import { RowPlaceholder, rowHeight } from './row-content.tsx'
import type { RunRows } from './use-run-rows.ts'

export interface RowListProps {
  readonly found: RunRows
  readonly selected: string | undefined
  readonly onSelect: (row: RunRow) => void
  readonly onFold: (id: string, isOpen: boolean) => void
  readonly renderRow: (row: RunRow, onFold: (isOpen: boolean) => void) => ReactNode
  readonly header?: ReactNode
}

const lookEveryMs = 60

/** Rows of any number, of which those are there that can be seen. */
export function RowList({ found, selected, onSelect, onFold, renderRow, header }: RowListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: found.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const items = virtualizer.getVirtualItems()
  useLooking(found, scroller)
  useRevealing(found.revealedIndex, (index) => virtualizer.scrollToIndex(index, { align: 'center' }))

  const selectedIndex = indexOf(found, selected)
  // Keys may come faster than the URL changes: it does not lead back to a row that they have left since.
  const cursor = useRef(selectedIndex)
  const awaited = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (awaited.current !== undefined && awaited.current !== selected) return
    awaited.current = undefined
    cursor.current = selectedIndex
  }, [selected, selectedIndex])
  const moveTo = (wanted: number) => {
    const index = Math.max(0, Math.min(found.total - 1, wanted))
    const row = found.rows.get(index)
    virtualizer.scrollToIndex(index)
    if (row === undefined) return
    cursor.current = index
    awaited.current = row.id === selected ? undefined : row.id
    onSelect(row)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = cursor.current
    const row = at < 0 ? undefined : found.rows.get(at)
    const page = Math.floor((scroller.current?.clientHeight ?? 300) / rowHeight) - 1
    const moves: Readonly<Record<string, (() => void) | undefined>> = {
      ArrowDown: () => moveTo(at + 1),
      ArrowUp: () => moveTo(at - 1),
      PageDown: () => moveTo(at + page),
      PageUp: () => moveTo(at - page),
      Home: () => moveTo(0),
      End: () => moveTo(found.total - 1),
      ArrowRight: () => row?.hasChildren && (row.isExpanded ? moveTo(at + 1) : onFold(row.id, true)),
      ArrowLeft: () => row !== undefined && (row.isExpanded ? onFold(row.id, false) : moveTo(parentOf(found, at))),
    }
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    move()
  }

  // What scrolls by is not drawn again because its handlers are new.
  const handlers = useRef({ onSelect, onFold })
  handlers.current = { onSelect, onFold }
  const selectRow = useCallback((row: RunRow) => {
    awaited.current = undefined
    handlers.current.onSelect(row)
  }, [])
  const foldRow = useCallback((id: string, isOpen: boolean) => handlers.current.onFold(id, isOpen), [])

  return (
    <div
      ref={scroller}
      role="tree"
      aria-label="Actions"
      tabIndex={0}
      aria-activedescendant={selectedIndex < 0 ? undefined : rowId(selectedIndex)}
      onKeyDown={onKeyDown}
      className="relative min-h-0 grow overflow-auto outline-offset-[-2px] [contain:strict]"
    >
      {header}
      <div role="presentation" className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = found.rows.get(index)
          return (
            <RowItem
              key={index}
              index={index}
              start={start}
              total={found.total}
              row={row}
              isSelected={row !== undefined && row.id === selected}
              renderRow={renderRow}
              onSelect={selectRow}
              onFold={foldRow}
            />
          )
        })}
      </div>
    </div>
  )
}

interface RowItemProps extends Pick<RowListProps, 'renderRow' | 'onSelect' | 'onFold'> {
  readonly index: number
  readonly start: number
  readonly total: number
  readonly row: RunRow | undefined
  readonly isSelected: boolean
}

const RowItem = memo(function RowItem(props: RowItemProps) {
  const { index, start, total, row, isSelected, renderRow, onSelect, onFold } = props
  return (
    <div
      id={rowId(index)}
      role="treeitem"
      aria-level={(row?.depth ?? 0) + 1}
      aria-posinset={index + 1}
      aria-setsize={total}
      aria-selected={isSelected}
      aria-expanded={row?.hasChildren ? row.isExpanded : undefined}
      data-id={row?.id}
      onClick={() => row && onSelect(row)}
      className={cx(
        'absolute inset-x-0 flex cursor-default items-center gap-3 border-b border-line/60 pr-3 pl-2',
        isSelected ? 'bg-selected' : 'hover:bg-hover',
      )}
      style={{ height: rowHeight, transform: `translateY(${start}px)` }}
    >
      {row === undefined ? <RowPlaceholder /> : renderRow(row, (isOpen) => onFold(row.id, isOpen))}
    </div>
  )
})

function rowId(index: number): string {
  return `row-${index}`
}

function indexOf({ rows }: RunRows, id: string | undefined): number {
  if (id !== undefined) for (const [index, row] of rows) if (row.id === id) return index
  return -1
}

function parentOf({ rows }: RunRows, index: number): number {
  const depth = rows.get(index)?.depth ?? 0
  for (let above = index - 1; above >= 0; above--) if ((rows.get(above)?.depth ?? depth) < depth) return above
  return index
}

/** Tells where somebody looks, now and then while they scroll. */
function useLooking(found: RunRows, scroller: RefObject<HTMLDivElement | null>): void {
  const latest = useRef(found)
  latest.current = found
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      // Where it was scrolled to may not be drawn yet.
      const { scrollTop = 0, clientHeight = 0 } = scroller.current ?? {}
      latest.current.look(Math.floor(scrollTop / rowHeight), Math.ceil((scrollTop + clientHeight) / rowHeight))
    }, lookEveryMs)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
}

/** Scrolls to a row once it is known where it is. */
function useRevealing(index: number, scrollTo: (index: number) => void): void {
  const shown = useRef(-1)
  useEffect(() => {
    if (index >= 0 && shown.current < 0) scrollTo(index)
    shown.current = index
  })
}

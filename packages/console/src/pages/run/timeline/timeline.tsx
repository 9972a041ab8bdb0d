import { useNow } from '../../../design/now.ts'
import { isAllOver, type RunRow } from '../../../model/run-rows.ts'
import { formatRange, parseRange } from '../../../model/time-axis.ts'
import { useRunParams, useRunSearch } from '../run-search.ts'
import { RowList } from '../tree/row-list.tsx'
import type { RunRows } from '../tree/use-run-rows.ts'
import { Axis } from './axis.tsx'
import { TimelineRow } from './timeline-row.tsx'
import { useActionTimes } from './use-action-times.ts'

export interface TimelineProps {
  readonly found: RunRows
  readonly selected: string | undefined
  readonly onSelect: (row: RunRow) => void
  readonly onFold: (id: string, isOpen: boolean) => void
}

/** The actions of a run with when each waited and ran. */
export function Timeline({ found, selected, onSelect, onFold }: TimelineProps) {
  const { project, domain, run } = useRunParams()
  const { search, set } = useRunSearch()
  const { root, rows } = found
  const isOver = isAllOver(root)
  const ticking = useNow(!isOver)
  const times = useActionTimes({ project, domain }, run, [...rows.values()])
  const start = root?.startMs ?? 0
  // What is called for longer than its caller is not cut off.
  const latest = Math.max(root?.endMs ?? 0, ...[...rows.values()].map(({ endMs }) => endMs ?? 0))
  const now = isOver ? latest : Math.max(ticking, latest)
  const whole = { from: start, to: Math.max(start + 1, now) }
  const zoomed = parseRange(search.range, start)
  const range = zoomed ?? whole
  return (
    <RowList
      found={found}
      selected={selected}
      onSelect={onSelect}
      onFold={onFold}
      header={
        <Axis
          range={range}
          start={start}
          isZoomed={zoomed !== undefined}
          onZoom={(next) => set({ range: next && formatRange(next, start) }, true)}
        />
      }
      renderRow={(row, foldRow) => (
        <TimelineRow row={row} stretches={times.get(row.id)} range={range} now={now} onFold={foldRow} />
      )}
    />
  )
}

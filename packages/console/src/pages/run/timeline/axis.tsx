import { ZoomOut } from 'lucide-react'
import { type PointerEvent, useState } from 'react'
import { IconButton } from '../../../design/button.tsx'
import { cx } from '../../../design/cx.ts'
import { placeOf, ticksOf, type TimeRange } from '../../../model/time-axis.ts'
import { formatMs } from '../../../model/times.ts'
import { nameWidth } from './timeline-row.tsx'

const fewestPixels = 6

/** The times above the bars. A part that is drawn over with the pointer is what is looked at then. */
export function Axis({
  range,
  start,
  isZoomed,
  onZoom,
}: {
  readonly range: TimeRange
  readonly start: number
  readonly isZoomed: boolean
  /** @param range undefined for the whole run */
  readonly onZoom: (range: TimeRange | undefined) => void
}) {
  const [drawn, setDrawn] = useState<{ from: number; to: number; width: number }>()
  const timeAt = (x: number, width: number) => range.from + (x / width) * (range.to - range.from)
  const xOf = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return { x: Math.max(0, Math.min(box.width, event.clientX - box.left)), width: box.width }
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    const { x, width } = xOf(event)
    setDrawn({ from: x, to: x, width })
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const { x } = xOf(event)
    setDrawn((before) => before && { ...before, to: x })
  }
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    setDrawn(undefined)
    // What was drawn last may not be shown yet.
    const { x, width } = xOf(event)
    if (drawn === undefined || Math.abs(x - drawn.from) < fewestPixels) return
    onZoom({ from: timeAt(Math.min(drawn.from, x), width), to: timeAt(Math.max(drawn.from, x), width) })
  }
  return (
    <div className="sticky top-0 z-10 flex h-7 items-center gap-3 border-b border-line bg-surface pr-3 pl-2 text-2xs text-muted">
      <span className={cx('flex shrink-0 items-center justify-between gap-2', nameWidth)}>
        <span className={cx('truncate pl-4', !isZoomed && 'hidden md:inline')}>
          {isZoomed ? `${formatMs(range.to - range.from)} of the run` : 'Draw over the times to look closer'}
        </span>
        {isZoomed && (
          <IconButton
            label="Show the whole run"
            icon={<ZoomOut size={13} />}
            size="tiny"
            onClick={() => onZoom(undefined)}
          />
        )}
      </span>
      <div
        role="presentation"
        className="relative h-full grow cursor-crosshair touch-none select-none"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onDoubleClick={() => onZoom(undefined)}
      >
        {ticksOf(range, start, 7).map(({ at, label }) => (
          <span
            key={at}
            className="absolute inset-y-0 flex items-center border-l border-line pl-1 whitespace-nowrap tabular-nums"
            style={{ left: `${placeOf(at, range)}%` }}
          >
            {/* The last one would be cut off; sooner, where there is little room. */}
            {placeOf(at, range) < 95 && <span className={cx(placeOf(at, range) > 78 && 'max-md:hidden')}>{label}</span>}
          </span>
        ))}
        {drawn && (
          <span
            className="absolute inset-y-0 bg-selected opacity-70"
            style={{ left: Math.min(drawn.from, drawn.to), width: Math.abs(drawn.to - drawn.from) }}
          />
        )}
      </div>
    </div>
  )
}

import { cx } from '../../../design/cx.ts'
import { toneFill } from '../../../design/tones.ts'
import { phaseInfo } from '../../../model/phases.ts'
import type { RunRow } from '../../../model/run-rows.ts'
import { placeOf, type TimeRange } from '../../../model/time-axis.ts'
import { formatMs } from '../../../model/times.ts'
import { RowName } from '../tree/row-content.tsx'
import type { Stretch } from './use-action-times.ts'

/** The part of a row that has its name; the rest is time. */
export const nameWidth = 'w-[38%] min-w-36 max-w-96'

export interface TimelineRowProps {
  readonly row: RunRow
  readonly stretches: ReadonlyArray<Stretch> | undefined
  readonly range: TimeRange
  readonly now: number
  readonly onFold: (isOpen: boolean) => void
}

export function TimelineRow({ row, stretches, range, now, onFold }: TimelineRowProps) {
  return (
    <>
      <span className={cx('flex shrink-0', nameWidth)}>
        <RowName row={row} onFold={onFold} />
      </span>
      <span className="relative h-full min-w-0 grow">
        {row.kind === 'group' || stretches === undefined ? (
          <WholeBar row={row} range={range} now={now} />
        ) : (
          stretches.map((stretch) => (
            <StretchBar
              key={`${stretch.attempt} ${stretch.phase} ${stretch.from}`}
              stretch={stretch}
              range={range}
              now={now}
            />
          ))
        )}
        <Duration row={row} range={range} now={now} />
      </span>
    </>
  )
}

/** From the beginning to the end, where no more is known. */
function WholeBar({ row, range, now }: { row: RunRow; range: TimeRange; now: number }) {
  if (row.startMs === undefined) return null
  const style = placeStyle(row.startMs, row.endMs ?? now, range)
  if (style === undefined) return null
  const tone = toneFill[phaseInfo(row.phase).tone]
  return (
    <span
      aria-hidden
      className={cx(
        'absolute top-1/2 min-w-0.5 -translate-y-1/2 rounded-xs',
        row.kind === 'group' ? 'h-1 opacity-60' : 'h-3 opacity-80',
        tone,
      )}
      style={style}
    />
  )
}

/** A wait is a line, work is a bar: in its colour how it ended. */
function StretchBar({ stretch, range, now }: { stretch: Stretch; range: TimeRange; now: number }) {
  const style = placeStyle(stretch.from, stretch.to ?? now, range)
  if (style === undefined) return null
  const { tone, label } = phaseInfo(stretch.phase)
  const isWait = tone === 'wait'
  const shown = isWait || stretch.end === undefined ? tone : phaseInfo(stretch.end).tone
  const length = formatMs((stretch.to ?? now) - stretch.from)
  return (
    <span
      title={`Attempt ${stretch.attempt}: ${label.toLowerCase()} ${length}`}
      className={cx(
        'absolute top-1/2 -translate-y-1/2 rounded-xs',
        isWait ? 'h-0.5 opacity-60' : 'h-3 min-w-0.5',
        toneFill[shown],
      )}
      style={style}
    />
  )
}

function placeStyle(from: number, to: number, range: TimeRange): { left: string; width: string } | undefined {
  if (to < range.from || from > range.to) return undefined
  const left = placeOf(from, range)
  return { left: `${left}%`, width: `${placeOf(to, range) - left}%` }
}

/** How long it took, beside its end, or before its beginning where there is no room. */
function Duration({ row, range, now }: { row: RunRow; range: TimeRange; now: number }) {
  if (row.startMs === undefined) return null
  const end = row.endMs ?? now
  if (end < range.from || row.startMs > range.to) return null
  const [left, right] = [placeOf(row.startMs, range), placeOf(end, range)]
  const style = right < 82 ? { left: `${right}%` } : left > 18 ? { right: `${100 - left}%` } : undefined
  if (style === undefined) return null
  return (
    <span
      className="pointer-events-none absolute top-1/2 -translate-y-1/2 px-1.5 text-2xs whitespace-nowrap text-muted tabular-nums"
      style={style}
    >
      {formatMs(end - row.startMs)}
    </span>
  )
}

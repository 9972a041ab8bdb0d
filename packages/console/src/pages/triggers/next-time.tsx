import { useNow } from '../../design/now.ts'
import { formatAbsolute, formatRelative } from '../../model/times.ts'

/** In how long something is due; when exactly is told to who points at it. */
export function TimeUntil({ at }: { at: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={formatAbsolute(at)} className="whitespace-nowrap">
      {formatRelative(Math.max(at, now), now)}
    </time>
  )
}

/** An instant on the walls of whoever looks, and on those of the trigger where they show another time. */
export function ZonedTime({ at, zone }: { at: number; zone: string | undefined }) {
  const here = format(at, undefined)
  const there = zone === undefined ? here : format(at, zone)
  return (
    <span className="tabular-nums">
      {here}
      {there !== here && (
        <span className="block text-muted">
          {there} in {zone}
        </span>
      )}
    </span>
  )
}

function format(at: number, timeZone: string | undefined): string {
  return new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(at)
}

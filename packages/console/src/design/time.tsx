import { formatAbsolute, formatMs, formatRelative } from '../model/times.ts'
import { useNow } from './now.ts'

/** How long ago something was; when exactly is told to who points at it. */
export function TimeAgo({ at }: { at: number | undefined }) {
  const now = useNow()
  if (at === undefined) return <span className="text-faint">–</span>
  return (
    <time dateTime={new Date(at).toISOString()} title={formatAbsolute(at)} className="whitespace-nowrap">
      {formatRelative(at, Math.max(now, at - 4_000))}
    </time>
  )
}

/** How long something took, or takes up to now. */
export function Elapsed({ from, to }: { from: number | undefined; to: number | undefined }) {
  const now = useNow(to === undefined && from !== undefined)
  if (from === undefined) return <span className="text-faint">–</span>
  return <span className="whitespace-nowrap tabular-nums">{formatMs(Math.max(0, (to ?? now) - from))}</span>
}

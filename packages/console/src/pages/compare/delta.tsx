import { cx } from '../../design/cx.ts'
import { formatMs } from '../../model/times.ts'

// Less than that is as it comes.
const notableMs = 100
const notableShare = 0.05

/** How much longer or shorter something took. */
export function Delta({ a, b }: { a: number | undefined; b: number | undefined }) {
  if (a === undefined || b === undefined) return null
  const delta = b - a
  const share = a === 0 ? undefined : delta / a
  if (Math.abs(delta) < 1) return <span className="text-faint">the same</span>
  const isNotable = Math.abs(delta) >= Math.max(notableMs, notableShare * Math.max(a, b))
  return (
    <span
      className={cx('whitespace-nowrap tabular-nums', !isNotable ? 'text-muted' : delta > 0 ? 'text-bad' : 'text-good')}
    >
      {delta > 0 ? '+' : '−'}
      {formatMs(Math.abs(delta))}
      {share !== undefined && Math.abs(share) >= 0.01 && Math.abs(share) < 10 && (
        <span className="ml-1 text-2xs">
          {delta > 0 ? '+' : '−'}
          {Math.round(Math.abs(share) * 100)} %
        </span>
      )}
    </span>
  )
}

import { cx } from './cx.ts'

/** How much of something is taken. */
export function Bar({ value, of, label, className }: { value: number; of: number; label: string; className?: string }) {
  const share = of <= 0 ? 0 : Math.min(1, value / of)
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={of}
      aria-valuenow={Math.min(value, of)}
      className={cx('h-1.5 overflow-hidden rounded-full bg-wait-soft', className)}
    >
      <div
        className={cx('h-full rounded-full forced-color-adjust-none', share >= 1 ? 'bg-warn' : 'bg-busy')}
        style={{ width: `${100 * share}%` }}
      />
    </div>
  )
}

import { CheckCircle2, ChevronRight } from 'lucide-react'
import type { Scope } from '../../app/scope.ts'
import { Bar } from '../../design/bar.tsx'
import { cx } from '../../design/cx.ts'
import { TimeAgo } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'
import { OpenGroup } from './open-group.tsx'
import type { Waits, WholeStatus } from './merge-status.ts'
import { waitText } from './wait-text.ts'

/** Actions that wait, folded by what they wait for; the largest group first. */
export function WaitList({
  status,
  open,
  onOpen,
  scope,
}: {
  readonly status: WholeStatus
  /** The key of the group that is unfolded. */
  readonly open: string | undefined
  readonly onOpen: (key: string | undefined) => void
  /** Whose waits they are; undefined for those of all. */
  readonly scope: Scope | undefined
}) {
  const { waits, moreGroups, moreWaits } = status
  if (waits.length === 0) {
    return (
      <p className="flex items-center gap-2 py-2 text-muted">
        <CheckCircle2 size={15} className="text-good" aria-hidden />
        Nothing waits.
      </p>
    )
  }
  const total = waits.reduce((sum, { count }) => sum + count, moreWaits)
  return (
    <>
      <ul aria-label="Waits" className="-mx-4 flex flex-col divide-y divide-line border-y border-line">
        {waits.map((group) => (
          <GroupLine
            key={group.key}
            group={group}
            total={total}
            isOpen={group.key === open}
            onToggle={() => onOpen(group.key === open ? undefined : group.key)}
            scope={scope}
          />
        ))}
      </ul>
      {moreGroups > 0 && (
        <p className="mt-2 text-xs text-muted">
          and {moreWaits.toLocaleString()} more actions, for {moreGroups.toLocaleString()} other things
        </p>
      )}
    </>
  )
}

function GroupLine({
  group,
  total,
  isOpen,
  onToggle,
  scope,
}: {
  readonly group: Waits
  readonly total: number
  readonly isOpen: boolean
  readonly onToggle: () => void
  readonly scope: Scope | undefined
}) {
  const { title, hint } = waitText(group)
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="grid w-full grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-2.5 px-4 py-2.5 text-left outline-offset-[-2px] hover:bg-hover md:grid-cols-[auto_minmax(0,3fr)_minmax(0,2fr)_6rem_5rem_6rem]"
      >
        <ChevronRight size={14} className={cx('text-faint transition-transform', isOpen && 'rotate-90')} aria-hidden />
        <span className="min-w-0">
          <span className="block truncate font-medium">{title}</span>
          <span className="hidden truncate text-xs text-muted md:block">{hint}</span>
        </span>
        <span className="hidden truncate text-xs text-muted md:block">{group.actions[0]?.name}</span>
        <Bar className="hidden md:block" value={group.count} of={total} label={`Share of ${title}`} />
        <span className="text-right font-medium tabular-nums">{group.count.toLocaleString()}</span>
        <span className="col-start-2 row-start-2 truncate text-xs text-muted md:col-start-auto md:row-start-auto md:text-right">
          <span className="md:hidden">{group.actions[0]?.name}, </span>
          <TimeAgo at={msOf(group.oldestAt)} />
        </span>
      </button>
      {isOpen && <OpenGroup group={group} scope={scope} />}
    </li>
  )
}

import { CalendarClock, CalendarOff } from 'lucide-react'
import { cx } from '../../design/cx.ts'

/** Whether a trigger starts runs. */
export function TriggerState({ isActive }: { isActive: boolean }) {
  const Icon = isActive ? CalendarClock : CalendarOff
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1.5 rounded-full pr-2.5 pl-2 text-xs font-medium whitespace-nowrap',
        isActive ? 'bg-good-soft text-good' : 'bg-wait-soft text-wait',
      )}
    >
      <Icon size={13} aria-hidden />
      {isActive ? 'On' : 'Off'}
    </span>
  )
}

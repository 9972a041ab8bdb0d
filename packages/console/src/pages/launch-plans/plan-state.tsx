import type { LaunchPlan } from '@tern/idl/launchplan'
import { CalendarClock, CircleCheck, CircleSlash } from 'lucide-react'
import { cx } from '../../design/cx.ts'

/** Whether a version of a launch plan is the one that runs by itself, and that callers get. */
export function PlanState({ plan: { active, isDefault, spec } }: { plan: LaunchPlan }) {
  if (isDefault) return <Pill isOn={false} icon={CircleCheck} text="Default" />
  if (!active) return <Pill isOn={false} icon={CircleSlash} text="Not active" />
  return <Pill isOn icon={spec?.schedule === undefined ? CircleCheck : CalendarClock} text="Active" />
}

function Pill({ isOn, icon: Icon, text }: { isOn: boolean; icon: typeof CircleCheck; text: string }) {
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1.5 rounded-full pr-2.5 pl-2 text-xs font-medium whitespace-nowrap',
        isOn ? 'bg-good-soft text-good' : 'bg-wait-soft text-wait',
      )}
    >
      <Icon size={13} aria-hidden />
      {text}
    </span>
  )
}

import { Link } from '@tanstack/react-router'
import type { LaunchPlan } from '@tern/idl/launchplan'
import { useScope } from '../../app/scope.ts'
import { msOf } from '../../model/times.ts'
import { LastPhases } from '../runs/last-phases.tsx'
import type { LastRun } from '../runs/use-last-runs.ts'
import { scheduleText } from '../triggers/automation-text.ts'
import { TimeUntil, ZonedTime } from '../triggers/next-time.tsx'
import { PlanState } from './plan-state.tsx'

/** A launch plan in a list: what it launches, when, and how that went. */
export function LaunchPlanLine({ plan, lastRuns }: { plan: LaunchPlan; lastRuns: ReadonlyArray<LastRun> | undefined }) {
  const scope = useScope()
  const { id, spec, nextLaunchAt } = plan
  const schedule = spec?.schedule && scheduleText(spec.schedule)
  const nextAt = msOf(nextLaunchAt)
  return (
    <li>
      <Link
        to="/v2/domain/$domain/project/$project/launch-plans/$plan"
        params={{ ...scope, plan: id?.name ?? '' }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2 hover:bg-hover md:grid-cols-[minmax(0,1fr)_10.5rem_13rem_6rem_6.5rem] md:px-5"
      >
        <span className="min-w-0">
          <span className="block truncate">{id?.name}</span>
          <span className="block truncate text-xs text-muted">
            {spec?.taskId?.name}
            {schedule !== undefined && <span className="md:hidden"> · {schedule.words}</span>}
            {spec?.description && <span className="hidden md:inline"> · {spec.description}</span>}
          </span>
        </span>
        <span className="hidden min-w-0 text-xs md:block">
          {schedule === undefined ? (
            <span className="text-muted">No schedule</span>
          ) : (
            <>
              <span className="block truncate">{schedule.words}</span>
              <span className="block truncate text-muted">{schedule.zone}</span>
            </>
          )}
        </span>
        <span className="hidden text-xs text-muted md:block">
          {nextAt !== undefined && <ZonedTime at={nextAt} zone={schedule?.zone} />}
        </span>
        <span className="hidden md:block">{lastRuns !== undefined && <LastPhases runs={lastRuns} />}</span>
        <span className="flex flex-col items-end gap-1 text-xs text-muted">
          <PlanState plan={plan} />
          {nextAt !== undefined && (
            <span className="md:hidden">
              <TimeUntil at={nextAt} />
            </span>
          )}
        </span>
      </Link>
    </li>
  )
}

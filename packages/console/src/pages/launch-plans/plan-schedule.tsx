import type { LaunchPlan } from '@tern/idl/launchplan'
import { Section } from '../../design/facts.tsx'
import { triggerOfPlan } from '../../model/launch-plans.ts'
import { scheduleText } from '../triggers/automation-text.ts'
import { FiringList } from '../triggers/firing-list.tsx'
import { Upcoming } from '../triggers/upcoming.tsx'

/** When a launch plan starts runs by itself: in words, the next times, and what became of those before. */
export function PlanSchedule({ plan: { id, spec, active } }: { plan: LaunchPlan }) {
  if (spec?.schedule === undefined || id === undefined) {
    return (
      <Section title="When">
        <p className="text-xs text-muted">Whenever somebody launches it: it has no schedule.</p>
      </Section>
    )
  }
  const text = scheduleText(spec.schedule)
  const { org, project, domain, name } = id
  const trigger = {
    $typeName: 'flyteidl2.common.TriggerName' as const,
    org,
    project,
    domain,
    taskName: spec.taskId?.name ?? '',
    name: triggerOfPlan(name),
  }
  const kickoff = spec.schedule.kickoffTimeInputArg
  return (
    <>
      <Section title="When">
        <p className="text-sm">{text.words}</p>
        <p className="mt-0.5 text-xs text-muted">
          {text.code !== undefined && <span className="font-mono">{text.code}</span>} {text.zone}
        </p>
        {kickoff !== '' && (
          <p className="mt-0.5 text-xs text-muted">
            The time is the input <span className="font-mono">{kickoff}</span>.
          </p>
        )}
      </Section>
      <Section title="Next">
        {active ? (
          <Upcoming name={trigger} zone={text.zone} what="launches" />
        ) : (
          <p className="text-xs text-muted">This version is not active, and starts nothing by itself.</p>
        )}
      </Section>
      {active && (
        <Section title="Times before">
          <FiringList name={trigger} zone={text.zone} />
        </Section>
      )}
    </>
  )
}

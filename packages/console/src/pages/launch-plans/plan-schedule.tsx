import type { LaunchPlan } from '@tern/idl/launchplan'
import { Section } from '../../design/facts.tsx'
import { triggerOfPlan } from '../../model/launch-plans.ts'
import { scheduleText } from '../triggers/automation-text.ts'
import { FiringList } from '../triggers/firing-list.tsx'
import { TimeUntil, ZonedTime } from '../triggers/next-time.tsx'
import { useUpcoming } from '../triggers/use-upcoming.ts'

const shownInstants = 5

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
          <Upcoming trigger={trigger} zone={text.zone} />
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

function Upcoming({ trigger, zone }: { trigger: Parameters<typeof FiringList>[0]['name']; zone: string | undefined }) {
  const instants = useUpcoming([trigger], shownInstants)?.[0]
  if (instants === undefined) return <p className="text-xs text-muted">The server does not tell.</p>
  return (
    <ol aria-label="Next launches" className="flex flex-col gap-1.5 text-xs">
      {instants.map((at) => (
        <li key={at} className="flex justify-between gap-3">
          <ZonedTime at={at} zone={zone} />
          <span className="text-muted">
            <TimeUntil at={at} />
          </span>
        </li>
      ))}
    </ol>
  )
}

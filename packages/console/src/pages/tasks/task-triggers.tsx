import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { TriggerService } from '@tern/idl/trigger'
import { isUnimplemented } from '../../api/unimplemented.ts'
import { useScope } from '../../app/scope.ts'
import { Section } from '../../design/facts.tsx'
import { ProblemLine } from '../../design/states.tsx'
import { automationText } from '../triggers/automation-text.ts'
import { TimeUntil } from '../triggers/next-time.tsx'
import { TriggerLink, triggerTitle } from '../triggers/trigger-link.tsx'
import { TriggerState } from '../triggers/trigger-state.tsx'
import { useUpcoming } from '../triggers/use-upcoming.ts'

const mostTriggers = 50
const refreshMs = 5_000

/** What starts runs of a task by itself, and when next. Nothing for a task that has no trigger. */
export function TaskTriggers({ task }: { task: string }) {
  const scope = useScope()
  const { data, error } = useQuery(
    TriggerService.method.listTriggers,
    { scopeBy: { case: 'taskName', value: { ...scope, name: task } }, request: { limit: mostTriggers } },
    { refetchInterval: refreshMs },
  )
  const triggers = data?.triggers ?? []
  const upcoming = useUpcoming(
    triggers.flatMap(({ id }) => id?.name ?? []),
    1,
  )
  if (data === undefined && error !== null && !isUnimplemented(error)) {
    return (
      <Section title="Triggers">
        <ProblemLine error={error} />
      </Section>
    )
  }
  if (triggers.length === 0) return null
  return (
    <Section
      title="Triggers"
      actions={
        data?.token !== '' && (
          <Link
            to="/v2/domain/$domain/project/$project/triggers"
            params={scope}
            search={{ task }}
            className="rounded-sm text-xs text-accent hover:underline"
          >
            All triggers of the task
          </Link>
        )
      }
    >
      <ul aria-label="Triggers" className="-mx-2 flex flex-col">
        {triggers.map(({ id, active, automationSpec }, index) => {
          const name = id?.name?.name ?? ''
          const nextAt = upcoming?.[index]?.[0]
          return (
            <li key={name}>
              <TriggerLink
                name={{ ...scope, taskName: task, name }}
                className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 rounded-md px-2 py-1.5 hover:bg-hover"
              >
                <span className="min-w-0">
                  <span className="block truncate">{triggerTitle(name)}</span>
                  <span className="block truncate text-xs text-muted">
                    {automationSpec !== undefined && automationText(automationSpec).words}
                    {nextAt !== undefined && (
                      <>
                        , next <TimeUntil at={nextAt} />
                      </>
                    )}
                  </span>
                </span>
                <TriggerState isActive={active} />
              </TriggerLink>
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

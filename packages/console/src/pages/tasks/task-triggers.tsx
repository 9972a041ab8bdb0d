import { useQuery } from '@connectrpc/connect-query'
import { TriggerService } from '@tern/idl/trigger'
import { useScope } from '../../app/scope.ts'
import { Section } from '../../design/facts.tsx'
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
  const { data } = useQuery(
    TriggerService.method.listTriggers,
    { scopeBy: { case: 'taskName', value: { ...scope, name: task } }, request: { limit: mostTriggers } },
    { refetchInterval: refreshMs },
  )
  const triggers = data?.triggers ?? []
  const upcoming = useUpcoming(
    triggers.flatMap(({ id }) => id?.name ?? []),
    1,
  )
  if (triggers.length === 0) return null
  return (
    <Section title="Triggers">
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

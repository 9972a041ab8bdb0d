import { useQuery } from '@connectrpc/connect-query'
import { Filter_Function } from '@tern/idl/common'
import { TriggerService } from '@tern/idl/trigger'
import { useScope } from '../../app/scope.ts'
import { ProblemLine, Skeleton } from '../../design/states.tsx'
import { TimeUntil } from '../triggers/next-time.tsx'
import { TriggerLink, triggerTitle } from '../triggers/trigger-link.tsx'
import { useUpcoming } from '../triggers/use-upcoming.ts'

const mostTriggers = 200
const shown = 6
const refreshMs = 5_000

/** The triggers of a project that fire next, the first one first. */
export function NextSchedules() {
  const scope = useScope()
  const { data, error } = useQuery(
    TriggerService.method.listTriggers,
    {
      scopeBy: { case: 'projectId', value: { name: scope.project, domain: scope.domain } },
      request: {
        limit: mostTriggers,
        filters: [{ field: 'active', function: Filter_Function.EQUAL, values: ['true'] }],
      },
    },
    { refetchInterval: refreshMs },
  )
  const names = data?.triggers.flatMap(({ id }) => id?.name ?? []) ?? []
  const upcoming = useUpcoming(names, 1)
  if (error !== null && data === undefined) return <ProblemLine error={error} />
  if (data === undefined) return <Skeleton lines={2} />
  const next = names
    .flatMap((name, index) => {
      const at = upcoming?.[index]?.[0]
      return at === undefined ? [] : [{ name, at }]
    })
    .sort((a, b) => a.at - b.at)
    .slice(0, shown)
  if (next.length === 0) return <p className="text-xs text-muted">Nothing is scheduled.</p>
  return (
    <ol aria-label="Next schedules" className="-mx-2 flex flex-col">
      {next.map(({ name, at }) => (
        <li key={`${name.taskName} ${name.name}`}>
          <TriggerLink
            name={{ ...scope, taskName: name.taskName, name: name.name }}
            className="flex items-baseline justify-between gap-3 rounded-md px-2 py-1.5 text-xs hover:bg-hover"
          >
            <span className="min-w-0 truncate">
              {triggerTitle(name.name)} <span className="text-muted">{name.taskName}</span>
            </span>
            <span className="text-muted">
              <TimeUntil at={at} />
            </span>
          </TriggerLink>
        </li>
      ))}
    </ol>
  )
}

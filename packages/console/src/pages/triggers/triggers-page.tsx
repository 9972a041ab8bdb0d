import { getRouteApi } from '@tanstack/react-router'
import { Filter_Function } from '@tern/idl/common'
import { type Trigger, TriggerService } from '@tern/idl/trigger'
import { usePages } from '../../api/use-pages.ts'
import { NothingYet } from '../../app/nothing-yet.tsx'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { FilterField } from '../../design/filter-field.tsx'
import { PageHeader } from '../../design/page.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { planOfTrigger } from '../../model/launch-plans.ts'
import { triggersSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { automationText } from './automation-text.ts'
import { TimeUntil, ZonedTime } from './next-time.tsx'
import { TriggerLink, triggerTitle } from './trigger-link.tsx'
import { TriggerState } from './trigger-state.tsx'
import { useUpcoming } from './use-upcoming.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/triggers')

const pageSize = 50

const taskContains = (text: string) => ({
  field: 'task_name',
  function: Filter_Function.CONTAINS_CASE_INSENSITIVE,
  values: [text],
})

/** What starts runs by itself in a project, and when next. */
export function TriggersPage() {
  const scope = useScope()
  useTitle(`Triggers · ${scope.project}`)
  const { task = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = usePages({
    method: TriggerService.method.listTriggers,
    key: [scope.project, scope.domain, task],
    request: (token) => ({
      scopeBy: { case: 'projectId' as const, value: { name: scope.project, domain: scope.domain } },
      request: { limit: pageSize, token, filters: task === '' ? [] : [taskContains(task)] },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  const { data, error, refetch } = query
  const triggers = data?.pages.flatMap((page) => page.triggers)
  const upcoming = useUpcoming(triggers?.flatMap(({ id }) => id?.name ?? []) ?? [], 1)
  return (
    <>
      <PageHeader title="Triggers" actions={<CopyAs snippets={triggersSnippets(scope)} />} />
      <div className="flex shrink-0 border-b border-line bg-surface px-4 py-2 md:px-5">
        <FilterField
          value={task}
          onChange={(text) => void navigate({ search: text === '' ? {} : { task: text }, replace: true })}
          label="Filter triggers by task"
          placeholder="Filter by task"
        />
      </div>
      {error !== null && triggers === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {triggers === undefined && error === null && <Skeleton lines={8} />}
      {triggers?.length === 0 && (
        <NothingYet title={task === '' ? 'Nothing runs by itself here' : 'No trigger is of such a task'}>
          {task === '' ? (
            <>
              A task that is deployed with <code className="font-mono">triggers</code> runs by a schedule;{' '}
              <code className="font-mono">tern create trigger</code> gives one to a task that is deployed.
            </>
          ) : (
            'Names of tasks have the form environment.task.'
          )}
        </NothingYet>
      )}
      {triggers !== undefined && triggers.length > 0 && (
        <ul className="divide-y divide-line" aria-label="Triggers">
          {triggers.map((trigger, index) => (
            <TriggerLine
              key={`${trigger.id?.name?.taskName} ${trigger.id?.name?.name}`}
              trigger={trigger}
              nextAt={upcoming?.[index]?.[0]}
            />
          ))}
        </ul>
      )}
      <ShowMore query={query} label="Show more triggers" />
    </>
  )
}

function TriggerLine({ trigger, nextAt }: { trigger: Trigger; nextAt: number | undefined }) {
  const scope = useScope()
  const { id, active, automationSpec, status } = trigger
  const { taskName = '', name = '' } = id?.name ?? {}
  const { words, code, zone } = automationSpec === undefined ? { words: '' } : automationText(automationSpec)
  const firedAt = msOf(status?.triggeredAt)
  return (
    <li>
      <TriggerLink
        name={{ ...scope, taskName, name }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2 hover:bg-hover md:grid-cols-[minmax(0,1fr)_minmax(0,15rem)_4.5rem_8rem_14rem] md:px-5"
      >
        <span className="min-w-0">
          <span className="block truncate">
            {triggerTitle(name)}
            {planOfTrigger(name) !== undefined && <span className="text-xs text-muted"> launch plan</span>}
          </span>
          <span className="block truncate text-xs text-muted">{taskName}</span>
        </span>
        <span className="col-start-1 row-start-2 min-w-0 md:col-start-auto md:row-start-auto">
          <span className="block truncate">{words}</span>
          <span className="block truncate text-xs text-muted">
            {code !== undefined && <span className="font-mono">{code}</span>} {zone}
          </span>
        </span>
        <span className="justify-self-end md:justify-self-start">
          <TriggerState isActive={active} />
        </span>
        <span className="hidden text-xs text-muted md:block">
          {firedAt === undefined ? (
            'not fired yet'
          ) : (
            <>
              fired <TimeAgo at={firedAt} />
            </>
          )}
        </span>
        <span className="text-right text-xs md:text-left">
          {nextAt !== undefined && (
            <>
              <span className="md:hidden">
                <TimeUntil at={nextAt} />
              </span>
              <span className="hidden md:block">
                <span className="sr-only">next </span>
                <ZonedTime at={nextAt} zone={zone} />
              </span>
            </>
          )}
        </span>
      </TriggerLink>
    </li>
  )
}

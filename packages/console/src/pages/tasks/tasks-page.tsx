import { getRouteApi, Link } from '@tanstack/react-router'
import { Filter_Function } from '@tern/idl/common'
import { type Task, TaskService } from '@tern/idl/task'
import { usePages } from '../../api/use-pages.ts'
import { NothingYet } from '../../app/nothing-yet.tsx'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { FilterField } from '../../design/filter-field.tsx'
import { PageHeader } from '../../design/page.tsx'
import { PhaseIcon } from '../../design/phase.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { msOf } from '../../model/times.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/tasks')

const pageSize = 50

const nameContains = (text: string) => ({
  field: 'name',
  function: Filter_Function.CONTAINS_CASE_INSENSITIVE,
  values: [text],
})

/** The tasks that are deployed in a project, each with its newest version. */
export function TasksPage() {
  const scope = useScope()
  useTitle(`Tasks · ${scope.project}`)
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = usePages({
    method: TaskService.method.listTasks,
    key: [scope.project, scope.domain, q],
    request: (token) => ({
      scopeBy: { case: 'projectId' as const, value: { name: scope.project, domain: scope.domain } },
      request: { limit: pageSize, token, filters: q === '' ? [] : [nameContains(q)] },
    }),
    tokenOf: ({ token }) => token,
  })
  const { data, error, refetch } = query
  const tasks = data?.pages.flatMap((page) => page.tasks)
  return (
    <>
      <PageHeader title="Tasks" />
      <div className="flex shrink-0 border-b border-line bg-surface px-4 py-2 md:px-5">
        <FilterField
          value={q}
          onChange={(text) => void navigate({ search: text === '' ? {} : { q: text }, replace: true })}
          label="Filter tasks by name"
          placeholder="Filter by name"
        />
      </div>
      {error !== null && tasks === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {tasks === undefined && error === null && <Skeleton lines={8} />}
      {tasks?.length === 0 && (
        <NothingYet title={q === '' ? 'Nothing is deployed here yet' : 'No task has this in its name'}>
          {q === '' ? (
            <>
              <code className="font-mono">tern deploy FILE</code> keeps the tasks of a file, to be run by their names.
            </>
          ) : (
            'Names have the form environment.task.'
          )}
        </NothingYet>
      )}
      {tasks !== undefined && tasks.length > 0 && (
        <ul className="divide-y divide-line" aria-label="Tasks">
          {tasks.map((task) => (
            <TaskLine key={task.taskId?.name} task={task} />
          ))}
        </ul>
      )}
      <ShowMore query={query} label="Show more tasks" />
    </>
  )
}

function TaskLine({ task: { taskId, metadata, taskSummary } }: { task: Task }) {
  const scope = useScope()
  const name = taskId?.name ?? ''
  const latest = taskSummary?.latestRun
  return (
    <li>
      <Link
        to="/v2/domain/$domain/project/$project/tasks/$task"
        params={{ ...scope, task: name }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2 hover:bg-hover md:grid-cols-[minmax(0,1fr)_9rem_10rem_7rem] md:px-5"
      >
        <span className="min-w-0">
          <span className="block truncate">{name}</span>
          <span className="block truncate text-xs text-muted">{metadata?.shortDescription}</span>
        </span>
        <span className="hidden truncate font-mono text-xs text-muted md:block">{taskId?.version}</span>
        <span className="flex items-center gap-2 text-xs text-muted">
          {latest !== undefined && (
            <>
              <PhaseIcon phase={latest.phase} size={12} />
              <TimeAgo at={msOf(latest.runTime)} />
            </>
          )}
        </span>
        <span className="hidden text-right text-xs text-muted md:block">
          deployed <TimeAgo at={msOf(metadata?.deployedAt)} />
        </span>
      </Link>
    </li>
  )
}

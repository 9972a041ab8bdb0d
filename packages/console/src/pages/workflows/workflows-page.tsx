import { getRouteApi, Link } from '@tanstack/react-router'
import { Filter_Function } from '@tern/idl/common'
import { type Task, TaskService } from '@tern/idl/task'
import { Workflow } from 'lucide-react'
import { toProblem } from '../../api/problem.ts'
import { usePages } from '../../api/use-pages.ts'
import { NothingYet } from '../../app/nothing-yet.tsx'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { FilterField } from '../../design/filter-field.tsx'
import { Listing } from '../../design/listing.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { workflowsSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { LastPhases } from '../runs/last-phases.tsx'
import { type LastRun, useLastRuns } from '../runs/use-last-runs.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/workflows')

const pageSize = 50

const areWorkflows = { field: 'task_type', function: Filter_Function.EQUAL, values: ['workflow'] }

const nameContains = (text: string) => ({
  field: 'name',
  function: Filter_Function.CONTAINS_CASE_INSENSITIVE,
  values: [text],
})

/** The workflows that are deployed in a project, each with its newest version and how its last runs went. */
export function WorkflowsPage() {
  const scope = useScope()
  useTitle(`Workflows · ${scope.project}`)
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = usePages({
    method: TaskService.method.listTasks,
    key: ['workflows', scope.project, scope.domain, q],
    request: (token) => ({
      scopeBy: { case: 'projectId' as const, value: { name: scope.project, domain: scope.domain } },
      request: { limit: pageSize, token, filters: [areWorkflows, ...(q === '' ? [] : [nameContains(q)])] },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 1,
  })
  const workflows = query.data?.pages.flatMap(({ tasks }) => tasks)
  const lastRuns = useLastRuns({
    ...scope,
    field: 'task_name',
    names: workflows?.map(({ taskId }) => taskId?.name ?? '') ?? [],
    nameOf: ({ action }) => action?.metadata?.funtionName ?? '',
  })
  const isUnknown = query.error !== null && toProblem(query.error).kind === 'refused'
  return (
    <>
      <PageHeader title="Workflows" actions={<CopyAs snippets={workflowsSnippets(scope)} />} />
      <div className="flex shrink-0 border-b border-line bg-surface px-4 py-2 md:px-5">
        <FilterField
          value={q}
          onChange={(text) => void navigate({ search: text === '' ? {} : { q: text }, replace: true })}
          label="Filter workflows by name"
          placeholder="Filter by name"
        />
      </div>
      {isUnknown ? (
        <NotToldApart />
      ) : (
        <Listing
          items={workflows}
          query={query}
          label="Workflows"
          empty={q === '' ? <NothingHere /> : <EmptyState title="No workflow has this in its name" />}
          renderItem={(task) => (
            <WorkflowLine
              key={task.taskId?.name}
              task={task}
              lastRuns={lastRuns === undefined ? undefined : (lastRuns.get(task.taskId?.name ?? '') ?? [])}
            />
          )}
        />
      )}
    </>
  )
}

function WorkflowLine({
  task: { taskId, metadata, taskSummary },
  lastRuns,
}: {
  task: Task
  lastRuns: ReadonlyArray<LastRun> | undefined
}) {
  const scope = useScope()
  const latest = taskSummary?.latestRun
  // What the summary tells is there also when the newest runs are all of others.
  const known =
    latest === undefined ? [] : [{ name: latest.runId?.name ?? '', phase: latest.phase, startedAt: undefined }]
  const runs = lastRuns === undefined || lastRuns.length === 0 ? known : lastRuns
  return (
    <li>
      <Link
        to="/v2/domain/$domain/project/$project/workflows/$workflow"
        params={{ ...scope, workflow: taskId?.name ?? '' }}
        className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2 hover:bg-hover md:grid-cols-[minmax(0,1fr)_9rem_6rem_6rem_9rem] md:px-5"
      >
        <span className="min-w-0">
          <span className="block truncate">{taskId?.name}</span>
          <span className="block truncate text-xs text-muted">{metadata?.shortDescription}</span>
        </span>
        <span className="hidden truncate font-mono text-xs text-muted md:block">{taskId?.version}</span>
        <span className="justify-self-end md:justify-self-start">
          <LastPhases runs={runs} />
        </span>
        <span className="hidden text-right text-xs text-muted md:block">
          {latest !== undefined && <TimeAgo at={msOf(latest.runTime)} />}
        </span>
        <span className="hidden text-right text-xs text-muted md:block">
          deployed <TimeAgo at={msOf(metadata?.deployedAt)} />
        </span>
      </Link>
    </li>
  )
}

function NothingHere() {
  return (
    <NothingYet icon={Workflow} title="No workflow is deployed here yet">
      <code className="font-mono">workflow(…)</code> of <code className="font-mono">@tern/sdk/workflows</code> makes
      one; <code className="font-mono">tern deploy FILE</code> brings it here.
    </NothingYet>
  )
}

/** What there is to say of servers that know tasks only. */
function NotToldApart() {
  return (
    <div role="status">
      <EmptyState icon={Workflow} title="This server does not tell workflows from other tasks">
        Whatever is deployed is in the list of tasks.
      </EmptyState>
    </div>
  )
}

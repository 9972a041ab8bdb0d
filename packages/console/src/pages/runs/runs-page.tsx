import { useQuery } from '@connectrpc/connect-query'
import { Link } from '@tanstack/react-router'
import { RunService } from '@tern/idl/workflow'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { PageHeader } from '../../design/page.tsx'
import { PhaseIcon } from '../../design/phase.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { Elapsed, TimeAgo } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'

/** The newest runs of a project. */
export function RunsPage() {
  const scope = useScope()
  useTitle(`Runs · ${scope.project}`)
  const { data, error, refetch } = useQuery(RunService.method.listRuns, {
    scopeBy: { case: 'projectId', value: { name: scope.project, domain: scope.domain } },
    request: { limit: 50, sortByFields: [{ key: 'created_at', direction: 0 }] },
  })
  return (
    <>
      <PageHeader title="Runs" />
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton lines={8} />}
      {data?.runs.length === 0 && (
        <EmptyState title="Nothing has run here yet">
          Start a run with <code className="font-mono">tern run FILE TASK</code>.
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {data?.runs.map(({ action }) => (
          <li key={action?.id?.run?.name}>
            <Link
              to="/v2/domain/$domain/project/$project/runs/$run"
              params={{ ...scope, run: action?.id?.run?.name ?? '' }}
              className="flex items-center gap-3 px-5 py-2 hover:bg-hover"
            >
              <PhaseIcon phase={action?.status?.phase} />
              <span className="w-44 truncate font-mono text-xs">{action?.id?.run?.name}</span>
              <span className="grow truncate">
                {action?.metadata?.environmentName}.{action?.metadata?.funtionName}
              </span>
              <span className="text-muted">
                <Elapsed from={msOf(action?.status?.startTime)} to={msOf(action?.status?.endTime)} />
              </span>
              <span className="w-24 text-right text-muted">
                <TimeAgo at={msOf(action?.status?.startTime)} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}

import { Sort_Direction } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { RunList } from '../runs/run-list.tsx'

const pageSize = 50

/** The runs of all versions of a workflow, live, the newest first. */
export function WorkflowRuns({ name }: { name: string }) {
  const scope = useScope()
  const query = usePages({
    method: RunService.method.listRuns,
    key: ['task', scope.project, scope.domain, name],
    request: (token) => ({
      scopeBy: { case: 'taskName' as const, value: { ...scope, name } },
      request: { limit: pageSize, token, sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }] },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  const runs = query.data?.pages.flatMap((page) => page.runs)
  if (runs === undefined) {
    return query.error === null ? <Skeleton /> : <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  }
  if (runs.length === 0) return <EmptyState title="It has not run yet">“Launch” above starts a run.</EmptyState>
  return (
    <>
      <RunList runs={runs} />
      <ShowMore query={query} label="Show older runs" />
    </>
  )
}

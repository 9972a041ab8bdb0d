import { useScope } from '../../app/scope.ts'
import { Button } from '../../design/button.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { RunList } from '../runs/run-list.tsx'
import { usePlanRuns } from './use-plan-runs.ts'

/** The runs of a launch plan, whoever started them. */
export function PlanRuns({ name }: { name: string }) {
  const { query, runs } = usePlanRuns(useScope(), name)
  if (runs === undefined) {
    return query.error === null ? <Skeleton /> : <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  }
  if (runs.length === 0) return <p className="text-xs text-muted">It has started no run.</p>
  return (
    <div className="-mx-4">
      <RunList runs={runs} />
      {query.hasNextPage && (
        <div className="grid place-items-center border-t border-line p-4">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? 'Loading …' : 'Show older runs'}
          </Button>
        </div>
      )}
    </div>
  )
}

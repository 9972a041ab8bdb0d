import { useScope } from '../../app/scope.ts'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { ShowMore } from '../../design/show-more.tsx'
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
      <ShowMore query={query} label="Show older runs" />
    </div>
  )
}

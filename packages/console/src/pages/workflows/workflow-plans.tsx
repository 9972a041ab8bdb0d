import { LaunchPlanService } from '@tern/idl/launchplan'
import { Rocket } from 'lucide-react'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { Listing } from '../../design/listing.tsx'
import { EmptyState } from '../../design/states.tsx'
import { planOfRun } from '../../model/launch-plans.ts'
import { LaunchPlanLine } from '../launch-plans/launch-plan-line.tsx'
import { useLastRuns } from '../runs/use-last-runs.ts'

const pageSize = 50

/** The launch plans that launch a workflow, of any version. */
export function WorkflowPlans({ name }: { name: string }) {
  const scope = useScope()
  const query = usePages({
    method: LaunchPlanService.method.listLaunchPlans,
    key: ['of', scope.project, scope.domain, name],
    request: (token) => ({
      scope: { case: 'taskName' as const, value: { ...scope, name } },
      request: { limit: pageSize, token },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 1,
  })
  // The one that it has by itself is this page's "Launch".
  const plans = query.data?.pages.flatMap(({ launchPlans }) => launchPlans).filter(({ isDefault }) => !isDefault)
  const lastRuns = useLastRuns({
    ...scope,
    field: 'launch_plan_name',
    names: plans?.map(({ id }) => id?.name ?? '') ?? [],
    nameOf: ({ labels }) => planOfRun(labels)?.name ?? '',
  })
  return (
    <Listing
      items={plans}
      query={query}
      label="Launch plans"
      empty={
        <EmptyState icon={Rocket} title="No launch plan launches it">
          <code className="font-mono">launchPlan(workflow, …)</code> saves inputs, and sets a schedule.
        </EmptyState>
      }
      renderItem={(plan) => (
        <LaunchPlanLine
          key={plan.id?.name}
          plan={plan}
          lastRuns={lastRuns && (lastRuns.get(plan.id?.name ?? '') ?? [])}
        />
      )}
    />
  )
}

import { getRouteApi } from '@tanstack/react-router'
import { Filter_Function } from '@tern/idl/common'
import { LaunchPlanService } from '@tern/idl/launchplan'
import { Rocket } from 'lucide-react'
import { usePages } from '../../api/use-pages.ts'
import { NothingYet } from '../../app/nothing-yet.tsx'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { FilterField } from '../../design/filter-field.tsx'
import { Listing } from '../../design/listing.tsx'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState } from '../../design/states.tsx'
import { planOfRun } from '../../model/launch-plans.ts'
import { launchPlansSnippets } from '../../model/snippets.ts'
import { useLastRuns } from '../runs/use-last-runs.ts'
import { LaunchPlanLine } from './launch-plan-line.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/launch-plans')

const pageSize = 50

const nameContains = (text: string) => ({
  field: 'name',
  function: Filter_Function.CONTAINS_CASE_INSENSITIVE,
  values: [text],
})

/** The launch plans of a project: what each launches and when next. */
export function LaunchPlansPage() {
  const scope = useScope()
  useTitle(`Launch plans · ${scope.project}`)
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const query = usePages({
    method: LaunchPlanService.method.listLaunchPlans,
    key: [scope.project, scope.domain, q],
    request: (token) => ({
      scope: { case: 'projectId' as const, value: { name: scope.project, domain: scope.domain } },
      request: { limit: pageSize, token, filters: q === '' ? [] : [nameContains(q)] },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  const plans = query.data?.pages.flatMap(({ launchPlans }) => launchPlans)
  const lastRuns = useLastRuns({
    ...scope,
    field: 'launch_plan_name',
    names: plans?.map(({ id }) => id?.name ?? '') ?? [],
    nameOf: ({ labels }) => planOfRun(labels)?.name ?? '',
  })
  return (
    <>
      <PageHeader title="Launch plans" actions={<CopyAs snippets={launchPlansSnippets(scope)} />} />
      <div className="flex shrink-0 border-b border-line bg-surface px-4 py-2 md:px-5">
        <FilterField
          value={q}
          onChange={(text) => void navigate({ search: text === '' ? {} : { q: text }, replace: true })}
          label="Filter launch plans by name"
          placeholder="Filter by name"
        />
      </div>
      <Listing
        items={plans}
        query={query}
        label="Launch plans"
        empty={q === '' ? <NothingHere /> : <EmptyState title="No launch plan has this in its name" />}
        renderItem={(plan) => (
          <LaunchPlanLine
            key={plan.id?.name}
            plan={plan}
            lastRuns={lastRuns && (lastRuns.get(plan.id?.name ?? '') ?? [])}
          />
        )}
      />
    </>
  )
}

function NothingHere() {
  return (
    <NothingYet icon={Rocket} title="No launch plan is deployed here yet">
      <code className="font-mono">launchPlan(task, …)</code> of <code className="font-mono">@tern/sdk/workflows</code>{' '}
      names a way to run a task or a workflow: with inputs that are saved, on a schedule, so many at once.
    </NothingYet>
  )
}

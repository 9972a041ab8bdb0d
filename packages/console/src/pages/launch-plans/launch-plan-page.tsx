import { useQuery } from '@connectrpc/connect-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type LaunchPlan, LaunchPlanService } from '@tern/idl/launchplan'
import { CircleCheck, CircleSlash } from 'lucide-react'
import { Suspense, useMemo, useState } from 'react'
import { lazyPart } from '../../api/lazy-part.ts'
import { useCommands } from '../../app/palette-commands.ts'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { Button } from '../../design/button.tsx'
import { CopyAs } from '../../design/copy.tsx'
import { Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { planLabels } from '../../model/launch-plans.ts'
import { launchPlanSnippets } from '../../model/snippets.ts'
import { PlanFacts } from './plan-facts.tsx'
import { PlanInputs } from './plan-inputs.tsx'
import { PlanRuns } from './plan-runs.tsx'
import { PlanSchedule } from './plan-schedule.tsx'
import { PlanState } from './plan-state.tsx'
import { PlanVersions } from './plan-versions.tsx'
import { ActivateDialog, DeactivateDialog } from './steer-dialog.tsx'
import { LaunchButton } from '../tasks/launch/launch-button.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/launch-plans/$plan')

const LaunchPlanDialog = lazyPart(() => import('./launch-plan-dialog.tsx'), 'LaunchPlanDialog')

const refreshMs = 5_000

/** A launch plan: what it gives and asks for, when it runs, how its runs went, and which of its versions is active. */
export function LaunchPlanPage() {
  const scope = useScope()
  const { plan: name } = route.useParams()
  const { version, launch } = route.useSearch()
  const navigate = route.useNavigate()
  const setLaunch = (isOpen: boolean) =>
    void navigate({
      search: { ...(version !== undefined && { version }), ...(isOpen && { launch: 'yes' }) },
      replace: true,
    })
  useTitle(name)
  const { data, error, refetch } = useQuery(
    LaunchPlanService.method.getLaunchPlan,
    { id: { ...scope, name, ...(version !== undefined && { version }) } },
    { refetchInterval: refreshMs },
  )
  const plan = data?.launchPlan
  const plans = { label: 'Launch plans', to: `/v2/domain/${scope.domain}/project/${scope.project}/launch-plans` }
  return (
    <>
      <PageHeader
        crumbs={[plans]}
        title={
          <span className="flex min-w-0 items-center gap-2">
            <span className="truncate">{name}</span>
            {plan !== undefined && <PlanState plan={plan} />}
          </span>
        }
        actions={
          <>
            <CopyAs snippets={launchPlanSnippets(scope, name, version)} />
            {plan !== undefined && !plan.isDefault && <Steering plan={plan} />}
            <LaunchButton isReady={plan !== undefined} onLaunch={() => setLaunch(true)} />
          </>
        }
      >
        {plan?.spec?.description && <p className="mt-1 text-xs text-muted">{plan.spec.description}</p>}
      </PageHeader>
      {launch !== undefined && plan !== undefined && (
        <Suspense>
          <LaunchPlanDialog plan={plan} onClose={() => setLaunch(false)} />
        </Suspense>
      )}
      {plan === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {plan === undefined && error === null && <Skeleton lines={8} />}
      {plan !== undefined && (
        <div className="grid grow content-start lg:grid-cols-[minmax(0,1fr)_22rem] lg:content-stretch">
          <div className="border-line max-lg:border-b lg:border-r">
            <PlanInputs plan={plan} />
            <Section
              title="Last runs"
              actions={
                <Link
                  to="/v2/domain/$domain/project/$project/runs"
                  params={scope}
                  search={{ label: `${planLabels.name}=${name}` }}
                  className="rounded-sm text-xs text-accent hover:underline"
                >
                  In the list of runs
                </Link>
              }
            >
              <PlanRuns name={name} />
            </Section>
          </div>
          <div>
            <PlanSchedule plan={plan} />
            <PlanFacts plan={plan} />
            <Section title="Versions">
              <PlanVersions name={name} shown={plan.id?.version} />
            </Section>
          </div>
        </div>
      )}
    </>
  )
}

/** Makes the version that is shown the active one, or none. */
function Steering({ plan }: { plan: LaunchPlan }) {
  const [isAsking, setAsking] = useState(false)
  const word = plan.active ? 'Deactivate' : 'Activate'
  const Icon = plan.active ? CircleSlash : CircleCheck
  const commands = useMemo(
    () => [{ label: `${word} this launch plan`, icon: <Icon size={15} />, run: () => setAsking(true) }],
    [word, Icon],
  )
  useCommands(commands)
  const close = () => setAsking(false)
  return (
    <>
      <Button size="small" icon={<Icon size={13} aria-hidden />} onClick={() => setAsking(true)}>
        {word}
      </Button>
      {isAsking && plan.active && <DeactivateDialog plan={plan} onClose={close} />}
      {isAsking && !plan.active && <ActivateDialog plan={plan} active={undefined} onClose={close} />}
    </>
  )
}

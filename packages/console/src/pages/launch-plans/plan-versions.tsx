import { Link } from '@tanstack/react-router'
import { type LaunchPlan, LaunchPlanService } from '@tern/idl/launchplan'
import { useState } from 'react'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { identityText } from '../../data/identity.ts'
import { Button } from '../../design/button.tsx'
import { cx } from '../../design/cx.ts'
import { ProblemLine, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { msOf } from '../../model/times.ts'
import { PlanState } from './plan-state.tsx'
import { ActivateDialog } from './steer-dialog.tsx'

const pageSize = 25

/** The versions of a launch plan, the newest first; each can be made the active one. */
export function PlanVersions({ name, shown }: { name: string; shown: string | undefined }) {
  const scope = useScope()
  const [chosen, setChosen] = useState<LaunchPlan>()
  const query = usePages({
    method: LaunchPlanService.method.listLaunchPlans,
    key: ['versions', scope.project, scope.domain, name],
    request: (token) => ({
      scope: { case: 'versionsOf' as const, value: { ...scope, name } },
      request: { limit: pageSize, token },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 1,
  })
  const { data, error } = query
  if (data === undefined) return error === null ? <Skeleton lines={3} /> : <ProblemLine error={error} />
  const versions = data.pages.flatMap(({ launchPlans }) => launchPlans)
  if (versions.length === 0)
    return <p className="text-xs text-muted">It has none: every task has this plan by itself.</p>
  return (
    <>
      <ul aria-label="Versions" className="-mx-2">
        {versions.map((plan) => (
          <Version key={plan.id?.version} plan={plan} isShown={plan.id?.version === shown} onActivate={setChosen} />
        ))}
      </ul>
      <ShowMore query={query} label="Show earlier versions" isInner />
      {chosen !== undefined && (
        <ActivateDialog
          plan={chosen}
          active={versions.find(({ active }) => active)?.id?.version}
          onClose={() => setChosen(undefined)}
        />
      )}
    </>
  )
}

function Version({
  plan,
  isShown,
  onActivate,
}: {
  readonly plan: LaunchPlan
  readonly isShown: boolean
  readonly onActivate: (plan: LaunchPlan) => void
}) {
  const scope = useScope()
  const { id, active, deployedAt, deployedBy } = plan
  const by = identityText(deployedBy)
  return (
    <li
      className={cx(
        'flex items-center justify-between gap-2 rounded-md pr-1 pl-2 hover:bg-hover',
        isShown && 'bg-selected',
      )}
    >
      <Link
        to="/v2/domain/$domain/project/$project/launch-plans/$plan"
        params={{ ...scope, plan: id?.name ?? '' }}
        search={{ version: id?.version ?? '' }}
        aria-current={isShown ? 'page' : undefined}
        className="min-w-0 grow py-1.5 text-xs"
      >
        <span className={cx('block truncate font-mono', isShown && 'font-medium')}>{id?.version}</span>
        <span className="block truncate text-2xs text-muted">
          deployed <TimeAgo at={msOf(deployedAt)} />
          {by !== '' && ` by ${by}`}
        </span>
      </Link>
      {active ? (
        <PlanState plan={plan} />
      ) : (
        <Button size="small" look="ghost" aria-label={`Activate ${id?.version}`} onClick={() => onActivate(plan)}>
          Activate
        </Button>
      )}
    </li>
  )
}

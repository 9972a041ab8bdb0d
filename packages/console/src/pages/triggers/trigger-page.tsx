import { useQuery } from '@connectrpc/connect-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { TriggerName } from '@tern/idl/common'
import { type TriggerDetails, TriggerService } from '@tern/idl/trigger'
import { Play, Power } from 'lucide-react'
import { useMemo } from 'react'
import { useCommands } from '../../app/palette-commands.ts'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { Values } from '../../data/values.tsx'
import { Button, buttonClass } from '../../design/button.tsx'
import { CopyAs } from '../../design/copy.tsx'
import { Facts, Section } from '../../design/facts.tsx'
import { PageHeader } from '../../design/page.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { planOfTrigger } from '../../model/launch-plans.ts'
import { triggerSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { RunList } from '../runs/run-list.tsx'
import { automationText } from './automation-text.ts'
import { FiringList } from './firing-list.tsx'
import { RevisionList } from './revision-list.tsx'
import { TriggerLink } from './trigger-link.tsx'
import { TriggerState } from './trigger-state.tsx'
import { useSteerTrigger } from './use-steer-trigger.ts'
import { useTriggerRuns } from './use-trigger-runs.ts'
import { Upcoming } from './upcoming.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/triggers/$task/$trigger')

/** A trigger: when it fires next, what became of the times before, and who changed it. */
export function TriggerPage() {
  const scope = useScope()
  const { task, trigger } = route.useParams()
  useTitle(`${trigger} · ${task}`)
  const name = { ...scope, org: '', taskName: task, name: trigger }
  const { data, error, refetch } = useQuery(
    TriggerService.method.getTriggerDetails,
    { name },
    { refetchInterval: 5_000 },
  )
  const details = data?.trigger
  const triggers = { label: 'Triggers', to: `/v2/domain/${scope.domain}/project/${scope.project}/triggers` }
  return (
    <>
      <PageHeader
        crumbs={[triggers]}
        title={
          <span className="flex min-w-0 items-center gap-2">
            <span className="truncate">{trigger}</span>
            {details?.spec !== undefined && <TriggerState isActive={details.spec.active} />}
          </span>
        }
        actions={
          <>
            <CopyAs snippets={triggerSnippets(scope, task, trigger)} />
            {details?.spec !== undefined && planOfTrigger(trigger) === undefined && (
              <Steering name={name} isActive={details.spec.active} />
            )}
            {planOfTrigger(trigger) !== undefined && (
              <TriggerLink name={name} className={buttonClass({ size: 'small', look: 'primary' })}>
                Its launch plan
              </TriggerLink>
            )}
          </>
        }
      >
        {details?.description && <p className="mt-1 text-xs text-muted">{details.description}</p>}
      </PageHeader>
      {error !== null && details === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && details === undefined && <Skeleton lines={8} />}
      {details?.id?.name !== undefined && <Details details={details} name={details.id.name} />}
    </>
  )
}

function Steering({ name, isActive }: { name: Omit<TriggerName, '$typeName'>; isActive: boolean }) {
  const { isPending, setActive, runNow } = useSteerTrigger(name)
  const switching = isActive ? 'Switch off' : 'Switch on'
  const commands = useMemo(
    () => [
      { label: 'Run this trigger now', icon: <Play size={15} />, run: runNow },
      { label: `${switching} this trigger`, icon: <Power size={15} />, run: () => setActive(!isActive) },
    ],
    [runNow, setActive, switching, isActive],
  )
  useCommands(commands)
  return (
    <>
      <Button
        size="small"
        icon={<Power size={13} aria-hidden />}
        disabled={isPending}
        onClick={() => setActive(!isActive)}
      >
        {switching}
      </Button>
      <Button size="small" look="primary" icon={<Play size={13} aria-hidden />} disabled={isPending} onClick={runNow}>
        Run now
      </Button>
    </>
  )
}

function Details({ details, name }: { details: TriggerDetails; name: TriggerName }) {
  const { spec, automationSpec, status } = details
  const text = automationSpec === undefined ? { words: '' } : automationText(automationSpec)
  const scope = useScope()
  return (
    <div className="grid grow content-start lg:grid-cols-[minmax(0,1fr)_22rem] lg:content-stretch">
      <div className="border-line lg:border-r">
        <Section title="Firings">
          <FiringList name={name} zone={text.zone} />
        </Section>
        <Section title="Last runs">
          <LastRuns name={name} />
        </Section>
      </div>
      <div className="row-start-1 border-b border-line lg:row-start-auto lg:border-b-0">
        <Section title="When">
          <p className="text-sm">{text.words}</p>
          <p className="mt-0.5 text-xs text-muted">
            {text.code !== undefined && <span className="font-mono">{text.code}</span>} {text.zone}
          </p>
        </Section>
        {automationSpec?.automation.case === 'schedule' && (
          <Section title="Next">
            {spec?.active === true ? (
              <Upcoming name={name} zone={text.zone} what="firings" />
            ) : (
              <p className="text-xs text-muted">It is off, and fires at no time.</p>
            )}
          </Section>
        )}
        <Section title="About">
          <Facts
            facts={[
              {
                label: 'Task',
                value: (
                  <Link
                    to="/v2/domain/$domain/project/$project/tasks/$task"
                    params={{ ...scope, task: name.taskName }}
                    search={{ version: spec?.taskVersion ?? '' }}
                    className="text-accent hover:underline"
                  >
                    {name.taskName}
                  </Link>
                ),
              },
              { label: 'Version', value: <span className="font-mono">{spec?.taskVersion}</span> },
              { label: 'Deployed', value: <TimeAgo at={msOf(status?.deployedAt)} /> },
              { label: 'Last fired', value: <TimeAgo at={msOf(status?.triggeredAt)} /> },
              ...Object.entries(spec?.runSpec?.annotations?.values ?? {}).map(([label, value]) => ({ label, value })),
            ]}
          />
        </Section>
        <Section title="Inputs of its runs">
          {spec?.inputWrapper.case === 'offloadedInputData' ? (
            <p className="text-xs text-muted">They are kept in storage: its runs show them.</p>
          ) : (
            <Values
              literals={spec?.inputWrapper.value?.literals ?? []}
              variables={undefined}
              source={{ ...scope, run: '', action: '' }}
              none="The defaults of the task."
            />
          )}
        </Section>
        <Section title="Changes">
          <RevisionList name={name} />
        </Section>
      </div>
    </div>
  )
}

function LastRuns({ name }: { name: TriggerName }) {
  const { runs, error } = useTriggerRuns(name)
  if (runs === undefined) return error === null ? <Skeleton lines={3} /> : <ErrorState error={error} />
  if (runs.length === 0) return <p className="text-xs text-muted">It has started no run.</p>
  return (
    <div className="-mx-4">
      <RunList runs={runs} />
    </div>
  )
}

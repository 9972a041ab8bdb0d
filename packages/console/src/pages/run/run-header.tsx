import { Link } from '@tanstack/react-router'
import { ActionPhase, RelationType } from '@tern/idl/common'
import { type RunDetails, RunSource } from '@tern/idl/workflow'
import { CircleSlash, History, Pencil, RotateCw } from 'lucide-react'
import { Suspense, useMemo, useState } from 'react'
import { lazyPart } from '../../api/lazy-part.ts'
import { useCommands } from '../../app/palette-commands.ts'
import { Button } from '../../design/button.tsx'
import { CopyAs, CopyButton } from '../../design/copy.tsx'
import { PageHeader } from '../../design/page.tsx'
import { PhaseBadge } from '../../design/phase.tsx'
import { Elapsed, TimeAgo } from '../../design/time.tsx'
import { planLabels, planOfRun, planOfTrigger } from '../../model/launch-plans.ts'
import { isTerminal, phaseInfo } from '../../model/phases.ts'
import type { RunRow } from '../../model/run-rows.ts'
import { runSnippets } from '../../model/snippets.ts'
import { msOf } from '../../model/times.ts'
import { CompareLink, useCompareCommand } from '../compare/compare-link.tsx'
import { useRunParams, useRunSearch } from './run-search.ts'
import { AbortDialog } from './steer/abort-dialog.tsx'
import { useStartAgain } from './steer/use-start-again.ts'

const RerunDialog = lazyPart(() => import('./steer/rerun-dialog.tsx'), 'RerunDialog')

/** What a run is, how it is, and what can be done about it. */
export function RunHeader({ details, root }: { details: RunDetails | undefined; root: RunRow | undefined }) {
  const { project, domain, run } = useRunParams()
  const { search, set } = useRunSearch()
  const [isAborting, setAborting] = useState(false)
  const source = { project, domain, run, action: 'a0' }
  const { mutate, isPending } = useStartAgain(source)
  const { status, metadata } = details?.action ?? {}
  const phase = root?.phase ?? status?.phase
  const startMs = root?.startMs ?? msOf(status?.startTime)
  const endMs = root === undefined ? msOf(status?.endTime) : root.endMs
  const isEnded = isTerminal(phase)
  const canRecover = isEnded && phaseInfo(phase).tone !== 'good'
  const commands = useMemo(
    () => [
      { label: 'Rerun this run with changes', icon: <Pencil size={15} />, run: () => set({ again: 'a0' }) },
      { label: 'Rerun this run', icon: <RotateCw size={15} />, run: () => mutate('rerun') },
      ...(canRecover ? [{ label: 'Recover this run', icon: <History size={15} />, run: () => mutate('recover') }] : []),
      ...(isEnded ? [] : [{ label: 'Abort this run', icon: <CircleSlash size={15} />, run: () => setAborting(true) }]),
    ],
    [mutate, canRecover, isEnded, set],
  )
  useCommands(commands)
  useCompareCommand(source)
  const task = metadata?.spec.case === 'task' ? metadata.spec.value.id : undefined
  return (
    <PageHeader
      crumbs={[{ label: 'Runs', to: `/v2/domain/${domain}/project/${project}/runs` }]}
      title={
        <span className="flex min-w-0 items-center gap-2">
          <span className="truncate font-mono text-sm font-medium">{run}</span>
          <CopyButton text={run} what="the run's name" />
          <PhaseBadge phase={phase} />
        </span>
      }
      actions={
        <>
          <CopyAs snippets={runSnippets({ project, domain }, run)} />
          <CompareLink source={source} />
          {canRecover && (
            <Button
              size="small"
              icon={<History size={13} aria-hidden />}
              disabled={isPending}
              title="A new run that takes over what succeeded and executes the rest"
              onClick={() => mutate('recover')}
            >
              Recover
            </Button>
          )}
          <span className="flex">
            <Button
              size="small"
              icon={<RotateCw size={13} aria-hidden />}
              className="rounded-r-none"
              disabled={isPending || details === undefined}
              onClick={() => mutate('rerun')}
            >
              Rerun
            </Button>
            <Button
              size="small"
              className="-ml-px rounded-l-none px-1"
              aria-label="Rerun with changes"
              title="Rerun with changes"
              icon={<Pencil size={12} aria-hidden />}
              disabled={details === undefined}
              onClick={() => set({ again: 'a0' })}
            />
          </span>
          {!isEnded && phase !== undefined && (
            <Button
              size="small"
              look="danger"
              icon={<CircleSlash size={13} aria-hidden />}
              onClick={() => setAborting(true)}
            >
              Abort
            </Button>
          )}
        </>
      }
    >
      <div className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted md:mt-0">
        {task && <span className="font-medium text-text">{task.name}</span>}
        {startMs !== undefined && (
          <span>
            started <TimeAgo at={startMs} />
          </span>
        )}
        {startMs !== undefined && (
          <span>
            {isEnded ? 'took ' : 'for '}
            <Elapsed from={startMs} to={endMs} />
          </span>
        )}
        {root !== undefined && (
          <span>
            {(root.total + 1).toLocaleString()} {root.total === 0 ? 'action' : 'actions'}
          </span>
        )}
        <Questions root={root} />
        <Origin details={details} />
        <Labels labels={details?.runSpec?.labels?.values ?? {}} />
      </div>
      {isAborting && <AbortDialog source={source} onClose={() => setAborting(false)} />}
      {search.again !== undefined && (
        <Suspense>
          <RerunDialog source={{ ...source, action: search.again }} onClose={() => set({ again: undefined })} />
        </Suspense>
      )}
    </PageHeader>
  )
}

/** How many questions of the run wait for an answer; it leads to them. */
function Questions({ root }: { root: RunRow | undefined }) {
  const { set } = useRunSearch()
  const count = root?.counts.find(({ info }) => info.phase === ActionPhase.PAUSED)?.count ?? 0
  if (count === 0) return null
  return (
    <button
      type="button"
      onClick={() => set({ phase: 'paused', view: undefined }, true)}
      className="rounded-full bg-ask-soft px-2 font-medium text-ask hover:underline"
    >
      {count === 1 ? 'a question waits' : `${count.toLocaleString()} questions wait`} for an answer
    </button>
  )
}

const sources: Readonly<Record<number, string>> = {
  [RunSource.WEB]: 'from the console',
  [RunSource.CLI]: 'from the command line',
  [RunSource.SCHEDULE_TRIGGER]: 'by its schedule',
  [RunSource.ARTIFACT_TRIGGER]: 'for an artifact',
  [RunSource.TRACKED]: 'tracked from elsewhere',
}

/** Where a run comes from: a trigger, another run, a person. */
function Origin({ details }: { details: RunDetails | undefined }) {
  const { project, domain } = useRunParams()
  const plan = planOfRun(details?.runSpec?.labels?.values ?? {})
  const metadata = details?.action?.metadata
  const isOfTrigger = metadata?.triggerName && planOfTrigger(metadata.triggerName) === undefined
  const started = isOfTrigger ? `by the trigger ${metadata.triggerName}` : (sources[metadata?.source ?? 0] ?? '')
  const relation = details?.runSpec?.relation
  const related = relation?.relatedTo
  const user = metadata?.executedBy?.principal.case === 'user' ? metadata.executedBy.principal.value.spec : undefined
  return (
    <>
      {plan !== undefined && (
        <span>
          launch plan{' '}
          <Link
            to="/v2/domain/$domain/project/$project/launch-plans/$plan"
            params={{ project, domain, plan: plan.name }}
            search={plan.version === '' ? {} : { version: plan.version }}
            className="rounded-sm text-accent hover:underline"
          >
            {plan.name}
          </Link>
        </span>
      )}
      {started !== '' && <span>{started}</span>}
      {related !== undefined && (
        <span>
          {relation?.relationType === RelationType.RECOVER ? 'recovers ' : 'reruns '}
          <Link
            to="/v2/domain/$domain/project/$project/runs/$run"
            params={{ project: related.project, domain: related.domain, run: related.name }}
            className="rounded-sm font-mono text-accent hover:underline"
          >
            {related.name}
          </Link>
        </span>
      )}
      {user !== undefined && <span>by {user.email || `${user.firstName} ${user.lastName}`.trim()}</span>}
    </>
  )
}

function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  const hidden: ReadonlyArray<string> = planOfRun(labels) === undefined ? [] : Object.values(planLabels)
  const shown = Object.entries(labels).filter(([key]) => !hidden.includes(key))
  return shown.map(([key, value]) => (
    <span key={key} className="rounded bg-sunken px-1.5 py-px text-2xs">
      {key}={value}
    </span>
  ))
}

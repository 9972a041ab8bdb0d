import { Link } from '@tanstack/react-router'
import type { Run } from '@tern/idl/workflow'
import { RunSource } from '@tern/idl/workflow'
import { useScope } from '../../app/scope.ts'
import { PhaseIcon } from '../../design/phase.tsx'
import { Elapsed, TimeAgo } from '../../design/time.tsx'
import { phaseInfo } from '../../model/phases.ts'
import { msOf } from '../../model/times.ts'

const sources: Readonly<Record<number, string>> = {
  [RunSource.WEB]: 'console',
  [RunSource.CLI]: 'command line',
  [RunSource.SCHEDULE_TRIGGER]: 'schedule',
  [RunSource.ARTIFACT_TRIGGER]: 'artifact',
}

/** Runs, one a line. */
export function RunList({ runs }: { runs: ReadonlyArray<Run> }) {
  return (
    <ul className="divide-y divide-line" aria-label="Runs">
      {runs.map(({ action }) => {
        const name = action?.id?.run?.name ?? ''
        const status = action?.status
        const metadata = action?.metadata
        const endedAt = phaseInfo(status?.phase).isTerminal ? msOf(status?.endTime) : undefined
        return <RunLine key={name} name={name} status={status} metadata={metadata} endedAt={endedAt} />
      })}
    </ul>
  )
}

type Root = NonNullable<Run['action']>

function RunLine({
  name,
  status,
  metadata,
  endedAt,
}: {
  readonly name: string
  readonly status: Root['status']
  readonly metadata: Root['metadata']
  readonly endedAt: number | undefined
}) {
  const scope = useScope()
  const startedAt = msOf(status?.startTime)
  return (
    <li>
      <Link
        to="/v2/domain/$domain/project/$project/runs/$run"
        params={{ ...scope, run: name }}
        className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-2 hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_11rem_7rem_5rem_6rem] md:px-5"
      >
        <PhaseIcon phase={status?.phase} />
        <span className="truncate">
          <TaskName name={metadata?.funtionName ?? ''} environment={metadata?.environmentName ?? ''} />
        </span>
        <span className="text-right text-xs text-muted md:order-last">
          <TimeAgo at={startedAt} />
        </span>
        <span className="col-start-2 truncate font-mono text-xs text-muted md:col-start-auto">{name}</span>
        <span className="hidden truncate text-xs text-muted md:block">
          {metadata?.triggerName || (sources[metadata?.source ?? 0] ?? '')}
        </span>
        <span className="hidden text-right text-xs text-muted md:block">
          <Elapsed from={startedAt} to={endedAt} />
        </span>
      </Link>
    </li>
  )
}

/** The name of a task, with what all of its environment begin with in the background. */
function TaskName({ name, environment }: { name: string; environment: string }) {
  const start = `${environment}.`
  if (!name.startsWith(start)) return name
  return (
    <>
      <span className="text-muted">{start}</span>
      {name.slice(start.length)}
    </>
  )
}

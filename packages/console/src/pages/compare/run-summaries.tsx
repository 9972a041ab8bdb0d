import { Link } from '@tanstack/react-router'
import type { RunDetails } from '@tern/idl/workflow'
import type { Scope } from '../../app/scope.ts'
import { PhaseBadge, PhaseCounts } from '../../design/phase.tsx'
import { Elapsed, TimeAgo } from '../../design/time.tsx'
import { isTerminal } from '../../model/phases.ts'
import type { RunRow } from '../../model/run-rows.ts'
import { msOf } from '../../model/times.ts'
import { Delta } from './delta.tsx'

interface Side {
  readonly run: string
  readonly details: RunDetails | undefined
  readonly root: RunRow | undefined
}

/** Both runs at a glance, the first on the left. */
export function RunSummaries({ scope, a, b }: { scope: Scope; a: Side; b: Side }) {
  return (
    <div className="grid border-b border-line md:grid-cols-2">
      <Summary scope={scope} side={a} label="First" />
      <Summary scope={scope} side={b} label="Second" before={a} />
    </div>
  )
}

function Summary({
  scope,
  side: { run, details, root },
  label,
  before,
}: {
  readonly scope: Scope
  readonly side: Side
  readonly label: string
  /** The run whose time it is compared with. */
  readonly before?: Side
}) {
  const { status } = details?.action ?? {}
  const result = details?.action?.result
  const error = result?.case === 'errorInfo' ? result.value.message.split('\n')[0] : undefined
  const startMs = msOf(status?.startTime)
  const endMs = isTerminal(status?.phase) ? msOf(status?.endTime) : undefined
  return (
    <section
      aria-label={`${label} run`}
      className="flex min-w-0 flex-col gap-1.5 border-line bg-surface px-4 py-3 not-first:border-t md:px-5 md:not-first:border-t-0 md:not-first:border-l"
    >
      <div className="flex min-w-0 flex-wrap items-center gap-2">
        <span className="text-2xs text-muted">{label}</span>
        <Link
          to="/v2/domain/$domain/project/$project/runs/$run"
          params={{ ...scope, run }}
          className="min-w-0 truncate font-mono text-sm font-medium hover:underline"
        >
          {run}
        </Link>
        {details && <PhaseBadge phase={status?.phase} />}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
        <span>
          started <TimeAgo at={startMs} />
        </span>
        <span className="flex items-baseline gap-1.5">
          took <Elapsed from={startMs} to={endMs} />
          {before !== undefined && <Delta a={lengthOf(before)} b={lengthOf({ run, details, root })} />}
        </span>
        {root !== undefined && (
          <span className="flex items-center gap-2">
            {(root.total + 1).toLocaleString()} {root.total === 0 ? 'action' : 'actions'}
            <PhaseCounts counts={root.counts} />
          </span>
        )}
      </div>
      {error !== undefined && <p className="line-clamp-2 font-mono text-2xs break-words text-bad">{error}</p>}
    </section>
  )
}

function lengthOf({ details }: Side): number | undefined {
  const { status } = details?.action ?? {}
  const [start, end] = [msOf(status?.startTime), msOf(status?.endTime)]
  return start === undefined || end === undefined || !isTerminal(status?.phase) ? undefined : Math.max(0, end - start)
}

import { Link } from '@tanstack/react-router'
import type { TriggerName } from '@tern/idl/common'
import { type Firing, FiringService, FiringState } from '@tern/idl/trigger'
import { CircleCheck, CircleSlash, Clock, type LucideIcon, RotateCw, TriangleAlert } from 'lucide-react'
import { isUnimplemented } from '../../api/unimplemented.ts'
import { usePages } from '../../api/use-pages.ts'
import { useScope } from '../../app/scope.ts'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { toneText } from '../../design/tones.ts'
import { ShowMore } from '../../design/show-more.tsx'
import type { Tone } from '../../model/phases.ts'
import { msOf } from '../../model/times.ts'
import { TimeUntil, ZonedTime } from './next-time.tsx'

const pageSize = 20

const states: Readonly<Record<number, { readonly label: string; readonly tone: Tone; readonly icon: LucideIcon }>> = {
  [FiringState.STARTING]: { label: 'Starting', tone: 'busy', icon: Clock },
  [FiringState.STARTED]: { label: 'Started', tone: 'good', icon: CircleCheck },
  [FiringState.RETRYING]: { label: 'Failed, is tried again', tone: 'warn', icon: RotateCw },
  [FiringState.FAILED]: { label: 'Failed', tone: 'bad', icon: TriangleAlert },
  [FiringState.SKIPPED]: { label: 'Left out', tone: 'wait', icon: CircleSlash },
}
const unknown = { label: 'Unknown', tone: 'wait', icon: Clock } as const

/** What became of the instants of a trigger, the last one first. */
export function FiringList({ name, zone }: { name: TriggerName; zone: string | undefined }) {
  const query = usePages({
    method: FiringService.method.listFirings,
    key: [name.project, name.domain, name.taskName, name.name],
    request: (token) => ({ name, request: { limit: pageSize, token } }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 2,
  })
  const { data, error, refetch } = query
  const firings = data?.pages.flatMap((page) => page.firings)
  if (isUnimplemented(error)) return <p className="text-xs text-muted">This server keeps no record of them.</p>
  if (firings === undefined) {
    return error === null ? <Skeleton lines={3} /> : <ErrorState error={error} onRetry={() => void refetch()} />
  }
  if (firings.length === 0) {
    return (
      <p className="text-xs text-muted">It has not fired yet. Runs that are started by hand are among the last runs.</p>
    )
  }
  return (
    <>
      <ul aria-label="Firings" className="-mx-4 divide-y divide-line">
        {firings.map((firing) => (
          <FiringLine key={String(msOf(firing.scheduledAt))} firing={firing} zone={zone} />
        ))}
      </ul>
      <ShowMore query={query} label="Show earlier ones" isInner />
    </>
  )
}

function FiringLine({ firing, zone }: { firing: Firing; zone: string | undefined }) {
  const { label, tone, icon: Icon } = states[firing.state] ?? unknown
  const at = msOf(firing.scheduledAt)
  const againAt = msOf(firing.nextAttemptAt)
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] gap-x-3 gap-y-0.5 px-4 py-2 text-xs">
      <Icon size={14} className={`mt-0.5 ${toneText[tone]}`} aria-hidden />
      <span className="min-w-0">
        <span className="font-medium">{label}</span> <FiringRun firing={firing} />
        {firing.message !== '' && <span className="block break-words text-muted">{firing.message}</span>}
        {againAt !== undefined && (
          <span className="block text-muted">
            {firing.failures} {firing.failures === 1 ? 'attempt' : 'attempts'}, the next <TimeUntil at={againAt} />
          </span>
        )}
        {at !== undefined && (
          <span className="mt-0.5 block text-muted">
            for <ZonedTime at={at} zone={zone} />
          </span>
        )}
      </span>
      <span className="text-muted">
        <TimeAgo at={at} />
      </span>
    </li>
  )
}

/** The run that was started; of an instant that was left out, the one that was under way. */
function FiringRun({ firing: { state, runName, otherRunName } }: { firing: Firing }) {
  const scope = useScope()
  const run = state === FiringState.STARTED ? runName : otherRunName
  if (run === '') return null
  return (
    <Link
      to="/v2/domain/$domain/project/$project/runs/$run"
      params={{ ...scope, run }}
      className="font-mono text-accent hover:underline"
    >
      {run}
    </Link>
  )
}

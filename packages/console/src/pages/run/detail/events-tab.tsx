import { ClusterEvent_Type, type ActionAttempt } from '@tern/idl/workflow'
import { Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { PhaseIcon } from '../../../design/phase.tsx'
import { EmptyState } from '../../../design/states.tsx'
import { phaseInfo } from '../../../model/phases.ts'
import { formatAbsolute, formatClock, msOf } from '../../../model/times.ts'

interface Line {
  readonly at: number
  readonly attempt: number
  readonly icon: ReactNode
  readonly text: string
  readonly detail: string
}

/** What happened to an action, in its order: its phases, and what was reported of where it ran. */
export function EventsTab({ attempts }: { attempts: ReadonlyArray<ActionAttempt> }) {
  const lines = attempts.flatMap(linesOf).toSorted((a, b) => a.at - b.at || a.attempt - b.attempt)
  if (lines.length === 0) return <EmptyState title="Nothing has happened yet" />
  return (
    <ol className="flex flex-col p-4 text-xs">
      {lines.map(({ at, attempt, icon, text, detail }, index) => (
        <li key={index} className="flex items-start gap-2.5 border-b border-line/60 py-1.5 last:border-b-0">
          <time
            dateTime={new Date(at).toISOString()}
            title={formatAbsolute(at)}
            className="shrink-0 font-mono text-2xs leading-[18px] text-faint"
          >
            {formatClock(at)}
          </time>
          <span className="mt-0.5">{icon}</span>
          <span className="min-w-0 grow break-words">
            {text}
            {detail && <span className="text-muted"> {detail}</span>}
          </span>
          {attempts.length > 1 && <span className="shrink-0 text-2xs text-faint">attempt {attempt}</span>}
        </li>
      ))}
    </ol>
  )
}

function linesOf({ attempt, phaseTransitions, clusterEvents }: ActionAttempt): ReadonlyArray<Line> {
  const phases = phaseTransitions.map(({ phase, startTime }) => ({
    at: msOf(startTime) ?? 0,
    attempt,
    icon: <PhaseIcon phase={phase} size={12} isNamed={false} />,
    text: phaseInfo(phase).label,
    detail: '',
  }))
  const events = clusterEvents.map(({ occurredAt, message, type, reason, sourceComponent, count }) => ({
    at: msOf(occurredAt) ?? 0,
    attempt,
    icon:
      type === ClusterEvent_Type.WARNING ? (
        <TriangleAlert size={12} className="text-warn" aria-label="Warning" />
      ) : (
        <Info size={12} className="text-faint" aria-hidden />
      ),
    text: message,
    detail: [reason, sourceComponent, count > 1 ? `${count} times` : ''].filter(Boolean).join(', '),
  }))
  return [...phases, ...events]
}

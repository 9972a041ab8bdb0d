import type { ActionAttempt } from '@tern/idl/workflow'
import { PhaseIcon } from '../../../design/phase.tsx'
import { cx } from '../../../design/cx.ts'
import { useNow } from '../../../design/now.ts'
import { toneFill } from '../../../design/tones.ts'
import { isTerminal, phaseInfo } from '../../../model/phases.ts'
import { formatClock, formatMs, msOf } from '../../../model/times.ts'
import { ErrorView } from './error-view.tsx'

interface Span {
  readonly phase: ActionAttempt['phase']
  readonly from: number
  readonly to: number
}

/** Each attempt: how long it waited and ran, and why it failed. */
export function Attempts({
  attempts,
  onShowLogs,
}: {
  attempts: ReadonlyArray<ActionAttempt>
  onShowLogs: (attempt: number) => void
}) {
  const isLive = attempts.some(({ phase }) => !isTerminal(phase))
  const now = useNow(isLive)
  const spans = attempts.map((attempt) => spansOf(attempt, now))
  const all = spans.flat()
  const from = Math.min(...all.map((span) => span.from))
  const length = Math.max(1, Math.max(...all.map((span) => span.to)) - from)
  return (
    <ol className="flex flex-col gap-3">
      {attempts.map((attempt, index) => (
        <li key={attempt.attempt}>
          <div className="flex items-center gap-2 text-xs">
            <PhaseIcon phase={attempt.phase} />
            <span className="font-medium">Attempt {attempt.attempt}</span>
            <span className="text-muted">{phaseInfo(attempt.phase).label.toLowerCase()}</span>
            {attempt.logsAvailable && (
              <button
                type="button"
                className="ml-auto rounded text-accent hover:underline"
                onClick={() => onShowLogs(attempt.attempt)}
              >
                Logs
              </button>
            )}
          </div>
          <SpanBar spans={spans[index] ?? []} end={attempt.phase} from={from} length={length} />
          {attempt.errorInfo && index < attempts.length - 1 && (
            <div className="mt-1.5">
              <ErrorView text={attempt.errorInfo.message} isSystem={attempt.errorInfo.kind === 2} />
            </div>
          )}
        </li>
      ))}
    </ol>
  )
}

function spansOf({ phaseTransitions, phase }: ActionAttempt, now: number): ReadonlyArray<Span> {
  return phaseTransitions
    .filter((transition) => !isTerminal(transition.phase))
    .map((transition) => {
      const from = msOf(transition.startTime) ?? 0
      return {
        phase: transition.phase,
        from,
        to: Math.max(from, msOf(transition.endTime) ?? (isTerminal(phase) ? from : now)),
      }
    })
}

/** Where the time of an attempt went; what worked has the colour of how it ended. */
function SpanBar({
  spans,
  end,
  from,
  length,
}: {
  readonly spans: ReadonlyArray<Span>
  readonly end: ActionAttempt['phase']
  readonly from: number
  readonly length: number
}) {
  const toneOf = ({ phase }: Span) => {
    const { tone } = phaseInfo(phase)
    return tone !== 'wait' && isTerminal(end) ? phaseInfo(end).tone : tone
  }
  return (
    <>
      <div className="relative mt-1.5 h-2 overflow-hidden rounded-full bg-sunken" aria-hidden>
        {spans.map((span) => (
          <div
            key={`${span.phase} ${span.from}`}
            className={cx(
              'absolute inset-y-0 min-w-px',
              toneFill[toneOf(span)],
              phaseInfo(span.phase).tone === 'wait' && 'opacity-40',
            )}
            style={{
              left: `${((span.from - from) / length) * 100}%`,
              width: `${((span.to - span.from) / length) * 100}%`,
            }}
          />
        ))}
      </div>
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-2xs text-muted tabular-nums">
        {spans
          .filter((span) => span.to > span.from)
          .map((span) => (
            <li
              key={`${span.phase} ${span.from}`}
              title={`from ${formatClock(span.from)} to ${formatClock(span.to)}`}
              className="flex items-center gap-1"
            >
              <PhaseIcon phase={span.phase} size={11} isNamed={false} />
              {phaseInfo(span.phase).label} {formatMs(span.to - span.from)}
            </li>
          ))}
      </ul>
    </>
  )
}

import { ActionPhase } from '@tern/idl/common'
import type { ReactNode } from 'react'
import { type PhaseInfo, phaseInfo } from '../model/phases.ts'
import { cx } from './cx.ts'
import { toneSoft, toneText } from './tones.ts'

const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.75, strokeLinecap: 'round' } as const
const onFill = { fill: 'none', stroke: 'var(--surface)', strokeWidth: 1.75, strokeLinecap: 'round' } as const

/** Every phase has a shape of its own, so that nobody has to tell them by their colours. */
const shapes: Readonly<Record<number, ReactNode>> = {
  [ActionPhase.QUEUED]: <circle cx="8" cy="8" r="5.5" {...stroke} strokeDasharray="1.2 3.1" />,
  [ActionPhase.WAITING_FOR_RESOURCES]: (
    <path
      d="M4.500 2.500h7M4.500 13.500h7M5.500 2.500c0 3 5 4 5 5.500s-5 2.500-5 5.500M10.500 2.500c0 3-5 4-5 5.500s5 2.500 5 5.500"
      {...stroke}
      strokeWidth={1.5}
    />
  ),
  [ActionPhase.INITIALIZING]: (
    <>
      <circle cx="8" cy="8" r="5.5" {...stroke} opacity=".35" />
      <path d="M8 8V2.500A5.500 5.500 0 0 1 13.500 8Z" fill="currentColor" />
    </>
  ),
  [ActionPhase.RUNNING]: (
    <>
      <circle cx="8" cy="8" r="5.5" {...stroke} strokeWidth={2} opacity=".25" />
      <path
        d="M8 2.500A5.500 5.500 0 0 1 13.500 8"
        {...stroke}
        strokeWidth={2}
        className="animate-spin-slow origin-center"
      />
    </>
  ),
  [ActionPhase.PAUSED]: (
    <>
      <rect x="3" y="3" width="10" height="10" rx="1.5" transform="rotate(45 8 8)" fill="currentColor" />
      <path d="M6.600 6.100v3.800M9.400 6.100v3.800" {...onFill} />
    </>
  ),
  [ActionPhase.SUCCEEDED]: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" />
      <path d="m5.200 8.200 2 2 3.700-4.200" {...onFill} strokeLinejoin="round" />
    </>
  ),
  [ActionPhase.RECOVERED]: (
    <>
      <circle cx="8" cy="8" r="6.5" fill="currentColor" />
      <path
        d="M5.300 8.100a2.800 2.800 0 1 1 .9 2M5.200 5.700v2.400h2.400"
        {...onFill}
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </>
  ),
  [ActionPhase.FAILED]: (
    <>
      <path d="M5.300 1.500h5.400l3.800 3.800v5.400l-3.800 3.800H5.300l-3.800-3.800V5.300Z" fill="currentColor" />
      <path d="m5.800 5.800 4.400 4.400M10.200 5.800l-4.400 4.400" {...onFill} />
    </>
  ),
  [ActionPhase.TIMED_OUT]: (
    <>
      <path d="M5.300 1.500h5.400l3.800 3.800v5.400l-3.800 3.800H5.300l-3.800-3.800V5.300Z" fill="currentColor" />
      <path d="M8 4.800V8l2.200 1.600" {...onFill} strokeLinejoin="round" />
    </>
  ),
  [ActionPhase.ABORTED]: (
    <>
      <circle cx="8" cy="8" r="5.700" {...stroke} />
      <path d="m4.200 11.800 7.600-7.600" {...stroke} />
    </>
  ),
}

const anyShape = <circle cx="8" cy="8" r="5.5" {...stroke} />

/** The shape of a phase; it says its name to who cannot see it, unless a text beside it does. */
export function PhaseIcon({
  phase,
  size = 14,
  isNamed = true,
}: {
  phase: ActionPhase | undefined
  size?: number
  isNamed?: boolean
}) {
  const { label, tone } = phaseInfo(phase)
  const name = isNamed ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': true } as const)
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} className={cx('shrink-0', toneText[tone])} {...name}>
      {shapes[phase ?? 0] ?? anyShape}
    </svg>
  )
}

export function PhaseBadge({ phase, detail }: { phase: ActionPhase | undefined; detail?: string | undefined }) {
  const { label, tone } = phaseInfo(phase)
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1.5 rounded-full pr-2.5 pl-1.5 text-xs font-medium whitespace-nowrap',
        toneSoft[tone],
      )}
    >
      <PhaseIcon phase={phase} isNamed={false} />
      {label}
      {detail && <span className="font-normal opacity-80">{detail}</span>}
    </span>
  )
}

/** How many actions are in which phase. */
export function PhaseCounts({
  counts,
  limit = 4,
}: {
  counts: ReadonlyArray<{ info: PhaseInfo; count: number }>
  limit?: number
}) {
  const shown = counts.slice(0, limit)
  return (
    <span className="inline-flex items-center gap-2 text-2xs text-muted tabular-nums">
      {shown.map(({ info, count }) => (
        <span
          key={info.name}
          className="inline-flex items-center gap-1"
          title={`${count.toLocaleString()} ${info.label.toLowerCase()}`}
        >
          <PhaseIcon phase={info.phase} size={11} />
          {count.toLocaleString()}
        </span>
      ))}
    </span>
  )
}

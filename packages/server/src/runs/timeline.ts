import type { ActionPhase } from '@tern/idl/common'

/** When an attempt entered a phase, and when it left it. */
export interface PhaseSpan {
  readonly phase: ActionPhase
  /** UTC epoch milliseconds. */
  readonly from: number
  /** Null while the attempt is in this phase. */
  readonly to: number | null
}

/** Reads a stored timeline: `phase:epochMs` joined by commas, oldest first. */
export function parseTimeline(timeline: string, isTerminal: (phase: ActionPhase) => boolean): PhaseSpan[] {
  if (timeline === '') return []
  const entries = timeline.split(',').map((entry) => {
    const [phase, at] = entry.split(':')
    return { phase: Number(phase) as ActionPhase, from: Number(at) }
  })
  return entries.map(({ phase, from }, index) => ({
    phase,
    from,
    to: entries[index + 1]?.from ?? (isTerminal(phase) ? from : null),
  }))
}

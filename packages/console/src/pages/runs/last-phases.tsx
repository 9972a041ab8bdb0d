import { PhaseIcon } from '../../design/phase.tsx'
import { phaseInfo } from '../../model/phases.ts'
import type { LastRun } from './use-last-runs.ts'

/** How the last runs of something went, the newest one last. */
export function LastPhases({ runs }: { runs: ReadonlyArray<LastRun> }) {
  if (runs.length === 0) return <span className="text-xs text-muted">has not run</span>
  const words = runs.map(({ phase }) => phaseInfo(phase).label.toLowerCase()).join(', ')
  return (
    <span role="img" aria-label={`Last runs, the newest first: ${words}`} className="flex items-center gap-1">
      {runs.toReversed().map(({ name, phase }) => (
        <PhaseIcon key={name} phase={phase} size={13} isNamed={false} />
      ))}
    </span>
  )
}

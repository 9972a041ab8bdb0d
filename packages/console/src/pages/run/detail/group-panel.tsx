import { X } from 'lucide-react'
import { IconButton } from '../../../design/button.tsx'
import { Section } from '../../../design/facts.tsx'
import { PhaseIcon } from '../../../design/phase.tsx'
import { EmptyState, Skeleton } from '../../../design/states.tsx'
import { Elapsed } from '../../../design/time.tsx'
import { toneFill } from '../../../design/tones.ts'
import type { Leaf, PhaseCount, RunRow } from '../../../model/run-rows.ts'

export interface GroupPanelProps {
  readonly row: RunRow | undefined
  readonly id: string
  /** Whether all rows are known, so that what is not there is nowhere. */
  readonly isComplete: boolean
  readonly onReveal: (id: string) => void
  readonly onClose: () => void
}

/** A group of actions: how many are how far, and which are worth a look. */
export function GroupPanel({ row, id, isComplete, onReveal, onClose }: GroupPanelProps) {
  return (
    <>
      <header className="flex shrink-0 items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="min-w-0 truncate text-base font-semibold">{row?.label ?? id.slice(id.indexOf('/') + 1)}</h2>
        {row && <span className="text-xs text-muted">{row.total.toLocaleString()} actions</span>}
        <span className="grow" />
        <IconButton label="Close" icon={<X size={16} />} onClick={onClose} />
      </header>
      {row === undefined && !isComplete ? (
        <Skeleton lines={4} />
      ) : row === undefined ? (
        <EmptyState title="The group is not in sight">Scroll to it in the tree.</EmptyState>
      ) : (
        <div className="min-h-0 grow overflow-auto">
          <Section title="Progress">
            <CountBar counts={row.counts} total={row.total} />
          </Section>
          <Leaves title="Failed" leaves={row.worthALook?.failed ?? []} onReveal={onReveal} />
          <Leaves title="Took longest" leaves={row.worthALook?.longest ?? []} onReveal={onReveal} />
        </div>
      )}
    </>
  )
}

function CountBar({ counts, total }: { counts: ReadonlyArray<PhaseCount>; total: number }) {
  return (
    <>
      <div className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken" aria-hidden>
        {counts.map(({ info, count }) => (
          <div
            key={info.name}
            className={toneFill[info.tone]}
            style={{ width: `${(count / Math.max(1, total)) * 100}%` }}
          />
        ))}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted tabular-nums">
        {counts.map(({ info, count }) => (
          <li key={info.name} className="flex items-center gap-1.5">
            <PhaseIcon phase={info.phase} size={12} isNamed={false} />
            {info.label} {count.toLocaleString()}
          </li>
        ))}
      </ul>
    </>
  )
}

function Leaves({
  title,
  leaves,
  onReveal,
}: {
  title: string
  leaves: ReadonlyArray<Leaf>
  onReveal: (id: string) => void
}) {
  if (leaves.length === 0) return null
  return (
    <Section title={title}>
      <ul className="-mx-2">
        {leaves.map(({ id, label, phase, startMs, durationMs }) => (
          <li key={id}>
            <button
              type="button"
              onClick={() => onReveal(id)}
              className="flex w-full items-center gap-2 rounded-md px-2 py-1 text-left text-xs hover:bg-hover"
            >
              <PhaseIcon phase={phase} />
              <span className="truncate">{label}</span>
              <span className="truncate font-mono text-2xs text-faint">{id}</span>
              <span className="ml-auto text-muted">
                <Elapsed
                  from={startMs}
                  to={durationMs === undefined || startMs === undefined ? undefined : startMs + durationMs}
                />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  )
}

import { Layers } from 'lucide-react'
import { cx } from '../../../design/cx.ts'
import { GraphView } from '../../../design/graph-view.tsx'
import { PhaseIcon } from '../../../design/phase.tsx'
import { Elapsed } from '../../../design/time.tsx'
import { toneText } from '../../../design/tones.ts'
import { phaseInfo } from '../../../model/phases.ts'
import type { RunRow } from '../../../model/run-rows.ts'
import type { RunRows } from '../tree/use-run-rows.ts'
import { layOutTree, nodeSize } from './tree-layout.ts'

export interface GraphProps {
  readonly found: RunRows
  readonly selected: string | undefined
  readonly onSelect: (row: RunRow) => void
  readonly onFold: (id: string, isOpen: boolean) => void
}

/** A run as a graph of what called what, which grows as the run does. */
export function Graph({ found, selected, onSelect, onFold }: GraphProps) {
  const rows = firstRows(found)
  const placed = layOutTree(rows)
  return (
    <>
      <GraphView
        label="Graph of the run"
        nodes={placed.map(({ row, x, y }) => ({
          id: row.id,
          x,
          y,
          ...nodeSize,
          content: (
            <Box
              row={row}
              isSelected={row.id === selected}
              onSelect={() => onSelect(row)}
              onFold={(isOpen) => onFold(row.id, isOpen)}
            />
          ),
        }))}
        edges={placed.flatMap(({ row, parent }) => (parent === undefined ? [] : [{ from: parent, to: row.id }]))}
      />
      {rows.length < found.total && (
        <p role="status" className="border-t border-line bg-surface px-4 py-1 text-xs text-muted">
          The graph shows the first {rows.length.toLocaleString()} of {found.total.toLocaleString()} rows. Fold groups
          or filter to see others; the tree shows all.
        </p>
      )}
    </>
  )
}

/** The rows from the root on, as far as they are here. */
function firstRows({ rows, total }: RunRows): RunRow[] {
  const found: RunRow[] = []
  for (let index = 0; index < total; index++) {
    const row = rows.get(index)
    if (row === undefined) break
    found.push(row)
  }
  return found
}

function Box({
  row,
  isSelected,
  onSelect,
  onFold,
}: {
  readonly row: RunRow
  readonly isSelected: boolean
  readonly onSelect: () => void
  readonly onFold: (isOpen: boolean) => void
}) {
  const { label, tone } = phaseInfo(row.phase)
  return (
    <div
      className={cx(
        'flex h-full items-center rounded-lg border bg-surface shadow-xs',
        isSelected ? 'border-accent ring-1 ring-accent' : 'border-line hover:border-line-strong',
        row.kind === 'group' && 'border-dashed',
      )}
    >
      <button
        type="button"
        onClick={onSelect}
        aria-pressed={isSelected}
        className="flex h-full min-w-0 grow items-center gap-2.5 rounded-lg pl-3 text-left"
      >
        <PhaseIcon phase={row.phase} size={16} />
        <span className="min-w-0 grow">
          <span className="flex items-center gap-1 text-xs font-medium">
            {row.kind === 'group' && <Layers size={12} className="shrink-0 text-faint" aria-label="Group" />}
            <span className="truncate">{row.label}</span>
          </span>
          <span className="block truncate text-2xs text-muted">
            <span className={toneText[tone]}>{label}</span>
            {row.startMs !== undefined && (
              <>
                {' · '}
                <Elapsed from={row.startMs} to={row.endMs} />
              </>
            )}
          </span>
        </span>
      </button>
      {row.hasChildren && (
        <button
          type="button"
          aria-expanded={row.isExpanded}
          aria-label={row.isExpanded ? `Fold ${row.label}` : `Unfold ${row.label}`}
          onClick={() => onFold(!row.isExpanded)}
          className="mr-1.5 min-h-7 min-w-7 rounded-md px-1.5 py-1 text-2xs text-muted tabular-nums hover:bg-hover"
        >
          {row.isExpanded ? '−' : `+${row.total.toLocaleString()}`}
        </button>
      )}
    </div>
  )
}

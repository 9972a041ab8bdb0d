import { ChevronRight, Diamond, Footprints, Layers, RotateCw, Zap } from 'lucide-react'
import { cx } from '../../../design/cx.ts'
import { PhaseCounts, PhaseIcon } from '../../../design/phase.tsx'
import { Elapsed } from '../../../design/time.tsx'
import type { RunRow } from '../../../model/run-rows.ts'

/** The height of a row, in pixels. */
export const rowHeight = 30

const kindIcons = {
  task: undefined,
  trace: { icon: Footprints, label: 'Trace' },
  condition: { icon: Diamond, label: 'Condition' },
  group: { icon: Layers, label: 'Group' },
} as const

/** The name of a row, with where it hangs and how it is. */
export function RowName({ row, onFold }: { row: RunRow; onFold: (isOpen: boolean) => void }) {
  const kind = kindIcons[row.kind]
  return (
    <span
      className="flex min-w-0 grow items-center gap-2"
      style={{ paddingLeft: `min(${Math.min(row.depth, 12) * 16}px, 40%)` }}
    >
      {row.hasChildren ? (
        <span
          aria-hidden
          onClick={(event) => {
            event.stopPropagation()
            onFold(!row.isExpanded)
          }}
          className="-mx-1 grid size-6 shrink-0 place-items-center rounded text-faint hover:bg-line/60 hover:text-text"
        >
          <ChevronRight size={14} className={cx('transition-transform', row.isExpanded && 'rotate-90')} />
        </span>
      ) : (
        <span className="-mx-1 w-6 shrink-0" />
      )}
      <PhaseIcon phase={row.phase} />
      <span className="flex min-w-0 items-center gap-1.5">
        {kind && <kind.icon size={13} className="shrink-0 text-faint" aria-label={kind.label} />}
        <span className={cx('truncate', row.kind === 'group' && 'text-muted')}>{row.label}</span>
        {row.kind === 'group' && <span className="text-2xs text-faint tabular-nums">{row.total.toLocaleString()}</span>}
      </span>
      {row.attempts > 1 && (
        <span
          className="inline-flex shrink-0 items-center gap-0.5 text-2xs text-warn"
          title={`Attempt ${row.attempts}`}
        >
          <RotateCw size={11} aria-label="Attempts" />
          {row.attempts}
        </span>
      )}
      {row.isCached && (
        <span className="shrink-0 text-faint" title="The result was taken from the cache">
          <Zap size={12} aria-label="Cached" />
        </span>
      )}
    </span>
  )
}

/** A row of the tree, all of it. */
export function TreeRow({ row, onFold }: { row: RunRow; onFold: (isOpen: boolean) => void }) {
  return (
    <>
      <RowName row={row} onFold={onFold} />
      {!row.isExpanded && row.counts.length > 0 && (
        <span className="hidden shrink-0 sm:inline">
          <PhaseCounts counts={row.counts} limit={3} />
        </span>
      )}
      <span className="w-16 shrink-0 text-right text-xs text-muted">
        {row.startMs !== undefined && <Elapsed from={row.startMs} to={row.endMs} />}
      </span>
    </>
  )
}

/** Stands where a row will be. */
export function RowPlaceholder() {
  return (
    <span className="flex w-full items-center gap-3 pl-6">
      <span className="size-3.5 rounded-full bg-wait-soft" />
      <span className="h-2.5 w-40 rounded bg-wait-soft" />
    </span>
  )
}

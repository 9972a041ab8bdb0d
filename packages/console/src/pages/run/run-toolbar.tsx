import { ChartGantt, ListTree, type LucideIcon, Network } from 'lucide-react'
import { cx } from '../../design/cx.ts'
import { FilterField } from '../../design/filter-field.tsx'
import { useKeys } from '../../design/keys.ts'
import { PhaseIcon } from '../../design/phase.tsx'
import type { PhaseCount } from '../../model/run-rows.ts'
import { namesOf, type RunView, textOf, useRunSearch, viewOf } from './run-search.ts'

const views: ReadonlyArray<{ view: RunView; label: string; icon: LucideIcon }> = [
  { view: 'tree', label: 'Tree', icon: ListTree },
  { view: 'timeline', label: 'Timeline', icon: ChartGantt },
  { view: 'graph', label: 'Graph', icon: Network },
]

/** How the actions of a run are shown, and which of them. */
export function RunToolbar({ counts }: { counts: ReadonlyArray<PhaseCount> }) {
  const { search, set } = useRunSearch()
  const current = viewOf(search)
  const chosen = namesOf(search.phase)
  const toggle = (name: string) =>
    set((before) => {
      const names = namesOf(before.phase)
      return { phase: textOf(names.includes(name) ? names.filter((each) => each !== name) : [...names, name]) }
    })
  useKeys({
    '1': () => set({ view: undefined }),
    '2': () => set({ view: 'timeline' }),
    '3': () => set({ view: 'graph' }),
  })
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-surface px-4 py-2 md:px-5">
      <div role="group" aria-label="View" className="flex rounded-md border border-line p-px">
        {views.map(({ view, label, icon: Icon }, index) => (
          <button
            key={view}
            type="button"
            aria-pressed={view === current}
            title={`${label} (${index + 1})`}
            onClick={() => set({ view: view === 'tree' ? undefined : view }, true)}
            className={cx(
              'flex h-6.5 items-center gap-1.5 rounded px-2 text-xs',
              view === current ? 'bg-selected font-medium text-text' : 'text-muted hover:text-text',
            )}
          >
            <Icon size={13} aria-hidden />
            {label}
          </button>
        ))}
      </div>
      <div role="group" aria-label="Phases" className="flex flex-wrap items-center gap-1">
        {counts.map(({ info, count }) => {
          const isChosen = chosen.includes(info.name)
          return (
            <button
              key={info.name}
              type="button"
              aria-pressed={isChosen}
              title={`${info.label}: show only these`}
              onClick={() => toggle(info.name)}
              className={cx(
                'flex h-6.5 items-center gap-1.5 rounded-full border px-2 text-xs tabular-nums',
                isChosen
                  ? 'border-accent bg-selected font-medium'
                  : 'border-line text-muted hover:bg-hover hover:text-text',
              )}
            >
              <PhaseIcon phase={info.phase} size={12} />
              {count.toLocaleString()}
            </button>
          )
        })}
      </div>
      <FilterField
        value={search.q ?? ''}
        onChange={(text) => set({ q: text || undefined })}
        label="Filter actions by name"
        placeholder="Filter by name"
      />
    </div>
  )
}

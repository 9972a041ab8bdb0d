import { getRouteApi } from '@tanstack/react-router'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { Button } from '../../design/button.tsx'
import { CopyAs } from '../../design/copy.tsx'
import { cx } from '../../design/cx.ts'
import { FilterField } from '../../design/filter-field.tsx'
import { PageHeader } from '../../design/page.tsx'
import { PhaseIcon } from '../../design/phase.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { phases } from '../../model/phases.ts'
import { runsSnippets } from '../../model/snippets.ts'
import { RunList } from './run-list.tsx'
import { type RunFilters, useRuns } from './use-runs.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/runs')

/** The runs of a project, live, the newest first. */
export function RunsPage() {
  const scope = useScope()
  useTitle(`Runs · ${scope.project}`)
  const filters: RunFilters = route.useSearch()
  const navigate = route.useNavigate()
  const set = (change: { [Name in keyof RunFilters]?: RunFilters[Name] | undefined }) =>
    void navigate({ search: (before: RunFilters) => ({ ...before, ...change }) as RunFilters, replace: true })
  const { runs, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useRuns(scope, filters)
  const isFiltered = Object.values(filters).some(Boolean)
  return (
    <>
      <PageHeader title="Runs" actions={<CopyAs snippets={runsSnippets(scope, filters)} />} />
      <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-surface px-4 py-2 md:px-5">
        <PhaseChips chosen={filters.phase} onChange={(phase) => set({ phase })} />
        <FilterField
          value={filters.task ?? ''}
          onChange={(task) => set({ task: task || undefined })}
          label="Filter runs by task"
          placeholder="Filter by task"
        />
      </div>
      {error !== null && runs === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {runs === undefined && error === null && <Skeleton lines={8} />}
      {runs?.length === 0 &&
        (isFiltered ? <NothingFound onReset={() => set({ phase: undefined, task: undefined })} /> : <NothingYet />)}
      {runs !== undefined && runs.length > 0 && <RunList runs={runs} />}
      {hasNextPage && (
        <div className="grid place-items-center border-t border-line p-4">
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? 'Loading …' : 'Show older runs'}
          </Button>
        </div>
      )}
    </>
  )
}

function PhaseChips({
  chosen,
  onChange,
}: {
  chosen: string | undefined
  onChange: (phase: string | undefined) => void
}) {
  const names = chosen?.split(',').filter(Boolean) ?? []
  const toggle = (name: string) => {
    const next = names.includes(name) ? names.filter((each) => each !== name) : [...names, name]
    onChange(next.length === 0 ? undefined : next.join(','))
  }
  return (
    <div role="group" aria-label="Phases" className="flex flex-wrap items-center gap-1">
      {phases
        .filter(({ name }) => name !== 'recovered' && name !== 'initializing')
        .map(({ phase, name, label }) => (
          <button
            key={name}
            type="button"
            aria-pressed={names.includes(name)}
            onClick={() => toggle(name)}
            className={cx(
              'flex h-6.5 items-center gap-1.5 rounded-full border px-2 text-xs',
              names.includes(name)
                ? 'border-accent bg-selected font-medium'
                : 'border-line text-muted hover:bg-hover hover:text-text',
            )}
          >
            <PhaseIcon phase={phase} size={12} isNamed={false} />
            {label}
          </button>
        ))}
    </div>
  )
}

function NothingFound({ onReset }: { onReset: () => void }) {
  return (
    <EmptyState title="No run passes the filter" actions={<Button onClick={onReset}>Show all runs</Button>}>
      Runs that do will show up here.
    </EmptyState>
  )
}

function NothingYet() {
  return (
    <EmptyState title="Nothing has run here yet">
      Start a run with <code className="font-mono">tern run FILE TASK</code>: it shows up here at once.
    </EmptyState>
  )
}

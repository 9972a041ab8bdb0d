import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { NothingYet } from '../../app/nothing-yet.tsx'
import { useScope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { CopyAs } from '../../design/copy.tsx'
import { PageHeader } from '../../design/page.tsx'
import { ErrorState, Skeleton } from '../../design/states.tsx'
import { ShowMore } from '../../design/show-more.tsx'
import { runsSnippets } from '../../model/snippets.ts'
import { ChosenBar } from './chosen-bar.tsx'
import { FilterBar, type SetFilters } from './filter-bar.tsx'
import { NothingFound } from './nothing-found.tsx'
import type { RunFilters } from './run-filters.ts'
import { RunList } from './run-list.tsx'
import { useChoice } from './use-choice.ts'
import { useRuns } from './use-runs.ts'

const route = getRouteApi('/v2/domain/$domain/project/$project/runs')

/** The runs of a project, live, the newest first. */
export function RunsPage() {
  const scope = useScope()
  useTitle(`Runs · ${scope.project}`)
  const filters: RunFilters = route.useSearch()
  const navigate = route.useNavigate()
  const show = (search: RunFilters) => void navigate({ search: search as typeof filters, replace: true })
  const set: SetFilters = (change) =>
    void navigate({
      search: (before: RunFilters) =>
        ({ ...before, ...(typeof change === 'function' ? change(before) : change) }) as typeof filters,
      replace: true,
    })
  const query = useRuns(scope, filters)
  const { runs, error, refetch } = query
  const isFiltered = Object.values(filters).some(Boolean)
  const names = useMemo(() => (runs ?? []).map(({ action }) => action?.id?.run?.name ?? ''), [runs])
  const choice = useChoice(names)
  return (
    <>
      <PageHeader title="Runs" actions={<CopyAs snippets={runsSnippets(scope, filters)} />} />
      <FilterBar filters={filters} set={set} runs={runs ?? []} />
      {error !== null && runs === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {runs === undefined && error === null && <Skeleton lines={8} />}
      {runs?.length === 0 && (isFiltered ? <NothingFound filters={filters} onChange={show} /> : <NothingHere />)}
      {runs !== undefined && runs.length > 0 && <RunList runs={runs} choice={choice} />}
      <ShowMore query={query} label="Show older runs" />
      <ChosenBar runs={runs ?? []} choice={choice} />
    </>
  )
}

function NothingHere() {
  return (
    <NothingYet title="Nothing has run here yet">
      Start a run with <code className="font-mono">tern run FILE TASK</code>: it shows up here at once.
    </NothingYet>
  )
}

import { useQuery } from '@connectrpc/connect-query'
import { RunService } from '@tern/idl/workflow'
import { Suspense, useEffect, useMemo, useState } from 'react'
import { lazyPart } from '../../api/lazy-part.ts'
import { useTitle } from '../../app/title.ts'
import { cx } from '../../design/cx.ts'
import { PageHeader } from '../../design/page.tsx'
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx'
import { phaseInfo } from '../../model/phases.ts'
import type { RunRow } from '../../model/run-rows.ts'
import { SidePanel } from './side-panel.tsx'
import { RunHeader } from './run-header.tsx'
import { phasesOf, useRunParams, useRunSearch, viewOf } from './run-search.ts'
import { RunToolbar } from './run-toolbar.tsx'
import { TreeRow } from './tree/row-content.tsx'
import { RowList } from './tree/row-list.tsx'
import { useFolding } from './tree/use-folding.ts'
import { useRunRows } from './tree/use-run-rows.ts'

const Timeline = lazyPart(() => import('./timeline/timeline.tsx'), 'Timeline')
const Graph = lazyPart(() => import('./graph/graph.tsx'), 'Graph')
const WorkflowGraph = lazyPart(() => import('./graph/workflow-graph.tsx'), 'WorkflowGraph')

function renderTreeRow(row: RunRow, onFold: (isOpen: boolean) => void) {
  return <TreeRow row={row} onFold={onFold} />
}

/** One run: what belongs to it, how that goes, and each action by itself. */
export function RunPage() {
  const { project, domain, run } = useRunParams()
  const { search, set } = useRunSearch()
  const { expanded, fold, unfold } = useFolding()
  const reveal = useReveal(search.a)
  const phases = useMemo(() => phasesOf({ ...(search.phase !== undefined && { phase: search.phase }) }), [search.phase])
  const found = useRunRows({ project, domain }, run, { expanded, phases, name: search.q ?? '', reveal: reveal.id })
  const { root, rows } = found
  const details = useQuery(RunService.method.getRunDetails, { runId: { org: '', project, domain, name: run } })
  useEffect(() => unfold(root, rows.values()), [unfold, root, rows])
  // The rest of what is told about a run changes when its root does.
  const { refetch } = details
  const phase = root?.phase ?? details.data?.details?.action?.status?.phase
  useEffect(() => void (phase !== undefined && refetch()), [phase, refetch])
  useTitle(phase === undefined ? run : `${phaseInfo(phase).label} · ${run}`)

  const error = found.error ?? (found.total === 0 ? details.error : undefined)
  if (error) {
    return (
      <>
        <PageHeader crumbs={[{ label: 'Runs', to: `/v2/domain/${domain}/project/${project}/runs` }]} title={run} />
        <ErrorState error={error} onRetry={() => location.reload()} />
      </>
    )
  }
  // On a large screen there is always something beside the tree, unless somebody closed it.
  const view = viewOf(search)
  const selected = search.a === 'none' ? undefined : (search.a ?? (view === 'tree' ? 'a0' : undefined))
  const isChosen = search.a !== undefined && search.a !== 'none'
  const select = (row: RunRow) => {
    reveal.clear()
    set({ a: row.id, attempt: undefined, line: undefined, find: undefined }, !isChosen)
  }
  const onFold = (id: string, isOpen: boolean) => {
    reveal.clear()
    fold(id, isOpen)
  }
  const spec = details.data?.details?.action?.metadata?.spec
  const isWorkflow = spec?.case === 'task' && spec.value.taskType === 'workflow'
  const shown = { found, selected, onSelect: select, onFold }
  return (
    <div className="flex min-h-0 grow flex-col">
      <RunHeader details={details.data?.details} root={root} />
      <div className={cx(isChosen && 'hidden md:block')}>
        <RunToolbar counts={root?.counts ?? []} />
      </div>
      <div className="flex min-h-0 grow">
        <div className={cx('flex min-w-0 grow flex-col', isChosen && 'hidden md:flex')}>
          {found.total === 0 && found.isLoading && <Skeleton lines={8} />}
          {found.total === 0 && !found.isLoading && (
            <EmptyState title="No action passes the filter">Change the filter, or clear it.</EmptyState>
          )}
          {found.total > 0 && (
            <Suspense fallback={<Skeleton lines={8} />}>
              {view === 'tree' && <RowList {...shown} renderRow={renderTreeRow} />}
              {view === 'timeline' && <Timeline {...shown} />}
              {view === 'graph' && !isWorkflow && <Graph {...shown} />}
              {view === 'graph' && isWorkflow && (
                <WorkflowGraph
                  action="a0"
                  root={root}
                  selected={selected}
                  onSelect={(id) => set({ a: id }, !isChosen)}
                />
              )}
            </Suspense>
          )}
          {found.notices.map((notice) => (
            <p key={notice} role="status" className="border-t border-line bg-surface px-4 py-1 text-xs text-muted">
              {notice}
            </p>
          ))}
        </div>
        {selected !== undefined && (
          <SidePanel
            id={selected}
            isChosen={isChosen}
            isComplete={found.isComplete}
            row={[...rows.values()].find(({ id }) => id === selected)}
            onReveal={(id) => {
              reveal.set(id)
              set({ a: id }, true)
            }}
          />
        )}
      </div>
    </div>
  )
}

/** The row that the URL names when the page is opened, until somebody looks at another one. */
function useReveal(selected: string | undefined) {
  const [id, setId] = useState(selected === 'a0' || selected === 'none' ? '' : (selected ?? ''))
  return { id, clear: () => setId(''), set: setId }
}

import { useQuery } from '@connectrpc/connect-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { RunService } from '@tern/idl/workflow'
import { ArrowLeftRight, GitCompare, Replace } from 'lucide-react'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useCommands } from '../../app/palette-commands.ts'
import type { Scope } from '../../app/scope.ts'
import { useTitle } from '../../app/title.ts'
import { Button } from '../../design/button.tsx'
import { PageHeader } from '../../design/page.tsx'
import { Segments } from '../../design/segments.tsx'
import { EmptyState, ErrorState, ProblemLine, Skeleton } from '../../design/states.tsx'
import { isTerminal } from '../../model/phases.ts'
import { ActionColumns, ActionTable } from './action-table.tsx'
import { idsOf, linesOf } from './pair-rows.ts'
import { RunChanges } from './run-changes.tsx'
import { RunPicker } from './run-picker.tsx'
import { RunSummaries } from './run-summaries.tsx'
import { useChildren } from './use-children.ts'
import { useOtherRun } from './use-other-run.ts'
import { DataChanges } from './value-changes.tsx'

const route = getRouteApi('/v2/domain/$domain/project/$project/runs/$run/compare')

interface Search {
  readonly with?: string
  readonly open?: string
  readonly show?: string
}

/** A run beside another one, which comes first: what they run, what went in and came out, and what each action took. */
export function ComparePage() {
  const { project, domain, run } = route.useParams()
  const scope = useMemo(() => ({ project, domain }), [project, domain])
  const search: Search = route.useSearch()
  const navigate = route.useNavigate()
  const [isPicking, setPicking] = useState(false)
  const other = search.with
  useTitle(other === undefined ? `Compare ${run}` : `${run} and ${other}`)
  const details = useDetails(scope, run)
  const usual = useOtherRun(scope, run, details.data?.details)
  const compareWith = useCallback(
    (name: string) => void navigate({ search: { with: name }, replace: true } as never),
    [navigate],
  )
  const router = useRouter()
  useEffect(() => {
    // Somebody may be on the way to another page by now.
    const isHere = router.latestLocation.pathname.endsWith('/compare')
    if (other === undefined && usual.name !== undefined && isHere) compareWith(usual.name)
  }, [other, usual.name, compareWith, router])
  const swap = useCallback(() => {
    if (other === undefined) return
    void navigate({
      to: '/v2/domain/$domain/project/$project/runs/$run/compare',
      params: { project, domain, run: other },
      search: { with: run, ...(search.show && { show: search.show }) },
      replace: true,
    } as never)
  }, [navigate, project, domain, run, other, search.show])
  const commands = useMemo(
    () => [
      { label: 'Compare with another run', icon: <GitCompare size={15} />, run: () => setPicking(true) },
      { label: 'Swap the runs', icon: <ArrowLeftRight size={15} />, run: swap },
    ],
    [swap],
  )
  useCommands(commands)
  const set = (change: (before: Search) => Partial<Search>) =>
    void navigate({ search: (before: Search) => ({ ...before, ...change(before) }), replace: true } as never)
  return (
    <>
      <PageHeader
        crumbs={[
          { label: 'Runs', to: `/v2/domain/${domain}/project/${project}/runs` },
          { label: run, to: `/v2/domain/${domain}/project/${project}/runs/${run}` },
        ]}
        title="Compare"
        actions={
          <>
            <Button size="small" icon={<Replace size={13} aria-hidden />} onClick={() => setPicking(true)}>
              Choose another
            </Button>
            <Button
              size="small"
              icon={<ArrowLeftRight size={13} aria-hidden />}
              disabled={other === undefined}
              onClick={swap}
            >
              Swap
            </Button>
          </>
        }
      />
      {details.error !== null && details.data === undefined && (
        <ErrorState error={details.error} onRetry={() => void details.refetch()} />
      )}
      {other === undefined && details.error === null && (
        <Nothing
          isKnown={usual.isKnown && usual.name === undefined}
          error={usual.error}
          onPick={() => setPicking(true)}
        />
      )}
      {other !== undefined && details.data !== undefined && (
        <Comparison key={`${other} ${run}`} scope={scope} a={other} b={run} search={search} set={set} />
      )}
      {isPicking && (
        <RunPicker
          scope={scope}
          run={run}
          details={details.data?.details}
          onClose={() => setPicking(false)}
          onChoose={(name) => {
            setPicking(false)
            compareWith(name)
          }}
        />
      )}
    </>
  )
}

const everyMs = 3_000

function useDetails({ project, domain }: Scope, run: string) {
  return useQuery(
    RunService.method.getRunDetails,
    { runId: { org: '', project, domain, name: run } },
    {
      refetchInterval: ({ state }) =>
        state.error !== null || isTerminal(state.data?.details?.action?.status?.phase) ? false : everyMs,
    },
  )
}

function Nothing({ isKnown, error, onPick }: { isKnown: boolean; error: unknown; onPick: () => void }) {
  if (!isKnown && !error) return <Skeleton lines={8} />
  return (
    <EmptyState
      icon={GitCompare}
      title="There is no other run of this task"
      actions={<Button onClick={onPick}>Choose a run</Button>}
    >
      Run it again, and the two can be compared; or choose one of another task.
    </EmptyState>
  )
}

const root = 'a0'

/** The pairs of actions that are unfolded: the roots, unless somebody has folded them. */
function keysOf(open: string | undefined): ReadonlyArray<string> {
  return (open ?? root).split(',').filter(Boolean)
}

function Comparison({
  scope,
  a,
  b,
  search,
  set,
}: {
  readonly scope: Scope
  readonly a: string
  readonly b: string
  readonly search: Search
  readonly set: (change: (before: Search) => Partial<Search>) => void
}) {
  const [before, after] = [useDetails(scope, a), useDetails(scope, b)]
  const keys = useMemo(() => keysOf(search.open), [search.open])
  const open = useMemo(() => new Set(keys), [keys])
  const places = useMemo(() => {
    const wanted = [root, ...keys].map(idsOf)
    const all = wanted.flatMap((ids) => [
      ...(ids.a === undefined ? [] : [{ run: a, id: ids.a }]),
      ...(ids.b === undefined ? [] : [{ run: b, id: ids.b }]),
    ])
    return [...new Map(all.map((place) => [`${place.run} ${place.id}`, place])).values()]
  }, [keys, a, b])
  const families = useChildren(scope, places)
  const onlyDifferent = search.show === 'different'
  const lines = linesOf({ a, b, open, onlyDifferent, families })
  const fold = (key: string, isOpen: boolean) =>
    set((now) => {
      const others = keysOf(now.open).filter((each) => each !== key && each !== '-')
      // An empty text is left out of the address, and means the usual.
      return { open: [...others, ...(isOpen ? [key] : [])].join(',') || '-' }
    })
  if (before.error !== null && before.data === undefined) {
    return <ErrorState error={before.error} onRetry={() => void before.refetch()} />
  }
  const [left, right] = [before.data?.details, after.data?.details]
  return (
    <>
      <RunSummaries
        scope={scope}
        a={{ run: a, details: left, root: families.get({ run: a, id: root })?.row }}
        b={{ run: b, details: right, root: families.get({ run: b, id: root })?.row }}
      />
      {left !== undefined && right !== undefined && (
        <>
          <RunChanges scope={scope} a={left} b={right} />
          <DataChanges key={`${left.action?.status?.phase} ${right.action?.status?.phase}`} scope={scope} a={a} b={b} />
        </>
      )}
      <section className="border-b border-line">
        <div className="flex flex-wrap items-center justify-between gap-2 px-4 pt-3">
          <h2 className="text-xs font-semibold">Actions</h2>
          <Segments
            label="Which actions"
            options={[
              { name: 'all', label: 'All' },
              { name: 'different', label: 'Different ones' },
            ]}
            chosen={onlyDifferent ? 'different' : 'all'}
            onChoose={(name) => set(() => ({ show: name === 'all' ? undefined : name }) as Partial<Search>)}
          />
        </div>
        <ActionColumns a={a} b={b} />
        {families.error !== null && (
          <div className="p-4">
            <ProblemLine error={families.error} />
          </div>
        )}
        {lines.length === 0 && families.error === null && <Skeleton lines={4} />}
        {lines.length > 0 && <ActionTable lines={lines} scope={scope} a={a} b={b} onFold={fold} />}
      </section>
    </>
  )
}

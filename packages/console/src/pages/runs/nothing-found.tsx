import { create } from '@bufbuild/protobuf'
import { callUnaryMethod, useTransport } from '@connectrpc/connect-query'
import { useQuery } from '@tanstack/react-query'
import { ListRunsRequestSchema, RunService } from '@tern/idl/workflow'
import type { Scope } from '../../app/scope.ts'
import { useScope } from '../../app/scope.ts'
import { Button } from '../../design/button.tsx'
import { EmptyState } from '../../design/states.tsx'
import { only, type RunFilters, type SetFilter, setFilters, toFilters, without } from './run-filters.ts'
import { newestFirst } from './use-runs.ts'

/** That no run passes, which filters are to blame, and what would be shown without them. */
export function NothingFound({
  filters,
  onChange,
}: {
  readonly filters: RunFilters
  readonly onChange: (filters: RunFilters) => void
}) {
  const scope = useScope()
  const { data: blame } = useBlame(scope, filters)
  const set = setFilters(filters)
  return (
    <EmptyState
      title="No run passes the filters"
      actions={
        <>
          {(blame?.removable ?? []).map(({ label, text, names }) => (
            <Button key={label} onClick={() => onChange(without(filters, names))}>
              Without “{label}: {text}”
            </Button>
          ))}
          <Button onClick={() => onChange({})}>Show all runs</Button>
        </>
      }
    >
      {blame === undefined ? 'Runs that do will show up here.' : <Reason blame={blame} count={set.length} />}
    </EmptyState>
  )
}

interface Blame {
  /** Filters that no run passes, even alone. */
  readonly alone: ReadonlyArray<SetFilter>
  /** Filters without which there are runs. */
  readonly removable: ReadonlyArray<SetFilter>
  readonly hasRuns: boolean
}

function Reason({ blame: { alone, hasRuns }, count }: { blame: Blame; count: number }) {
  if (!hasRuns) return 'There are no runs in this project and domain at all.'
  if (alone.length === 0) {
    return count > 1
      ? 'Each filter has runs that pass it, but no run passes all of them.'
      : 'Runs that do will show up here.'
  }
  return (
    <>
      No run at all passes{' '}
      {alone.map(({ label, text }, index) => (
        <span key={label}>
          {index > 0 && ', nor '}
          <strong className="font-medium text-text">
            {label}: {text}
          </strong>
        </span>
      ))}
      .
    </>
  )
}

function useBlame({ project, domain }: Scope, filters: RunFilters) {
  const transport = useTransport()
  return useQuery({
    queryKey: ['blame', project, domain, JSON.stringify(filters)],
    queryFn: async ({ signal }): Promise<Blame> => {
      const now = Date.now()
      const isThere = async (some: RunFilters) => {
        const request = create(ListRunsRequestSchema, {
          scopeBy: { case: 'projectId', value: { name: project, domain } },
          request: { limit: 1, sortByFields: newestFirst, filters: [...toFilters(some, now)] },
        })
        const { runs } = await callUnaryMethod(transport, RunService.method.listRuns, request, { signal })
        return runs.length > 0
      }
      const set = setFilters(filters)
      const [hasRuns, passAlone, passWithout] = await Promise.all([
        isThere({}),
        Promise.all(set.map(({ names }) => isThere(only(filters, names)))),
        Promise.all(set.map(({ names }) => isThere(without(filters, names)))),
      ])
      return {
        hasRuns,
        alone: set.filter((_, index) => !passAlone[index]),
        removable: set.length < 2 ? [] : set.filter((_, index) => passWithout[index]),
      }
    },
  })
}

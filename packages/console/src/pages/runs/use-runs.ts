import { create } from '@bufbuild/protobuf'
import { useInfiniteQuery } from '@connectrpc/connect-query'
import { type ListRequest, ListRequestSchema, Filter_Function, Sort_Direction } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import type { Scope } from '../../app/scope.ts'
import { phaseOfName } from '../../model/phases.ts'

/** Which runs are shown. */
export interface RunFilters {
  /** Names of phases, with commas between them. */
  readonly phase?: string
  /** Part of the task's name. */
  readonly task?: string
  readonly version?: string
}

const pageSize = 50
const refreshMs = 2_000
/** Who has looked further back than this does not look at what is new. */
const mostRefreshed = 3

/** The runs of a project, the newest first. While the newest are looked at, the list keeps up with the server. */
export function useRuns(scope: Scope, filters: RunFilters, limit = pageSize) {
  const request = toRequest(filters, limit)
  const query = useInfiniteQuery(
    RunService.method.listRuns,
    { scopeBy: { case: 'projectId', value: { name: scope.project, domain: scope.domain } }, request },
    {
      pageParamKey: 'request',
      getNextPageParam: ({ token }) => (token === '' ? undefined : { ...request, token }),
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= mostRefreshed ? refreshMs : false),
    },
  )
  return { ...query, runs: query.data?.pages.flatMap(({ runs }) => runs) }
}

function toRequest({ phase, task, version }: RunFilters, limit: number): ListRequest {
  const phases = (phase ?? '').split(',').flatMap((name) => phaseOfName(name)?.phase ?? [])
  return create(ListRequestSchema, {
    limit,
    sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }],
    filters: [
      ...(phases.length === 0
        ? []
        : [{ field: 'phase', function: Filter_Function.VALUE_IN, values: phases.map(String) }]),
      ...(task ? [{ field: 'task_name', function: Filter_Function.CONTAINS_CASE_INSENSITIVE, values: [task] }] : []),
      ...(version ? [{ field: 'task_version', function: Filter_Function.EQUAL, values: [version] }] : []),
    ],
  })
}

import type { MessageInitShape } from '@bufbuild/protobuf'
import { Filter_Function, type ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { usePages } from '../../api/use-pages.ts'
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

/** The runs of a project, the newest first. While the newest are looked at, the list keeps up with the server. */
export function useRuns({ project, domain }: Scope, filters: RunFilters, limit = pageSize) {
  const query = usePages({
    method: RunService.method.listRuns,
    key: [project, domain, JSON.stringify(filters), String(limit)],
    request: (token) => ({
      scopeBy: { case: 'projectId' as const, value: { name: project, domain } },
      request: toRequest(filters, limit, token),
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  return { ...query, runs: query.data?.pages.flatMap(({ runs }) => runs) }
}

function toRequest(
  { phase, task, version }: RunFilters,
  limit: number,
  token: string,
): MessageInitShape<typeof ListRequestSchema> {
  const phases = (phase ?? '').split(',').flatMap((name) => phaseOfName(name)?.phase ?? [])
  return {
    limit,
    token,
    sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }],
    filters: [
      ...(phases.length === 0
        ? []
        : [{ field: 'phase', function: Filter_Function.VALUE_IN, values: phases.map(String) }]),
      ...(task ? [{ field: 'task_name', function: Filter_Function.CONTAINS_CASE_INSENSITIVE, values: [task] }] : []),
      ...(version ? [{ field: 'task_version', function: Filter_Function.EQUAL, values: [version] }] : []),
    ],
  }
}

import { Filter_Function, Sort_Direction } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { usePages } from '../../api/use-pages.ts'
import type { Scope } from '../../app/scope.ts'

const pageSize = 20

/** The runs of all versions of a launch plan, live, the newest first. */
export function usePlanRuns({ project, domain }: Scope, plan: string) {
  const query = usePages({
    method: RunService.method.listRuns,
    key: ['launch plan', project, domain, plan],
    request: (token) => ({
      scopeBy: { case: 'projectId' as const, value: { name: project, domain } },
      request: {
        limit: pageSize,
        token,
        sortByFields: [{ key: 'created_at', direction: Sort_Direction.DESCENDING }],
        filters: [{ field: 'launch_plan_name', function: Filter_Function.EQUAL, values: [plan] }],
      },
    }),
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  return { query, runs: query.data?.pages.flatMap(({ runs }) => runs) }
}

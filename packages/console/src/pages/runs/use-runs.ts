import { Sort_Direction } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { useRef } from 'react'
import { usePages } from '../../api/use-pages.ts'
import type { Scope } from '../../app/scope.ts'
import { type RunFilters, toFilters } from './run-filters.ts'

const pageSize = 50

export const newestFirst = [{ key: 'created_at', direction: Sort_Direction.DESCENDING }]

/** The runs of a project, the newest first. While the newest are looked at, the list keeps up with the server. */
export function useRuns({ project, domain }: Scope, filters: RunFilters, limit = pageSize) {
  // All pages count back from the time of the first.
  const askedAt = useRef(0)
  const query = usePages({
    method: RunService.method.listRuns,
    key: [project, domain, JSON.stringify(filters), String(limit)],
    request: (token) => {
      if (token === '') askedAt.current = Date.now()
      return {
        scopeBy: { case: 'projectId' as const, value: { name: project, domain } },
        request: { limit, token, sortByFields: newestFirst, filters: [...toFilters(filters, askedAt.current)] },
      }
    },
    tokenOf: ({ token }) => token,
    mostRefreshed: 3,
  })
  return { ...query, runs: query.data?.pages.flatMap(({ runs }) => runs) }
}

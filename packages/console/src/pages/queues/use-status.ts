import { useQuery } from '@connectrpc/connect-query'
import { keepPreviousData } from '@tanstack/react-query'
import { StatusService } from '@tern/idl/status'
import { useMemo } from 'react'
import { isPassing } from '../../api/problem.ts'
import type { Scope } from '../../app/scope.ts'
import { mergeStatus } from './merge-status.ts'

const everyMs = 2_000
const usualActions = 1

/**
 * What the servers are busy with, read anew every two seconds.
 *
 * @param scope whose waits are told; undefined for those of all
 * @param group the key of the only group of waits to tell of
 */
export function useStatus(scope: Scope | undefined, { group = '', limit = usualActions } = {}) {
  const query = useQuery(
    StatusService.method.getStatus,
    { limit, group, ...(scope && { projectId: { organization: '', name: scope.project, domain: scope.domain } }) },
    {
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => (state.error === null || isPassing(state.error) ? everyMs : false),
    },
  )
  const servers = query.data?.servers
  const status = useMemo(() => servers && mergeStatus(servers), [servers])
  return { ...query, status }
}

import { useQuery } from '@connectrpc/connect-query'
import type { TriggerName } from '@tern/idl/common'
import { FiringService } from '@tern/idl/trigger'
import { msOf } from '../../model/times.ts'

const refreshMs = 10_000
const mostNames = 200

/** The next instants of triggers, in the order of the names; undefined while the server has not told them. */
export function useUpcoming(names: ReadonlyArray<TriggerName>, limit: number): UpcomingInstants | undefined {
  const { data } = useQuery(
    FiringService.method.listUpcomingFirings,
    { names: names.slice(0, mostNames), limit },
    // What is shown stays while the list grows; a server of another kind has no such service.
    { enabled: names.length > 0, refetchInterval: refreshMs, placeholderData: (before) => before },
  )
  return data?.triggers.map(({ scheduledAt }) => scheduledAt.flatMap((at) => msOf(at) ?? []))
}

export type UpcomingInstants = ReadonlyArray<ReadonlyArray<number>>

import { useQuery } from '@connectrpc/connect-query'
import type { TriggerName } from '@tern/idl/common'
import { TriggerRevisionAction, TriggerService } from '@tern/idl/trigger'
import { ProblemLine, Skeleton } from '../../design/states.tsx'
import { TimeAgo } from '../../design/time.tsx'
import { msOf } from '../../model/times.ts'

const shown = 20

const actions: Readonly<Record<number, string>> = {
  [TriggerRevisionAction.DEPLOY]: 'Deployed',
  [TriggerRevisionAction.ACTIVATE]: 'Switched on',
  [TriggerRevisionAction.DEACTIVATE]: 'Switched off',
  [TriggerRevisionAction.DELETE]: 'Deleted',
}

/** What was done to a trigger, and by whom, the last change first. */
export function RevisionList({ name }: { name: TriggerName }) {
  const { data, error } = useQuery(TriggerService.method.getTriggerRevisionHistory, { name, request: { limit: shown } })
  if (error !== null) return <ProblemLine error={error} />
  if (data === undefined) return <Skeleton lines={2} />
  return (
    <ul aria-label="Changes" className="flex flex-col gap-1.5 text-xs">
      {data.triggers.map(({ id, action, metadata, createdAt }) => {
        const by = metadata?.updatedBy?.principal
        return (
          <li key={String(id?.revision)} className="flex justify-between gap-3">
            <span className="min-w-0 truncate">
              {actions[action] ?? 'Changed'}
              {by?.case === 'user' && <span className="text-muted"> by {by.value.spec?.email}</span>}
            </span>
            <span className="text-muted">
              <TimeAgo at={msOf(createdAt)} />
            </span>
          </li>
        )
      })}
    </ul>
  )
}

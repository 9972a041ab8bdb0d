import { createClient } from '@connectrpc/connect'
import { type ActionDetails, RunService } from '@tern/idl/workflow'
import { transport } from '../../../api/transport.ts'
import { type FollowState, useFollow } from '../../../api/use-follow.ts'
import { isTerminal } from '../../../model/phases.ts'
import type { Scope } from '../../../app/scope.ts'

const client = createClient(RunService, transport)

/** Everything about an action, as it changes. */
export function useAction(scope: Scope, run: string, id: string): FollowState<ActionDetails> {
  const actionId = { name: id, run: { org: '', ...scope, name: run } }
  return useFollow({
    key: JSON.stringify(actionId),
    open: (signal) => client.watchActionDetails({ actionId }, { signal }),
    take: (before: ActionDetails | undefined, { details }) => details ?? (before as ActionDetails),
    isOver: ({ status }) => isTerminal(status?.phase),
  })
}

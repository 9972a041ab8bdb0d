import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { ActionSchema } from '@tern/idl/actions'
import type { QueueService } from '@tern/idl/workflow'
import { enqueueAction } from '../../runs/enqueue.ts'
import { rootOf } from '../../runs/runs.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromActionIdentifier, fromRunIdentifier } from '../wire/identifiers.ts'

/** What old task images call in place of ActionsService and RunService. */
export function createQueueService(domain: ApiDomain): ServiceImpl<typeof QueueService> {
  const { runs, config } = domain
  return {
    async enqueueAction({ actionId, parentActionName, inputUri, runOutputBase, group, subject, spec }) {
      const action = create(ActionSchema, { inputUri, runOutputBase, group, subject })
      if (parentActionName !== undefined) action.parentActionName = parentActionName
      action.spec = spec
      await enqueueAction(domain, fromActionIdentifier(actionId), action)
      return {}
    },
    async abortQueuedRun({ runId, reason }, context) {
      await runs.abort(rootOf(fromRunIdentifier(runId)), reason, callerOf(context, config))
      return {}
    },
    async abortQueuedAction({ actionId, reason }, context) {
      await runs.abort(fromActionIdentifier(actionId), reason, callerOf(context, config))
      return {}
    },
  }
}

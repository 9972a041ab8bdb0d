import { toBinary } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { ActionsService } from '@tern/idl/actions'
import { EnrichedIdentitySchema } from '@tern/idl/common'
import { fromConditionLiteral } from '../../conditions/condition-value.ts'
import { toIdentity } from '../../identity/caller.ts'
import { enqueueAction } from '../../runs/enqueue.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { fromActionIdentifier } from '../wire/identifiers.ts'
import { childUpdates } from './child-updates.ts'

// Whoever asks here is the action that called it.
const unwanted = 'nobody waits for it any more'

/** What task processes call: they enqueue children and wait for them. */
export function createActionsService(domain: ApiDomain): Partial<ServiceImpl<typeof ActionsService>> {
  const { runs, conditions, external, config } = domain
  return {
    async enqueue({ action }) {
      if (action === undefined) throw new InvalidArgumentError('action: value is required', { field: 'action' })
      await enqueueAction(domain, fromActionIdentifier(action.actionId, 'action.action_id'), action)
      return {}
    },
    watchForUpdates: ({ filter }, { signal }) => childUpdates(domain, filter.value, signal),
    async update({ actionId, attempt, status }) {
      await external.updateAttempt(fromActionIdentifier(actionId), attempt, status)
      return {}
    },
    async signal({ actionId, value, signalledBy }, context) {
      const caller = callerOf(context, config)
      const by = signalledBy ?? (caller && toIdentity(caller))
      await conditions.signal(
        fromActionIdentifier(actionId),
        fromConditionLiteral(value, 'value'),
        'value',
        by && toBinary(EnrichedIdentitySchema, by),
      )
      return {}
    },
    async abort({ actionId, reason, abortedBy }, context) {
      const by = abortedBy && toBinary(EnrichedIdentitySchema, abortedBy)
      await runs.abort(fromActionIdentifier(actionId), reason || unwanted, callerOf(context, config), by)
      return {}
    },
  }
}

import { toBinary } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import type { ActionsService } from '@tern/idl/actions'
import { EnrichedIdentitySchema } from '@tern/idl/common'
import { fromConditionLiteral } from '../../conditions/condition-value.ts'
import { toIdentity } from '../../identity/caller.ts'
import { enqueueAction } from '../../runs/enqueue.ts'
import { watchChildren } from '../../runs/watch-children.ts'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'
import { toActionUpdate } from '../wire/action-update.ts'
import { actionNotFound, fromActionIdentifier } from '../wire/identifiers.ts'

/** What task processes call: they enqueue children and wait for them. */
export function createActionsService(domain: ApiDomain): Partial<ServiceImpl<typeof ActionsService>> {
  const { engine, repositories, actionData, conditions, config } = domain
  return {
    async enqueue({ action }) {
      if (action === undefined) throw new InvalidArgumentError('action: value is required', { field: 'action' })
      await enqueueAction(domain, fromActionIdentifier(action.actionId, 'action.action_id'), action)
      return {}
    },
    async *watchForUpdates({ filter }, { signal }) {
      if (filter.case !== 'parentActionId') {
        throw new InvalidArgumentError('parent_action_id: value is required', { field: 'parent_action_id' })
      }
      const news = watchChildren({
        feed: engine.changes,
        runs: repositories.runs,
        actions: repositories.actions,
        parent: fromActionIdentifier(filter.value, 'parent_action_id'),
        keepAliveMs: config.keepAliveMs,
        signal,
      })
      for await (const item of news) {
        if (item.kind === 'sentinel') {
          yield { message: { case: 'controlMessage', value: { sentinel: true } } }
          continue
        }
        for (const child of item.children) {
          const outputUri = await actionData.outputPrefix(item.run.runBase, child)
          yield { message: { case: 'actionUpdate', value: toActionUpdate(config.org, item.run, child, outputUri) } }
        }
      }
    },
    async update({ actionId }) {
      // Attempts and cache status, all that can be updated here, are the engine's own to know.
      const key = fromActionIdentifier(actionId)
      if ((await repositories.actions.find(key)) === undefined) throw actionNotFound(key)
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
    async abort({ actionId, reason, abortedBy }) {
      const by = abortedBy && toBinary(EnrichedIdentitySchema, abortedBy)
      await engine.abort(fromActionIdentifier(actionId), reason ?? '', by)
      return {}
    },
  }
}

import type { ServiceImpl } from '@connectrpc/connect'
import { GetRequestSchema, PutRequestSchema, type StateService } from '@tern/idl/workflow'
import type { ApiDomain } from '../domain.ts'
import { fromActionIdentifier } from '../wire/identifiers.ts'
import { outcomeOf } from '../wire/outcome.ts'
import { childUpdates } from './child-updates.ts'

/** What old task images call in place of ActionsService, and where their executors keep the state of actions. */
export function createStateService(domain: ApiDomain): ServiceImpl<typeof StateService> {
  const { actionStates, check, logger } = domain
  return {
    async put(request, call) {
      const { actionId, state } = request
      const put = async () => {
        check(PutRequestSchema, request)
        await actionStates.put(fromActionIdentifier(actionId), state)
      }
      const status = await outcomeOf(put, { logger, call })
      return { ...(actionId && { actionId }), status }
    },
    async get(request, call) {
      const { actionId } = request
      let state = ''
      const get = async () => {
        check(GetRequestSchema, request)
        state = await actionStates.get(fromActionIdentifier(actionId))
      }
      const status = await outcomeOf(get, { logger, call })
      return { ...(actionId && { actionId }), status, state }
    },
    watch: ({ filter }, { signal }) => childUpdates(domain, filter.value, signal),
  }
}

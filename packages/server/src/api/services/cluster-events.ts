import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import type { RunService } from '@tern/idl/workflow'
import { findLogContext } from '../../events/log-context.ts'
import { watchClusterEvents } from '../../events/watch-cluster-events.ts'
import type { ActionRow } from '../../store/actions-repository.ts'
import type { ActionKey } from '../../engine/model.ts'
import type { ApiDomain } from '../domain.ts'
import { actionNotFound, fromActionIdentifier } from '../wire/identifiers.ts'

/** The methods of RunService about what is reported of attempts. */
export function createEventMethods({
  repositories,
  engine,
  config,
}: ApiDomain): Pick<ServiceImpl<typeof RunService>, 'watchClusterEvents' | 'getActionLogContext'> {
  const { actions } = repositories

  async function findAction(key: ActionKey): Promise<ActionRow> {
    const action = await actions.find(key)
    if (action === undefined) throw actionNotFound(key)
    return action
  }

  return {
    async *watchClusterEvents({ id, attempt }, { signal }) {
      const { runId, seq } = await findAction(fromActionIdentifier(id, 'id'))
      const pages = watchClusterEvents({
        feed: engine.changes,
        actions,
        events: repositories.events,
        logs: repositories.logs,
        attempt: { runId, seq, attempt },
        rereadMs: config.keepAliveMs,
        signal,
      })
      for await (const clusterEvents of pages) yield { clusterEvents }
    },
    async getActionLogContext({ actionId, attempt }) {
      const action = await findAction(fromActionIdentifier(actionId))
      const found = await findLogContext({ actions, events: repositories.events }, action, attempt)
      const { logContext, cluster, startedAt, endedAt } = found
      return {
        logContext,
        cluster,
        ...(startedAt !== undefined && { startTime: timestampFromMs(startedAt) }),
        ...(endedAt !== undefined && { endTime: timestampFromMs(endedAt) }),
      }
    },
  }
}

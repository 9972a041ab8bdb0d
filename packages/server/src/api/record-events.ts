import { createClient, type HandlerContext } from '@connectrpc/connect'
import { type ActionEvent, EventsProxyService } from '@tern/idl/workflow'
import { runOf } from '../external/action-names.ts'
import type { ExternalActions } from '../external/external-actions.ts'
import { atOwner } from './at-owner.ts'

/**
 * Takes events of actions of any runs, each on the server that has its run.
 *
 * Throws InvalidArgumentError, after which nothing is stored, and the first error of any run, after which the events of
 * the others are.
 */
export async function recordEvents(
  external: ExternalActions,
  events: ReadonlyArray<ActionEvent>,
  call: HandlerContext,
): Promise<void> {
  const byRun = Map.groupBy(external.checkEvents(events), ({ key }) => runOf(key))
  const results = await Promise.allSettled(
    [...byRun.values()].map((keyed) =>
      recordOfRun(
        external,
        keyed.map(({ event }) => event),
        call,
      ),
    ),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function recordOfRun(external: ExternalActions, events: ActionEvent[], call: HandlerContext): Promise<void> {
  await atOwner(call, {
    here: async () => {
      await external.addEvents(events)
      return true
    },
    there: async (transport, options) => {
      await createClient(EventsProxyService, transport).record({ events }, options)
      return true
    },
  })
}

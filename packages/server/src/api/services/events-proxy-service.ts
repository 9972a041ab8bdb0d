import type { ServiceImpl } from '@connectrpc/connect'
import type { EventsProxyService } from '@tern/idl/workflow'
import type { ApiDomain } from '../domain.ts'
import { recordEvents } from '../record-events.ts'

/** Takes events from executors that know no other address; there is nothing here to forward them to. */
export function createEventsProxyService({ external }: ApiDomain): ServiceImpl<typeof EventsProxyService> {
  return {
    async record({ events }, call) {
      await recordEvents(external, events, call)
      return {}
    },
  }
}

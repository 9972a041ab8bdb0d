import { type Client, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionsService } from '@tern/idl/actions'
import { TaskService } from '@tern/idl/task'
import { TriggerService } from '@tern/idl/trigger'
import { RunService } from '@tern/idl/workflow'

export interface Clients {
  readonly runs: Client<typeof RunService>
  readonly actions: Client<typeof ActionsService>
  readonly tasks: Client<typeof TaskService>
  readonly triggers: Client<typeof TriggerService>
}

/** Clients with a connection of their own for each request under way: binary Connect over HTTP/1.1, as the SDK's. */
export function createClients(baseUrl: string): Clients {
  const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true })
  return {
    runs: createClient(RunService, transport),
    actions: createClient(ActionsService, transport),
    tasks: createClient(TaskService, transport),
    triggers: createClient(TriggerService, transport),
  }
}

import { create } from '@bufbuild/protobuf'
import { createClient, type HandlerContext, type ServiceImpl } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import {
  type GetStatusRequest,
  type ServerStatus as StatusMessage,
  ServerStatusSchema,
  StatusService,
} from '@tern/idl/status'
import { forwardedHeader } from '../../replicas/ask-owner.ts'
import type { ApiDomain } from '../domain.ts'
import { requestIdKey } from '../request-context.ts'
import { toStatusMessage } from '../wire/status.ts'

const usualLimit = 5
const timeoutMs = 2000

/** What the servers of a database are busy with. */
export function createStatusService({ status, projects, config }: ApiDomain): ServiceImpl<typeof StatusService> {
  return {
    async getStatus(request, context) {
      const { projectId, limit, group } = request
      if (projectId !== undefined) await projects.require(projectId.name, projectId.domain)
      const others = context.requestHeader.has(forwardedHeader) ? [] : status.others
      const [own, ...rest] = await Promise.all([
        status.read({
          place: projectId && { project: projectId.name, domain: projectId.domain },
          limit: limit || usualLimit,
          group: group || undefined,
        }),
        ...others.map((url) => ask(url, request, context)),
      ])
      return { servers: [toStatusMessage(own, config.org), ...rest] }
    },
  }
}

/** Asks another server how it is. One that cannot tell is told of all the same. */
async function ask(url: string, request: GetStatusRequest, { signal, values }: HandlerContext): Promise<StatusMessage> {
  const headers = { [forwardedHeader]: '1', 'x-request-id': values.get(requestIdKey) }
  try {
    const client = createClient(StatusService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' }))
    const { servers } = await client.getStatus(request, { headers, signal, timeoutMs })
    return servers[0] ?? create(ServerStatusSchema, { url, problem: 'it says nothing' })
  } catch (error) {
    if (signal.aborted) throw error
    const problem = error instanceof Error ? error.message : String(error)
    return create(ServerStatusSchema, { url, problem })
  }
}

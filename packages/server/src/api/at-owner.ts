import type { CallOptions, HandlerContext, Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { askOwner, forwardedHeader } from '../replicas/ask-owner.ts'
import { requestIdKey } from './request-context.ts'
import { isWorthAnotherTry } from './services/forwarded.ts'

export interface AtOwnerOptions<Answer> {
  /** Does it, if this server has the run; else throws OwnedElsewhereError. May be called again. */
  readonly here: () => Promise<Answer>
  /** Asks the server that has the run. */
  readonly there: (transport: Transport, options: CallOptions) => Promise<Answer>
}

type Call = Pick<HandlerContext, 'requestHeader' | 'signal' | 'values'>

const timeoutMs = 5000

/**
 * Does something about a run on the server that has it: for calls about several runs, which cannot be sent on as they
 * are.
 *
 * Throws what is thrown here or there, and UnavailableError when the run is not found for too long.
 */
export function atOwner<Answer>(call: Call, { here, there }: AtOwnerOptions<Answer>): Promise<Answer> {
  const { requestHeader, signal, values } = call
  // Whoever sent it here looks for the run again, if it is not here.
  if (requestHeader.has(forwardedHeader)) return here()
  const headers = { [forwardedHeader]: '1', 'x-request-id': values.get(requestIdKey) }
  return askOwner<Answer>({
    here,
    async there(baseUrl) {
      try {
        return await there(createConnectTransport({ baseUrl, httpVersion: '1.1' }), { headers, signal, timeoutMs })
      } catch (error) {
        if (signal.aborted || !isWorthAnotherTry(error)) throw error
        return undefined
      }
    },
    signal,
  })
}

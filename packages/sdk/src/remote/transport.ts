import type { Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import type { Configuration } from './configuration.ts'
import { interceptorsFor } from './interceptors.ts'

/** The connection to a server: Connect with binary messages over HTTP/1.1. */
export function createTransport({ endpoint, token }: Pick<Configuration, 'endpoint' | 'token'>): Transport {
  return createConnectTransport({
    baseUrl: endpoint,
    httpVersion: '1.1',
    useBinaryFormat: true,
    interceptors: interceptorsFor(token),
  })
}

import { randomUUID } from 'node:crypto'
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { type Backoff, backoffDelayMs } from '@tern/core'
import { delay } from '../local/delay.ts'
import type { Configuration } from './configuration.ts'
import { isBroken, isUnreachable } from './rpc-errors.ts'

const maxRetries = 3
const backoff: Backoff = { baseMs: 250, factor: 2, capMs: 2000 }
// Making the same run twice is worse than failing.
const notRepeatable = new Set(['CreateRun'])

/** The connection to a server: Connect with binary messages over HTTP/1.1. */
export function createTransport({ endpoint, token }: Pick<Configuration, 'endpoint' | 'token'>): Transport {
  return createConnectTransport({
    baseUrl: endpoint,
    httpVersion: '1.1',
    useBinaryFormat: true,
    interceptors: [identify(token), retryUnavailable],
  })
}

function identify(token: string | undefined): Interceptor {
  return (next) => (request) => {
    request.header.set('x-request-id', randomUUID())
    if (token !== undefined) request.header.set('authorization', `Bearer ${token}`)
    return next(request)
  }
}

const retryUnavailable: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request)
  for (let attempt = 0; ; attempt++) {
    try {
      return await next(request)
    } catch (error) {
      if (attempt >= maxRetries || !canRepeat(error, request.method.name)) throw error
      await delay(backoffDelayMs(backoff, attempt), request.signal)
    }
  }
}

function canRepeat(error: unknown, method: string): boolean {
  if (!(error instanceof ConnectError)) return false
  // Nobody listens: trying again at once rarely helps, and the user is waiting for the message.
  if (isUnreachable(error)) return false
  if (isBroken(error)) return !notRepeatable.has(method)
  return error.code === Code.Unavailable
}

import { setTimeout as delay } from 'node:timers/promises'
import type { DescMessage, DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError, type Interceptor, type Transport, type UnaryRequest } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { type Backoff, backoffDelayMs, UnavailableError } from '@tern/core'
import type { Logger } from 'pino'
import { OwnedElsewhereError } from '../../engine/owned-elsewhere.ts'
import { requestIdKey } from '../request-context.ts'

export interface ForwardOptions {
  readonly logger: Logger
  /** How long to wait for a run to be found while it changes hands, in milliseconds. Defaults to 30 seconds. */
  readonly patienceMs?: number | undefined
  /** How long another server may take to answer before the run is looked for again, in milliseconds. Defaults to 5 seconds. */
  readonly timeoutMs?: number | undefined
}

type Request = UnaryRequest<DescMessage, DescMessage>
type Next = Parameters<Interceptor>[0]
type Answer = ReturnType<Next>

/** Says that a server asks on behalf of a client: such a request is not sent on. */
export const forwardedHeader = 'x-tern-forwarded'

const retryDelay: Backoff = { baseMs: 50, factor: 2, capMs: 1000 }

// About the connection, the encoding of the message, and the page that sent it: this server's call has its own.
const notForwarded =
  /^(:.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|origin|referer|accept.*|content-.*|connect-.*|grpc-.*|user-agent|x-user-agent|sec-.*)$/

/**
 * Sends requests about live runs of another server to that one, with their headers, and gives its answer. While a run
 * changes hands, or its server does not answer, it is looked for again.
 */
export function forward(options: ForwardOptions): Interceptor {
  const { logger, patienceMs = 30_000, timeoutMs = 5000 } = options
  const transports = new Map<string, Transport>()

  function transportTo(url: string): Transport {
    const known = transports.get(url)
    if (known !== undefined) return known
    // Servers come and go, and few are there at the same time.
    if (transports.size >= 100) transports.clear()
    const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: true })
    transports.set(url, transport)
    return transport
  }

  async function ask(url: string, request: Request): Answer {
    const method = request.method as DescMethodUnary
    const header = headersOf(request)
    const answer = await transportTo(url).unary(method, request.signal, timeoutMs, header, request.message)
    // How it was encoded is no concern of this server's client.
    return { ...answer, header: new Headers(), trailer: new Headers() } as Awaited<Answer>
  }

  /** Undefined when the other server cannot be asked, or has not got the run any more. */
  async function tryToAsk(url: string, request: Request): Promise<Awaited<Answer> | undefined> {
    try {
      return await ask(url, request)
    } catch (error) {
      if (request.signal.aborted || !isWorthAnotherTry(error)) throw error
      logger.debug({ err: error, url }, 'another server does not take a request')
      return undefined
    }
  }

  return (next) => async (request) => {
    try {
      return await next(request)
    } catch (error) {
      if (request.stream || !(error instanceof OwnedElsewhereError)) throw error
      // Whoever sent it here looks for the run again.
      if (request.header.has(forwardedHeader)) throw error
      return findOwner(request, next, error)
    }
  }

  async function findOwner(request: Request, next: Next, first: OwnedElsewhereError): Answer {
    const giveUpAt = performance.now() + patienceMs
    let elsewhere = first
    for (let failures = 0; ; failures++) {
      const answer = elsewhere.ownerUrl === null ? undefined : await tryToAsk(elsewhere.ownerUrl, request)
      if (answer !== undefined) return answer
      if (performance.now() > giveUpAt) throw notReached(elsewhere)
      await delay(backoffDelayMs(retryDelay, failures), undefined, { signal: request.signal })
      try {
        return await next(request)
      } catch (error) {
        if (!(error instanceof OwnedElsewhereError)) throw error
        elsewhere = error
      }
    }
  }
}

function headersOf({ header, contextValues }: Request): Headers {
  const headers = new Headers()
  for (const [name, value] of header) if (!notForwarded.test(name)) headers.set(name, value)
  headers.set('x-request-id', contextValues.get(requestIdKey))
  headers.set(forwardedHeader, '1')
  return headers
}

/** Whether the other server is gone, busy, or no longer the one to ask: what was asked may be asked again. */
function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false
  if (error.code === Code.Unavailable || error.code === Code.DeadlineExceeded) return true
  // A connection that broke: the error is this side's own, with Node's reason.
  return error.cause instanceof Error && 'code' in error.cause
}

function notReached({ message, ownerUrl }: OwnedElsewhereError): UnavailableError {
  const reason = ownerUrl === null ? 'no server has taken it over yet' : 'which cannot be reached from here'
  return new UnavailableError(`${message}, ${reason}`, {
    hint: 'Try again in a moment; if it stays so, check that the servers reach each other at the addresses they advertise.',
  })
}

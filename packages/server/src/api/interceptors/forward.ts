import type { DescMessage, DescMethodUnary } from '@bufbuild/protobuf'
import { Code, ConnectError, type Interceptor, type Transport, type UnaryRequest } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import type { Logger } from 'pino'
import { askOwner, forwardedHeader } from '../../replicas/ask-owner.ts'
import { requestIdKey } from '../request-context.ts'

export interface ForwardOptions {
  readonly logger: Logger
  /** How long to look for a run while it changes hands, in milliseconds; see AskOwnerOptions. */
  readonly patienceMs?: number | undefined
  /** How long another server may take to answer before the run is looked for again, in milliseconds. Defaults to 5 seconds. */
  readonly timeoutMs?: number | undefined
}

type Request = UnaryRequest<DescMessage, DescMessage>
type Answer = Awaited<ReturnType<Parameters<Interceptor>[0]>>

// About the connection, the encoding of the message, and the page that sent it: this server's call has its own.
const notForwarded =
  /^(:.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|origin|referer|accept.*|content-.*|connect-.*|grpc-.*|user-agent|x-user-agent|sec-.*)$/

/** Servers come and go, and few are there at the same time. */
const maxTransports = 100

/** Sends requests about live runs of another server to that one, with their headers, and gives its answers. */
export function forward({ logger, patienceMs, timeoutMs = 5000 }: ForwardOptions): Interceptor {
  const transports = new Map<string, Transport>()

  function transportTo(baseUrl: string): Transport {
    const known = transports.get(baseUrl)
    if (known !== undefined) return known
    if (transports.size >= maxTransports) transports.clear()
    const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true })
    transports.set(baseUrl, transport)
    return transport
  }

  async function ask(url: string, request: Request): Promise<Answer | undefined> {
    const { method, signal, message } = request
    try {
      const answer = await transportTo(url).unary(
        method as DescMethodUnary,
        signal,
        timeoutMs,
        headersOf(request),
        message,
      )
      // How it was encoded is no concern of this server's client, which gets it as it asked.
      const contentType = request.header.get('content-type') ?? 'application/proto'
      return { ...answer, header: new Headers({ 'content-type': contentType }), trailer: new Headers() }
    } catch (error) {
      if (signal.aborted || !isWorthAnotherTry(error)) throw error
      logger.debug({ err: error, url }, 'another server does not take a request')
      return undefined
    }
  }

  return (next) => (request) => {
    // Whoever sent it here looks for the run again, if it is not here.
    if (request.stream || request.header.has(forwardedHeader)) return next(request)
    return askOwner<Answer>({
      here: () => next(request),
      there: (url) => ask(url, request),
      signal: request.signal,
      patienceMs,
    })
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

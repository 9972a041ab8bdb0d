import type { DescMethodUnary, DescService, Message } from '@bufbuild/protobuf'
import { Code, ConnectError, type HandlerContext, type ServiceImpl, type Transport } from '@connectrpc/connect'
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

type Method = (request: Message, context: HandlerContext) => Promise<object>

// About the connection, the encoding of the message, and the page that sent it: this server's call has its own.
const notForwarded =
  /^(:.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|origin|referer|accept.*|content-.*|connect-.*|grpc-.*|user-agent|x-user-agent|sec-.*)$/

// Servers come and go, and few are there at the same time.
const maxTransports = 100

/** Makes services that send requests about live runs of another server to that one, and give its answers. */
export class Forwarding {
  readonly #options: ForwardOptions
  readonly #transports = new Map<string, Transport>()

  constructor(options: ForwardOptions) {
    this.#options = options
  }

  /** The service, whose requests that have one answer are forwarded; streams are read from the store anywhere. */
  forwarded<Service extends DescService>(service: Service, methods: ServiceImpl<Service>): ServiceImpl<Service> {
    const wrapped: Record<string, unknown> = { ...methods }
    for (const method of service.methods) {
      if (method.methodKind !== 'unary') continue
      const here = wrapped[method.localName] as Method
      wrapped[method.localName] = (request: Message, context: HandlerContext) => this.#call(here, request, context)
    }
    return wrapped as ServiceImpl<Service>
  }

  async #call(method: Method, request: Message, context: HandlerContext): Promise<object> {
    const here = async () => method(request, context)
    // Whoever sent it here looks for the run again, if it is not here.
    if (context.requestHeader.has(forwardedHeader)) return here()
    const { signal } = context
    const there = (url: string) => this.#ask(url, request, context)
    return askOwner({ here, there, signal, patienceMs: this.#options.patienceMs })
  }

  async #ask(url: string, request: Message, context: HandlerContext): Promise<object | undefined> {
    const { logger, timeoutMs = 5000 } = this.#options
    const method = context.method as DescMethodUnary
    try {
      const answer = await this.#transport(url).unary(method, context.signal, timeoutMs, headersOf(context), request)
      return answer.message
    } catch (error) {
      if (context.signal.aborted) throw error
      if (!isWorthAnotherTry(error)) throw asOwn(error)
      logger.debug({ err: error, url }, 'another server does not take a request')
      return undefined
    }
  }

  #transport(baseUrl: string): Transport {
    const known = this.#transports.get(baseUrl)
    if (known !== undefined) return known
    if (this.#transports.size >= maxTransports) this.#transports.clear()
    const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: true })
    this.#transports.set(baseUrl, transport)
    return transport
  }
}

function headersOf({ requestHeader, values }: HandlerContext): Headers {
  const headers = new Headers()
  for (const [name, value] of requestHeader) if (!notForwarded.test(name)) headers.set(name, value)
  headers.set('x-request-id', values.get(requestIdKey))
  headers.set(forwardedHeader, '1')
  return headers
}

/** Whether the other server is gone, busy, or no longer the one to ask: what was asked may be asked again. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false
  const { code, cause } = error
  if (code === Code.Unavailable || code === Code.DeadlineExceeded) return true
  // A connection that broke: the error is this side's own, with Node's reason.
  return cause instanceof Error && 'code' in cause
}

/** With the code and the text of the other server; what came beside them was about its connection. */
function asOwn(error: unknown): unknown {
  return error instanceof ConnectError ? new ConnectError(error.rawMessage, error.code) : error
}

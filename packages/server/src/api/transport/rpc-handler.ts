import { setMaxListeners } from 'node:events'
import { createGunzip } from 'node:zlib'
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextValues,
  type Interceptor,
} from '@connectrpc/connect'
import {
  compressionBrotli,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node'
import type { UniversalHandler, UniversalServerRequest } from '@connectrpc/connect/protocol'
import type { Registry } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { requestIdKey } from '../request-context.ts'
import { gzip } from './gzip.ts'
import { type HttpRequest, type HttpResponse, headerOf, pathOf } from './http-message.ts'
import { blameCaller } from './undecodable.ts'

export interface RpcHandlerOptions {
  readonly routes: (router: ConnectRouter) => void
  readonly interceptors: Interceptor[]
  /** Largest request message, in bytes, before and after decompression. */
  readonly maxRequestBytes: number
  /** Types that JSON may hold in an `Any`. */
  readonly registry: Registry
  /** Ends streams, cleanly, when it is aborted. */
  readonly shutdownSignal: AbortSignal
  readonly logger: Logger
}

/** Serves RPCs in the Connect, gRPC and gRPC-Web protocols. False for a path that names no RPC. */
export type RpcHandler = (request: HttpRequest, response: HttpResponse, requestId: string) => boolean

// A message smaller than this costs more to compress than to send.
const compressMinBytes = 4096

export function createRpcHandler(options: RpcHandlerOptions): RpcHandler {
  // Every request listens to it until it ends.
  setMaxListeners(0, options.shutdownSignal)
  const router = createConnectRouter({
    interceptors: options.interceptors,
    readMaxBytes: options.maxRequestBytes,
    acceptCompression: [gzip, compressionBrotli],
    compressMinBytes,
    jsonOptions: { registry: options.registry, ignoreUnknownFields: true },
    shutdownSignal: options.shutdownSignal,
  })
  options.routes(router)
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]))
  return (request, response, requestId) => {
    const handler = handlers.get(pathOf(request))
    if (handler === undefined) return false
    void serve(handler, request, response, requestId).catch((error: unknown) => {
      // The other side went away, or sent no valid HTTP: there is nobody left to answer.
      options.logger.debug({ err: error, requestId, rpc: handler.requestPath }, 'response not delivered')
      response.destroy()
    })
    return true
  }
}

async function serve(
  handler: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  requestId: string,
): Promise<void> {
  const contextValues = createContextValues().set(requestIdKey, requestId)
  const universal = universalRequestFromNodeRequest(request, response as never, undefined, contextValues)
  const answer = await handler(withBody(universal, request))
  await universalResponseToNodeResponse(await blameCaller(answer), response as never)
}

/** The request with a body that can be given up before its end, and inflated if it was compressed as a whole. */
function withBody(universal: UniversalServerRequest, request: HttpRequest): UniversalServerRequest {
  // Destroying the request with its iterator would take the connection away from the answer.
  const body = request.iterator({ destroyOnReturn: false })
  if (headerOf(request, 'content-encoding') !== 'gzip' || isUnary(headerOf(request, 'content-type'))) {
    return { ...universal, body }
  }
  const header = new Headers(universal.header)
  header.delete('content-encoding')
  header.delete('content-length')
  return { ...universal, header, body: inflate(body) }
}

// Connect's unary messages are the whole body: the protocol itself says how they are compressed.
function isUnary(contentType = ''): boolean {
  return /^application\/(proto|json)\b/.test(contentType)
}

async function* inflate(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = feed(gunzip, body)
  try {
    yield* gunzip.iterator({ destroyOnReturn: true }) as AsyncIterable<Uint8Array>
    await feeding
  } catch (cause) {
    throw new ConnectError('the request body is not valid gzip', Code.InvalidArgument, undefined, undefined, cause)
  } finally {
    gunzip.destroy()
  }
}

async function feed(gunzip: ReturnType<typeof createGunzip>, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) {
      if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve).once('close', resolve))
      if (gunzip.destroyed) return
    }
    gunzip.end()
  } catch (error) {
    gunzip.destroy(error as Error)
  }
}

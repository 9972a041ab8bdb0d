import { Code } from '@connectrpc/connect'
import type { UniversalServerResponse } from '@connectrpc/connect/protocol'

// How the library begins what it says of a binary message that it cannot decode.
const undecodable = 'parse binary: '

/**
 * Says whose fault a message is that cannot be decoded. The library answers `internal` when it was binary, and
 * `invalid_argument` when it was JSON; it is the caller's fault either way.
 */
export async function blameCaller(answer: UniversalServerResponse): Promise<UniversalServerResponse> {
  if (isUnaryError(answer)) return blameInBody(answer)
  const { body, trailer } = answer
  if (trailer === undefined || body === undefined || body instanceof Uint8Array) return answer
  return { ...answer, body: thenBlame(body, trailer) }
}

/** An answer of the Connect protocol to one message: the error is the whole body. */
function isUnaryError({ status, header }: UniversalServerResponse): boolean {
  return status === 500 && header?.get('content-type') === 'application/json'
}

async function blameInBody(answer: UniversalServerResponse): Promise<UniversalServerResponse> {
  const bytes = await collect(answer.body)
  const error = JSON.parse(Buffer.from(bytes).toString()) as { readonly code?: string; readonly message?: string }
  if (error.code !== 'internal' || error.message?.startsWith(undecodable) !== true) {
    return { ...answer, body: once(bytes) }
  }
  const body = Buffer.from(JSON.stringify({ ...error, code: 'invalid_argument' }))
  const header = new Headers(answer.header)
  header.set('content-length', String(body.byteLength))
  return { ...answer, status: 400, header, body: once(body) }
}

/** The trailers of gRPC are complete when the body has been read. */
async function* thenBlame(body: AsyncIterable<Uint8Array>, trailer: Headers): AsyncIterable<Uint8Array> {
  yield* body
  const message = decodeURIComponent(trailer.get('grpc-message') ?? '')
  if (trailer.get('grpc-status') !== String(Code.Internal) || !message.startsWith(undecodable)) return
  trailer.set('grpc-status', String(Code.InvalidArgument))
  trailer.delete('grpc-status-details-bin')
}

async function collect(body: UniversalServerResponse['body']): Promise<Uint8Array> {
  if (body === undefined || body instanceof Uint8Array) return body ?? new Uint8Array()
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

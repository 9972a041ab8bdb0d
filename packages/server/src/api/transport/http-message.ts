import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request, however it was sent: HTTP/1.1 or HTTP/2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest

/** Where the answer to a request goes. */
export type HttpResponse = ServerResponse | Http2ServerResponse

export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void

/** The path of a request, without its query. */
export function pathOf(request: HttpRequest): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

/** The value of a header that may be given once; the first, if it is given more often. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Answers with JSON. */
export function sendJson(response: HttpResponse, status: number, body: unknown): void {
  send(response, status, 'application/json', JSON.stringify(body))
}

/** Answers with text. */
export function sendText(response: HttpResponse, status: number, body: string): void {
  send(response, status, 'text/plain; charset=utf-8', body)
}

/** Writes a part of the body. False when the other side does not keep up. */
export function writeChunk(response: HttpResponse, chunk: Uint8Array): boolean {
  return 'stream' in response ? response.stream.write(chunk) : response.write(chunk)
}

function send(response: HttpResponse, status: number, type: string, body: string): void {
  if (response.headersSent) return
  response.statusCode = status
  response.setHeader('content-type', type)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}

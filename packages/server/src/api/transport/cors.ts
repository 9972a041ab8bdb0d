import { type HttpRequest, type HttpResponse, headerOf } from './http-message.ts'

const methods = 'GET, POST, PUT, DELETE, OPTIONS'
const requestHeaders = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Connect-Protocol-Version',
  'Connect-Timeout-Ms',
  'Grpc-Timeout',
  'X-Grpc-Web',
  'X-User-Agent',
  'X-Request-Id',
].join(', ')
const responseHeaders = 'Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, X-Request-Id'
const maxAgeSeconds = '86400'

/** Allows web pages to call. True when the request asked for no more than that, and is answered. */
export function allowCrossOrigin(request: HttpRequest, response: HttpResponse): boolean {
  response.setHeader('access-control-allow-origin', headerOf(request, 'origin') ?? '*')
  response.setHeader('vary', 'Origin')
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('access-control-allow-methods', methods)
  response.setHeader('access-control-allow-headers', requestHeaders)
  response.setHeader('access-control-expose-headers', responseHeaders)
  if (request.method !== 'OPTIONS') return false
  response.setHeader('access-control-max-age', maxAgeSeconds)
  response.statusCode = 204
  response.end()
  return true
}

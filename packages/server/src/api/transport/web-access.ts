import { isLoopback } from '@tern/core'
import { type HttpRequest, type HttpResponse, headerOf, sendJson } from './http-message.ts'

export interface WebAccessOptions {
  /**
   * Origins of web pages that may call, such as `https://console.example.com`. Pages of this machine and the server's
   * own always may.
   */
  readonly allowedOrigins: ReadonlyArray<string>
  /** The server is bound to this machine only, so it is only called by names of this machine. */
  readonly isLocalOnly: boolean
}

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

/**
 * Which web pages may call the server. To call it is to run code, and any page that a browser shows can reach a server
 * on the same machine; so others are refused, and so are names that somebody else's DNS lets point here.
 */
export class WebAccess {
  readonly #options: WebAccessOptions

  constructor(options: WebAccessOptions) {
    this.#options = options
  }

  /** True when the request is answered: it was refused, or asked for no more than whether it would be allowed. */
  answer(request: HttpRequest, response: HttpResponse): boolean {
    const host = headerOf(request, 'host') ?? headerOf(request, ':authority') ?? ''
    if (this.#options.isLocalOnly && host !== '' && !isLoopback(hostnameOf(host))) {
      refuse(response, `this server answers to this machine only, not to the name ${hostnameOf(host)}`)
      return true
    }
    const origin = headerOf(request, 'origin')
    if (origin === undefined) return false
    if (!this.#isAllowed(origin, host)) {
      refuse(response, `pages of ${origin} may not call this server`)
      return true
    }
    return allow(request, response, origin)
  }

  #isAllowed(origin: string, host: string): boolean {
    if (this.#options.allowedOrigins.includes(origin)) return true
    if (!URL.canParse(origin)) return false
    const url = new URL(origin)
    return url.host === host || isLoopback(url.hostname)
  }
}

function allow(request: HttpRequest, response: HttpResponse, origin: string): boolean {
  response.setHeader('access-control-allow-origin', origin)
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

function refuse(response: HttpResponse, message: string): void {
  sendJson(response, 403, { code: 'permission_denied', message })
}

function hostnameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host
}

import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { type HttpRequest, type HttpResponse, headerOf, pathOf, sendText } from '../transport/http-message.ts'
import { type ConsoleFile, ConsoleFiles } from './console-files.ts'

const assetPath = /^\/console\/(assets\/[\w.-]+)$/
/** The addresses that clients print; which page it is, the app decides. */
const pagePath = /^\/(v2(\/.*)?)?$/

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // Scripts of menus and dialogs make style elements; what tasks return is never put into the page as markup.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  // Reports, which are served with a sandbox of their own.
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves the web app: one page for all addresses, and the files that it loads. */
export class Console {
  readonly #files: ConsoleFiles
  readonly #logger: Logger

  constructor(logger: Logger, files = new ConsoleFiles()) {
    this.#logger = logger
    this.#files = files
  }

  /** False for a path that is none of the app's. */
  handle(request: HttpRequest, response: HttpResponse): boolean {
    const path = pathOf(request)
    const asset = assetPath.exec(path)?.[1]
    if (asset === undefined && !pagePath.test(path)) return false
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const sent = asset === undefined ? this.#sendPage(request, response) : this.#sendAsset(asset, request, response)
    sent.catch((error: unknown) => {
      this.#logger.error({ err: error, path }, 'a file of the console could not be sent')
      sendText(response, 500, 'the file could not be read; the log of the server says why')
    })
    return true
  }

  async #sendPage(request: HttpRequest, response: HttpResponse): Promise<void> {
    const file = await this.#files.read('index.html', headerOf(request, 'accept-encoding') ?? '')
    if (file === undefined) return sendText(response, 503, 'the console is not built: `npm run build` builds it')
    response.setHeader('content-security-policy', policy)
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cross-origin-opener-policy', 'same-origin')
    response.setHeader('cache-control', 'no-cache')
    const tag = `"${createHash('sha256').update(file.body).digest('base64url').slice(0, 22)}"`
    response.setHeader('etag', tag)
    if (headerOf(request, 'if-none-match') === tag) {
      response.statusCode = 304
      response.end()
    } else {
      send(file, request, response)
    }
  }

  async #sendAsset(path: string, request: HttpRequest, response: HttpResponse): Promise<void> {
    const file = await this.#files.read(path, headerOf(request, 'accept-encoding') ?? '')
    if (file === undefined) return sendText(response, 404, 'there is no such file: load the page again')
    // Its name changes with what is in it.
    response.setHeader('cache-control', 'public, max-age=31536000, immutable')
    send(file, request, response)
  }
}

function send({ body, type, encoding }: ConsoleFile, request: HttpRequest, response: HttpResponse): void {
  response.statusCode = 200
  response.setHeader('content-type', type)
  response.setHeader('content-length', body.length)
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('vary', 'Accept-Encoding')
  if (encoding !== undefined) response.setHeader('content-encoding', encoding)
  if (request.method === 'HEAD') response.end()
  else response.end(body)
}

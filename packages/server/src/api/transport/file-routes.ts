import { ResourceExhaustedError } from '@tern/core'
import { createStorage, type Storage } from '@tern/core/storage'
import type { Logger } from 'pino'
import type { LinkGrant, LinkSigner } from '../../data/signed-links.ts'
import { allowMethods, answer } from './answers.ts'
import { type ByteRange, rangeOf } from './byte-range.ts'
import { type HttpRequest, type HttpResponse, headerOf, sendJson, writeChunk } from './http-message.ts'

export interface FileRoutesParts {
  readonly storage: Storage
  readonly signer: LinkSigner
  readonly clock: { now(): number }
  readonly logger: Logger
}

/** Serves signed uploads and downloads. */
export class FileRoutes {
  readonly #parts: FileRoutesParts

  constructor(parts: FileRoutesParts) {
    this.#parts = parts
  }

  upload(request: HttpRequest, response: HttpResponse): void {
    if (!allowMethods(request, response, ['PUT'])) return
    void answer(response, this.#parts.logger, async () => {
      const { storage } = this.#parts
      const grant = this.#verify('upload', request)
      refuseTooLarge(request, grant)
      const md5 = grant.md5 === '' ? undefined : Buffer.from(grant.md5, 'base64')
      // Left whole when it is refused half-way: the answer goes out on the same connection.
      const body = request.iterator({ destroyOnReturn: false })
      const written = await storage.writeStream(grant.object, body, { maxBytes: grant.maxBytes, md5 })
      sendJson(response, 200, { size: written.size, md5: Buffer.from(written.md5).toString('base64') })
    })
  }

  download(request: HttpRequest, response: HttpResponse): void {
    if (!allowMethods(request, response, ['GET', 'HEAD'])) return
    void answer(response, this.#parts.logger, async () => {
      const { storage } = this.#parts
      const { object } = this.#verify('download', request)
      const stat = await storage.stat(object)
      if (stat === undefined) return sendJson(response, 404, { code: 'not_found', message: 'the file does not exist' })
      setDownloadHeaders(response, object, stat.size)
      if (request.method === 'HEAD') return void response.end()
      await pipe(await storage.readStream(object), response)
    })
  }

  /** A file that tasks pass on, whole or a range of it; of a folder, what files it has. */
  passedFile(request: HttpRequest, response: HttpResponse): void {
    if (!allowMethods(request, response, ['GET', 'HEAD'])) return
    void answer(response, this.#parts.logger, async () => {
      const { object } = this.#verify('file', request)
      const machine = createStorage('/')
      const stat = await machine.stat(object)
      if (stat === undefined) return sendList(machine, object, request, response)
      const range = rangeOf(headerOf(request, 'range'), stat.size)
      if (range === 'unsatisfiable') {
        response.setHeader('content-range', `bytes */${stat.size}`)
        return sendJson(response, 416, { code: 'invalid_argument', message: `the file has ${stat.size} bytes` })
      }
      setDownloadHeaders(response, object, range === undefined ? stat.size : range.end - range.start)
      response.setHeader('accept-ranges', 'bytes')
      if (range !== undefined) setRange(response, range, stat.size)
      if (request.method === 'HEAD') return void response.end()
      // No more than was announced: somebody may be writing to it.
      await pipe(await machine.readStream(object, range ?? { start: 0, end: stat.size }), response)
    })
  }

  #verify(purpose: LinkGrant['purpose'], request: HttpRequest): LinkGrant {
    const { signer, clock } = this.#parts
    return signer.verify(purpose, new URLSearchParams((request.url ?? '').split('?', 2)[1]), clock.now())
  }
}

/** The type of a folder's list: a line of JSON for each file. */
const listType = 'application/x-ndjson'

async function sendList(storage: Storage, folder: string, request: HttpRequest, response: HttpResponse): Promise<void> {
  const files = storage.list(folder)[Symbol.asyncIterator]()
  const first = await files.next()
  if (first.done === true) return sendJson(response, 404, { code: 'not_found', message: 'the file does not exist' })
  response.setHeader('content-type', listType)
  response.setHeader('cache-control', 'private, no-store')
  if (request.method === 'HEAD') return void response.end()
  async function* lines(): AsyncIterable<Uint8Array> {
    for (let next = first; next.done !== true; next = await files.next()) {
      const { uri, size } = next.value
      yield Buffer.from(`${JSON.stringify({ path: uri.slice(folder.length + 1), size })}\n`)
    }
  }
  await pipe(lines(), response)
}

function setRange(response: HttpResponse, { start, end }: ByteRange, size: number): void {
  response.statusCode = 206
  response.setHeader('content-range', `bytes ${start}-${end - 1}/${size}`)
}

function refuseTooLarge(request: HttpRequest, grant: LinkGrant): void {
  const length = Number(headerOf(request, 'content-length') ?? 0)
  if (length > grant.maxBytes) {
    throw new ResourceExhaustedError(`the upload has ${length} bytes, over the limit of ${grant.maxBytes}`)
  }
}

const htmlPolicy = [
  'sandbox allow-scripts allow-popups allow-downloads',
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' https: blob:",
  "style-src 'unsafe-inline' https:",
  'img-src data: blob: https:',
  'font-src data: https:',
].join('; ')

// What tasks and clients stored is not ours to trust: it is shown in an origin of its own, or saved, never run as ours.
function setDownloadHeaders(response: HttpResponse, object: string, size: number): void {
  const name = object.slice(object.lastIndexOf('/') + 1)
  const isHtml = name.endsWith('.html')
  response.setHeader('content-type', isHtml ? 'text/html; charset=utf-8' : 'application/octet-stream')
  response.setHeader('content-length', size)
  response.setHeader('content-security-policy', isHtml ? htmlPolicy : "sandbox; default-src 'none'")
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', 'private, no-store')
  const disposition = isHtml ? 'inline' : 'attachment'
  response.setHeader('content-disposition', `${disposition}; filename*=UTF-8''${encodeURIComponent(name)}`)
}

async function pipe(source: AsyncIterable<Uint8Array>, response: HttpResponse): Promise<void> {
  for await (const chunk of source) {
    if (response.destroyed) return
    if (!writeChunk(response, chunk)) {
      await new Promise<void>((resolve) => {
        const done = () => {
          response.off('drain', done)
          response.off('close', done)
          resolve()
        }
        response.once('drain', done)
        response.once('close', done)
      })
    }
  }
  response.end()
}

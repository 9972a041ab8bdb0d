import { createHash } from 'node:crypto'
import { AlreadyExistsError, type Clock, InvalidArgumentError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Projects } from '../projects/projects.ts'
import { toBase32 } from './base32.ts'
import type { LinkSigner } from './signed-links.ts'

export interface UploadsParts {
  readonly storage: Storage
  readonly projects: Projects
  readonly signer: LinkSigner
  readonly clock: Clock
  readonly maxUploadBytes: number
  readonly maxLinkMs: number
}

export interface UploadRequest {
  readonly project: string
  readonly domain: string
  readonly filename: string
  readonly filenameRoot: string
  /** 16 bytes, or none. */
  readonly md5: Uint8Array
  /** In bytes; 0 when it is not known. */
  readonly contentLength: number
  /** Undefined for as long as links last at most. */
  readonly expiresInMs: number | undefined
}

export interface UploadLocation {
  /** Query that makes the upload's URL good. */
  readonly query: string
  /** Where the uploaded file will be. */
  readonly uri: string
  /** UTC epoch milliseconds. */
  readonly expiresAt: number
  readonly headers: { readonly [name: string]: string }
}

/** Hands out places where clients put code bundles and files. */
export class Uploads {
  readonly #parts: UploadsParts

  constructor(parts: UploadsParts) {
    this.#parts = parts
  }

  /** Throws InvalidArgumentError, NotFoundError for the project, and AlreadyExistsError for another file of that name. */
  async locate(request: UploadRequest): Promise<UploadLocation> {
    const { storage, projects, signer, clock } = this.#parts
    const ttlMs = this.#check(request)
    await projects.require(request.project, request.domain, { writable: true })
    const folder = request.filenameRoot === '' ? toBase32(request.md5) : request.filenameRoot
    const parts = [request.project, request.domain, folder, request.filename].filter((part) => part !== '')
    const uri = storage.join(storage.root, 'uploads', ...parts)
    if (request.filename !== '' && request.filenameRoot !== '') await this.#refuseOther(uri, request.md5)
    const expiresAt = clock.now() + ttlMs
    const md5 = Buffer.from(request.md5).toString('base64')
    const maxBytes = request.contentLength > 0 ? request.contentLength : this.#parts.maxUploadBytes
    return {
      query: signer.sign({ purpose: 'upload', object: uri, expiresAt, md5, maxBytes }),
      uri,
      expiresAt,
      headers: md5 === '' ? {} : { 'Content-MD5': md5 },
    }
  }

  #check(request: UploadRequest): number {
    const { maxLinkMs, maxUploadBytes } = this.#parts
    if (request.filenameRoot === '' && request.md5.length === 0) {
      throw new InvalidArgumentError('one of filename_root and content_md5 is required', { field: 'filename_root' })
    }
    checkFileName(request.filename, 'filename')
    checkFileName(request.filenameRoot, 'filename_root')
    if (request.contentLength > maxUploadBytes) {
      throw new InvalidArgumentError(
        `content_length: ${request.contentLength} bytes are over the limit of ${maxUploadBytes}`,
        { field: 'content_length' },
      )
    }
    return checkLinkDuration(request.expiresInMs, maxLinkMs)
  }

  async #refuseOther(uri: string, md5: Uint8Array): Promise<void> {
    const { storage } = this.#parts
    if (!(await storage.exists(uri))) return
    if (md5.length > 0 && Buffer.compare(await md5Of(storage, uri), md5) === 0) return
    throw new AlreadyExistsError(`${uri} exists already, with other content`, {
      hint: 'Use another filename or filename_root.',
    })
  }
}

/** The duration of a link, in milliseconds. Throws InvalidArgumentError when it is too long, or none. */
export function checkLinkDuration(ms: number | undefined, maxMs: number): number {
  if (ms === undefined) return maxMs
  if (ms <= 0 || ms > maxMs) {
    throw new InvalidArgumentError(`expires_in: must be more than 0 and at most ${maxMs / 1000} seconds`, {
      field: 'expires_in',
    })
  }
  return ms
}

const maxSegmentBytes = 200

function checkFileName(name: string, field: string): void {
  if (name === '' || name.split('/').every(isFileName)) return
  throw new InvalidArgumentError(`${field}: ${JSON.stringify(name)} is not a file name`, {
    field,
    hint: `Give names of at most ${maxSegmentBytes} bytes without "..", "\\" or control characters.`,
  })
}

function isFileName(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..' || segment.includes('\\')) return false
  return Buffer.byteLength(segment) <= maxSegmentBytes && !/\p{Cc}/u.test(segment)
}

async function md5Of(storage: Storage, uri: string): Promise<Buffer> {
  const hash = createHash('md5')
  for await (const chunk of await storage.readStream(uri)) hash.update(chunk)
  return hash.digest()
}

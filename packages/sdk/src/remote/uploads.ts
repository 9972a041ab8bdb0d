import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Client } from '@connectrpc/connect'
import { UnavailableError, backoffDelayMs } from '@tern/core'
import type { DataProxyService } from '@tern/idl/dataproxy'
import { bytesContent, type Content } from '../io/content.ts'
import { delay } from '../local/delay.ts'

export interface Upload {
  readonly org: string
  readonly project: string
  readonly domain: string
  readonly fileName: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal | undefined
}

const maxRetries = 3
// Looked at when the upload begins, so that it need not last as long as the upload.
const linkSeconds = 60
const repeatable = new Set([408, 429, 500, 502, 503, 504])

/**
 * Puts bytes into the server's storage.
 *
 * @returns where tasks find them
 */
export async function upload(dataProxy: Client<typeof DataProxyService>, file: Upload): Promise<string> {
  const { bytes, ...place } = file
  const md5 = createHash('md5').update(bytes).digest()
  return uploadContent(dataProxy, { ...place, content: bytesContent(bytes), md5, size: bytes.length })
}

export interface ContentUpload extends Omit<Upload, 'bytes'> {
  /** What groups files: their URIs have it in them. Left out, the MD5 takes its place. */
  readonly root?: string
  /** It can be read more than once. */
  readonly content: Content
  /** 16 bytes. */
  readonly md5: Uint8Array
  /** In bytes. */
  readonly size: number
}

/**
 * Streams what a file holds into the server's storage.
 *
 * @returns where tasks find it
 */
export async function uploadContent(dataProxy: Client<typeof DataProxyService>, file: ContentUpload): Promise<string> {
  const { org, project, domain, fileName, root = '', md5, size } = file
  const target = await dataProxy.createUploadLocation({
    org,
    project,
    domain,
    filename: fileName,
    filenameRoot: root,
    contentMd5: md5,
    contentLength: BigInt(size),
    addContentMd5Metadata: true,
    expiresIn: { seconds: BigInt(linkSeconds) },
  })
  const headers = {
    ...target.headers,
    'content-md5': Buffer.from(md5).toString('base64'),
    'content-length': String(size),
  }
  await put(target.signedUrl, headers, file)
  return target.nativeUrl
}

async function put(url: string, headers: Record<string, string>, file: ContentUpload): Promise<void> {
  const { content, size, signal, fileName } = file
  const stop = signal ?? new AbortController().signal
  for (let attempt = 0; ; attempt++) {
    const body = size === 0 ? new Uint8Array() : (Readable.toWeb(Readable.from(content.open())) as ReadableStream)
    const init = { method: 'PUT', headers, body, signal: stop, duplex: 'half' }
    const answer = await fetch(url, init as RequestInit).catch((error: unknown) => {
      if (attempt >= maxRetries || stop.aborted) throw failed(fileName, error)
      return undefined
    })
    if (answer?.ok) return
    if (answer !== undefined && (attempt >= maxRetries || !repeatable.has(answer.status))) {
      throw failed(fileName, new Error(`${answer.status} ${await answer.text()}`.trim()))
    }
    await delay(backoffDelayMs({ baseMs: 500, factor: 2, capMs: 30_000 }, attempt), stop)
  }
}

function failed(fileName: string, cause: unknown): UnavailableError {
  return new UnavailableError(
    `uploading ${fileName} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      cause,
    },
  )
}

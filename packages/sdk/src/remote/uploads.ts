import { createHash } from 'node:crypto'
import type { Client } from '@connectrpc/connect'
import { UnavailableError, backoffDelayMs } from '@tern/core'
import type { DataProxyService } from '@tern/idl/dataproxy'
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
const repeatable = new Set([408, 429, 500, 502, 503, 504])

/**
 * Puts bytes into the server's storage.
 *
 * @returns where tasks find them
 */
export async function upload(dataProxy: Client<typeof DataProxyService>, file: Upload): Promise<string> {
  const md5 = createHash('md5').update(file.bytes).digest()
  const target = await dataProxy.createUploadLocation({
    org: file.org,
    project: file.project,
    domain: file.domain,
    filename: file.fileName,
    contentMd5: md5,
    contentLength: BigInt(file.bytes.length),
    addContentMd5Metadata: true,
    expiresIn: { seconds: 60n },
  })
  await put(target.signedUrl, { ...target.headers, 'content-md5': md5.toString('base64') }, file)
  return target.nativeUrl
}

async function put(url: string, headers: Record<string, string>, { bytes, signal, fileName }: Upload): Promise<void> {
  const stop = signal ?? new AbortController().signal
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(url, { method: 'PUT', headers, body: bytes, signal: stop }).catch((error: unknown) => {
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

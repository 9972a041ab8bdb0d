import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FailedPreconditionError, NotFoundError, UnavailableError } from '@tern/core'
import { createStorage } from '@tern/core/storage'
import type { ByteRange } from './content.ts'
import { emptyFolder } from './place.ts'

/** Something below a URI that is a file. */
export interface ListedFile {
  readonly uri: string
  /** From the folder that was listed, with `/`. */
  readonly path: string
  readonly size: number
}

/** The way to what lies in storage. */
export interface Reader {
  /** @throws NotFoundError */
  open(uri: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>
  /** In bytes; undefined if there is no such file. */
  sizeOf(uri: string): Promise<number | undefined>
  /** The files below a folder, at all depths, in the order of their paths. Nothing there is no file. */
  list(uri: string): AsyncIterable<ListedFile>
}

/** Reads what this process can reach by itself: files of this machine, and those that the web serves. */
export const directReader: Reader = {
  async open(uri, range = {}) {
    if (isWeb(uri)) return openWeb(uri, range)
    refuseFolder(uri)
    return allOfThisMachine(uri).readStream(uri, range)
  },
  async sizeOf(uri) {
    if (isWeb(uri)) return sizeOfWeb(uri)
    return (await allOfThisMachine(uri).stat(uri))?.size
  },
  async *list(uri) {
    if (uri === emptyFolder) return
    const base = uri.replace(/\/+$/, '')
    const folder = pathOf(base)
    for await (const object of allOfThisMachine(uri).list(base)) {
      const path = object.uri.slice(folder.length + 1)
      yield { uri: `${base}/${path}`, path, size: object.size }
    }
  },
}

/** Where a file of the web is read by its own URI. */
export function isWeb(uri: string): boolean {
  return /^https?:\/\//i.test(uri)
}

// A reference may lead anywhere on this machine, as the path of a task's own code may.
function allOfThisMachine(uri: string) {
  return createStorage(/^[a-z][a-z0-9+.-]*:\/\//i.test(uri) && !uri.startsWith('file:') ? uri : '/')
}

function pathOf(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri
}

function refuseFolder(uri: string): void {
  const path = uri.startsWith('/') || uri.startsWith('file:') ? pathOf(uri) : undefined
  if (path === undefined || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  throw new FailedPreconditionError(`${uri} is a folder, and was read as a file`, {
    hint: 'Read it as a Dir: Dir.remote(uri), or declare Dir.schema() instead of File.schema().',
  })
}

async function openWeb(uri: string, range: ByteRange): Promise<AsyncIterable<Uint8Array>> {
  const answer = await ask(uri, { headers: rangeHeader(range) })
  if (answer.body === null) return none()
  if (answer.status === beyondEnd) {
    await answer.body.cancel()
    return none()
  }
  return answer.status === 206 || isWhole(range) ? answer.body : cut(answer.body, range)
}

async function sizeOfWeb(uri: string): Promise<number | undefined> {
  try {
    const length = (await ask(uri, { method: 'HEAD' })).headers.get('content-length')
    return length === null ? undefined : Number(length)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

async function ask(uri: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(uri, init).catch((cause: unknown) => {
    throw new UnavailableError(`${uri} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  })
  if (answer.ok || answer.status === beyondEnd) return answer
  if (answer.status === 404 || answer.status === 410) throw new NotFoundError(`${uri} does not exist`)
  throw new UnavailableError(`${uri} answers ${answer.status} ${answer.statusText}`.trim())
}

/** What servers answer when a range begins where a file has ended: nothing is there. */
export const beyondEnd = 416

/** A range of bytes as HTTP says it. */
export function rangeHeader({ start = 0, end }: ByteRange): Record<string, string> {
  return isWhole({ start, end }) ? {} : { range: `bytes=${start}-${end === undefined ? '' : end - 1}` }
}

function isWhole({ start = 0, end }: ByteRange): boolean {
  return start === 0 && end === undefined
}

/** What of a stream is in a range, where nobody else has cut it. */
export async function* cut(
  source: AsyncIterable<Uint8Array>,
  { start = 0, end = Number.POSITIVE_INFINITY }: ByteRange,
): AsyncIterable<Uint8Array> {
  let at = 0
  for await (const chunk of source) {
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    if (part.length > 0) yield part
    at += chunk.length
    if (at >= end) return
  }
}

async function* none(): AsyncIterable<Uint8Array> {}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { InvalidArgumentError } from '@tern/core'

/** Bytes that are read from wherever they are while they are sent. Both ends are optional: the first byte, and the one after the last. */
export interface ByteRange {
  readonly start?: number | undefined
  readonly end?: number | undefined
}

/** What a file holds that is not in storage yet. */
export interface Content {
  /** The local file that it is, if it is one. */
  readonly path?: string
  /** Whether it can be read more than once. */
  readonly isRepeatable: boolean
  open(range?: ByteRange): AsyncIterable<Uint8Array>
}

/** What is streamed into a file: bytes, or text that becomes UTF-8. */
export type StreamSource =
  | ReadableStream<Uint8Array>
  | ReadableStream<string>
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>

/** Takes the bytes of a file as they pass, and says in the end what they come to. One of Node's hashes is one. */
export interface HashMethod {
  update(chunk: Uint8Array): unknown
  digest(encoding: 'hex'): string
}

export function pathContent(path: string): Content {
  return { path, isRepeatable: true, open: ({ start, end } = {}) => readLocal(path, start, end) }
}

export function bytesContent(bytes: Uint8Array): Content {
  return { isRepeatable: true, open: ({ start, end } = {}) => once(bytes.subarray(start, end)) }
}

/** @param name of the file, for the error when it is read a second time */
export function streamContent(source: StreamSource, name: string): Content {
  let isTaken = false
  return {
    isRepeatable: false,
    open() {
      if (isTaken) {
        throw new InvalidArgumentError(`the stream that file ${name} was made from has been read already`, {
          hint: 'A stream can be read once. Store the file first: const stored = await file.store().',
        })
      }
      isTaken = true
      return inBytes(source as AsyncIterable<Uint8Array | string>)
    },
  }
}

/** The same bytes, which a hash sees too. @returns with the hash of what was read last */
export function hashing(content: Content, method: () => HashMethod): Content & { result(): string } {
  let hash = ''
  async function* tap(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const state = method()
    for await (const chunk of source) {
      state.update(chunk)
      yield chunk
    }
    hash = state.digest('hex')
  }
  return { isRepeatable: content.isRepeatable, open: () => tap(content.open()), result: () => hash }
}

/** Reads all of it once. */
export async function md5Of(content: Content): Promise<{ readonly md5: Uint8Array; readonly size: number }> {
  const hash = createHash('md5')
  let size = 0
  for await (const chunk of content.open()) {
    hash.update(chunk)
    size += chunk.length
  }
  return { md5: hash.digest(), size }
}

export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

/** Bytes as a web stream that reads as it is read, and lets go of its source when it is cancelled. */
export function toWebStream(open: () => Promise<AsyncIterable<Uint8Array>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let iterator: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream({
    async pull(controller) {
      iterator ??= (await open())[Symbol.asyncIterator]()
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value as Uint8Array<ArrayBuffer>)
    },
    async cancel() {
      await iterator?.return?.()
    },
  })
}

/** The last part of a path or URI. */
export function nameOf(uri: string): string {
  return basename(uri.replace(/[?#].*$/, '').replace(/\/+$/, '')) || 'file'
}

/** What a copy on this machine is called. A name that somebody else gave may lead out of the copy's folder. */
export function localName(name: string): string {
  const last = basename(name)
  return last === '' || last === '.' || last === '..' ? 'file' : last
}

function readLocal(path: string, start: number | undefined, end: number | undefined): AsyncIterable<Uint8Array> {
  if (end !== undefined && end <= (start ?? 0)) return once(new Uint8Array())
  return createReadStream(path, {
    highWaterMark: 1 << 18,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end: end - 1 }),
  })
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

async function* inBytes(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  const chunks = source instanceof ReadableStream ? Readable.fromWeb(source as never) : source
  for await (const chunk of chunks as AsyncIterable<Uint8Array | string>) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
}

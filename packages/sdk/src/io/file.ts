import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InvalidArgumentError, NotFoundError } from '@tern/core'
import { BlobReference, type FileReference } from './blob-reference.ts'
import {
  type ByteRange,
  bytesContent,
  type Content,
  type HashMethod,
  hashing,
  localName,
  pathContent,
  readAll,
  type StreamSource,
  streamContent,
  toWebStream,
} from './content.ts'
import { type FileSchema, type FileSchemaOptions, fileSchema } from './file-schema.ts'
import type { Place, Put } from './place.ts'
import { directReader, type Reader } from './reader.ts'
import { StoredCopies } from './stored-copies.ts'
import { readingWith, type Stored, storing } from './storing.ts'

/** How a file is stored. */
export interface NewFileOptions {
  /** What it is called in storage. Defaults to the name of the local file, or `file`. */
  readonly name?: string | undefined
  /** For example `csv`. Defaults to nothing in particular. */
  readonly format?: string | undefined
  /**
   * What stands for its contents in cache keys and in the names of actions. A text is taken as it is; a function makes a
   * hash that sees the bytes on their way, such as `() => createHash('sha256')`; with `false` it has none, and every file
   * is another. Defaults to the MD5 of its bytes in hex, which is what Flyte's SDK gives to files that clients send.
   */
  readonly hash?: string | false | (() => HashMethod) | undefined
}

interface Unsaved {
  readonly content: Content
  readonly hash: NewFileOptions['hash']
}

/**
 * A file that tasks pass on by reference, as Python's `flyte.io.File`: its bytes lie in storage, and are read when they are
 * asked for.
 *
 * A file that is made from something of this process is put into storage when it is passed on: returned by a task, given
 * to one, or sent with a run. Until then it has no URI, unless it is a file of this machine. Reading works before and after.
 */
export class File extends BlobReference implements Stored {
  readonly #unsaved: Unsaved | undefined
  readonly #reader: Reader
  readonly #copies: StoredCopies<File> | undefined

  private constructor(reference: FileReference, unsaved?: Unsaved, reader: Reader = directReader) {
    super(reference)
    this.#unsaved = unsaved
    this.#reader = reader
    this.#copies = unsaved && new StoredCopies((place) => this.#put(place, unsaved), unsaved.content)
  }

  /**
   * The schema of inputs and outputs that are files. It is one of zod's, and part of lists, objects and options as any.
   *
   * @example inputs: { doc: File.schema({ format: 'csv' }), more: z.array(File.schema()).optional() }
   */
  static schema(options: FileSchemaOptions = {}): FileSchema<File> {
    return fileSchema(File, (reference) => new File(reference), options)
  }

  /** A file of this machine. It has to stay as it is until the file has been passed on. */
  static fromLocal(path: string, options: NewFileOptions = {}): File {
    const absolute = resolve(path)
    return File.#unsavedFile(pathContent(absolute), { name: basename(absolute), ...options }, absolute)
  }

  static fromBytes(bytes: Uint8Array, options: NewFileOptions = {}): File {
    return File.#unsavedFile(bytesContent(bytes), options)
  }

  /** Text, as UTF-8. */
  static fromText(text: string, options: NewFileOptions = {}): File {
    return File.#unsavedFile(bytesContent(Buffer.from(text)), options)
  }

  /** What a web stream, or a generator, gives, piece by piece as it is put into storage. It can be read once. */
  static fromStream(source: StreamSource, options: NewFileOptions = {}): File {
    return File.#unsavedFile(streamContent(source, options.name ?? 'file'), options)
  }

  /** A file that is in storage already, or on the web. Nothing is copied. */
  static remote(uri: string, options: Omit<FileReference, 'uri'> = {}): File {
    if (uri === '') throw new InvalidArgumentError('File.remote() needs the URI of a file', { field: 'uri' })
    return new File({ ...options, uri })
  }

  /** Its bytes, read as they are taken. @throws NotFoundError from the stream when they are gone */
  stream(range: ByteRange = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    return toWebStream(() => this.#open(range))
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return readAll(await this.#open())
  }

  /** All of it as UTF-8 text. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** Its size in bytes. @throws NotFoundError */
  async size(): Promise<number> {
    const source = await this.#source()
    if (source instanceof File) return source.size()
    if (source !== undefined) return sizeOf(source)
    const size = await this.#reader.sizeOf(this.uri)
    if (size === undefined) throw gone(this.uri)
    return size
  }

  /** Whether its bytes can be read. */
  async exists(): Promise<boolean> {
    try {
      await this.size()
      return true
    } catch (error) {
      if (error instanceof NotFoundError) return false
      throw error
    }
  }

  /**
   * Copies its bytes into a file of this machine, streaming.
   *
   * @param path of the file to write. Defaults to one of its name in a new temporary folder
   * @returns the path
   */
  async download(path?: string): Promise<string> {
    const target = resolve(path ?? join(await mkdtemp(join(tmpdir(), 'tern-file-')), localName(this.name)))
    const source = await this.#open()
    await mkdir(dirname(target), { recursive: true })
    try {
      await pipeline(source, createWriteStream(target))
    } catch (error) {
      await rm(target, { force: true })
      throw error
    }
    return target
  }

  /** Puts it into storage now, rather than when it is passed on. @returns the file there */
  store(): Promise<File> {
    return this.#copies?.here() ?? Promise.resolve(this)
  }

  [storing](place: Place): Promise<File> {
    return this.#copies?.in(place) ?? Promise.resolve(this)
  }

  [readingWith](reader: Reader): File {
    return this.#unsaved === undefined ? new File(this, undefined, reader) : this
  }

  async #put(place: Place, { content, hash }: Unsaved): Promise<File> {
    const { name, format } = this
    if (content.path !== undefined) await checkIsFile(content.path)
    if (typeof hash !== 'function') {
      const { uri, hash: md5 } = await place.putFile(name, content)
      return new File({ uri, name, format, hash: hash === false ? undefined : (hash ?? md5) })
    }
    const tapped = hashing(content, hash)
    const { uri }: Put = await place.putFile(name, tapped)
    return new File({ uri, name, format, hash: tapped.result() })
  }

  /** What is not in storage yet; a stream is put there to be read. */
  async #source(): Promise<Content | File | undefined> {
    if (this.#unsaved === undefined) return undefined
    return this.#unsaved.content.isRepeatable ? this.#unsaved.content : this.store()
  }

  async #open(range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const source = await this.#source()
    if (source instanceof File) return source.#open(range)
    if (source !== undefined) {
      if (source.path !== undefined) await checkIsFile(source.path)
      return source.open(range)
    }
    try {
      return await this.#reader.open(this.uri, range)
    } catch (error) {
      throw error instanceof NotFoundError ? gone(this.uri, error) : error
    }
  }

  static #unsavedFile(content: Content, { name = 'file', format, hash }: NewFileOptions, uri = ''): File {
    checkName(name)
    const known = typeof hash === 'string' ? hash : undefined
    return new File({ uri, name, format, hash: known }, { content, hash })
  }
}

function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) {
    throw new InvalidArgumentError(`${JSON.stringify(name)} is not the name of a file`, {
      field: 'name',
      hint: 'Give a name without folders, such as table.csv.',
    })
  }
}

async function checkIsFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return
  if (found === undefined) {
    throw new NotFoundError(`there is no file ${path} on this machine`, {
      hint: 'A local file has to be there until it has been passed on; `await file.store()` puts it into storage at once.',
    })
  }
  throw new InvalidArgumentError(
    `${path} is ${found.isDirectory() ? 'a folder' : 'no file'}, and was given as a File`,
    {
      hint: 'Give a folder as a Dir: Dir.fromLocal(path).',
    },
  )
}

async function sizeOf(content: Content): Promise<number> {
  if (content.path === undefined) return (await readAll(content.open())).length
  await checkIsFile(content.path)
  return (await stat(content.path)).size
}

/** The error for a reference to what is not there. */
export function gone(uri: string, cause?: unknown): NotFoundError {
  return new NotFoundError(`the data of ${uri} is gone, or was never there`, {
    cause,
    hint: 'It was deleted, perhaps with the run that made it; or it lies on another machine, which only the server can read.',
  })
}

import { mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { InvalidArgumentError, NotFoundError } from '@tern/core'
import { BlobReference, type FileReference } from './blob-reference.ts'
import { localName } from './content.ts'
import { File } from './file.ts'
import { type FileSchema, type FileSchemaOptions, folderSchema } from './file-schema.ts'
import { checkDistinct, checkRelativePath, contentsOf, type DirContents, localFolder } from './folder-content.ts'
import { inParallel } from './in-parallel.ts'
import { emptyFolder, type FolderContent, type Place } from './place.ts'
import { directReader, type Reader } from './reader.ts'
import { StoredCopies } from './stored-copies.ts'
import { readingWith, type Stored, storing } from './storing.ts'

/** How a folder is stored. */
export interface NewDirOptions {
  /** What it is called in storage. Defaults to the name of the local folder, or `dir`. */
  readonly name?: string | undefined
  readonly format?: string | undefined
  /**
   * What stands for its contents in cache keys and in the names of actions; with `false` it has none. Defaults to a hash of
   * the paths and contents of its files.
   */
  readonly hash?: string | false | undefined
}

/** A file of a folder. */
export interface DirEntry {
  /** From the folder, with `/`. */
  readonly path: string
  readonly file: File
  /** In bytes. */
  readonly size: number
}

/** How far into a folder to look. */
export interface WalkOptions {
  /** How many folders deep: 1 for the files of the folder itself. Defaults to no limit. */
  readonly maxDepth?: number | undefined
}

interface Unsaved {
  readonly folder: FolderContent
  readonly hash: NewDirOptions['hash']
}

const downloadsAtOnce = 8

/** A folder that tasks pass on by reference, with all that is below it, as Python's `flyte.io.Dir`. */
export class Dir extends BlobReference implements Stored {
  readonly #unsaved: Unsaved | undefined
  readonly #reader: Reader
  readonly #copies: StoredCopies<Dir> | undefined

  private constructor(reference: FileReference, unsaved?: Unsaved, reader: Reader = directReader) {
    super(reference)
    this.#unsaved = unsaved
    this.#reader = reader
    this.#copies = unsaved && new StoredCopies((place) => this.#put(place, unsaved), { isRepeatable: true })
  }

  /** The schema of inputs and outputs that are folders. It is one of zod's. */
  static schema(options: FileSchemaOptions = {}): FileSchema<Dir> {
    return folderSchema(Dir, (reference) => new Dir(reference), options)
  }

  /** A folder of this machine, with all files below it; links are not followed. */
  static fromLocal(path: string, options: NewDirOptions = {}): Dir {
    const absolute = resolve(path)
    const { name = basename(absolute), format, hash } = options
    return Dir.#unsavedDir({ uri: absolute, name, format }, localFolder(absolute), hash)
  }

  /** A folder of these files, by their paths from it: `Dir.fromFiles({ 'data/a.csv': file, 'readme.txt': 'text' })`. */
  static fromFiles(files: DirContents, options: NewDirOptions = {}): Dir {
    for (const path of Object.keys(files)) checkRelativePath(path)
    checkDistinct(Object.keys(files))
    const { name = 'dir', format, hash } = options
    return Dir.#unsavedDir({ uri: '', name, format }, contentsOf(files), hash)
  }

  /** A folder that is in storage already. Nothing is copied. */
  static remote(uri: string, options: Omit<FileReference, 'uri'> = {}): Dir {
    if (uri === '') throw new InvalidArgumentError('Dir.remote() needs the URI of a folder', { field: 'uri' })
    return new Dir({ ...options, uri })
  }

  /** Its files, in the order of their paths. */
  async *walk({ maxDepth = Number.POSITIVE_INFINITY }: WalkOptions = {}): AsyncGenerator<DirEntry, void, undefined> {
    const stored = await this.#readable()
    for await (const { uri, path, size } of stored.#reader.list(stored.uri)) {
      if (path.split('/').length > maxDepth) continue
      yield { path, size, file: File.remote(uri)[readingWith](stored.#reader) }
    }
  }

  /** All its files, in the order of their paths. */
  async list(options: WalkOptions = {}): Promise<DirEntry[]> {
    const entries: DirEntry[] = []
    for await (const entry of this.walk(options)) entries.push(entry)
    return entries
  }

  /** One of its files. @throws NotFoundError naming some that are there */
  async get(path: string): Promise<File> {
    checkRelativePath(path)
    const stored = await this.#readable()
    const file = File.remote(`${stored.uri.replace(/\/+$/, '')}/${path}`)[readingWith](stored.#reader)
    if (stored.uri !== emptyFolder && (await file.exists())) return file
    const there = (await this.list()).map((entry) => entry.path)
    const some = there.length === 0 ? 'It has no files.' : `It has ${there.slice(0, 5).join(', ')}`
    throw new NotFoundError(`folder ${this.name} (${stored.uri}) has no file ${path}`, {
      hint: there.length > 5 ? `${some} and ${there.length - 5} more.` : some,
    })
  }

  /**
   * Copies all its files to this machine, several at a time.
   *
   * @param path of the folder to write into. Defaults to one of its name in a new temporary folder
   * @returns the path
   */
  async download(path?: string): Promise<string> {
    const target = resolve(path ?? join(await mkdtemp(join(tmpdir(), 'tern-dir-')), localName(this.name)))
    await inParallel(this.walk(), downloadsAtOnce, async (entry) => {
      await entry.file.download(join(target, ...entry.path.split('/')))
    })
    return target
  }

  /** Puts it into storage now, rather than when it is passed on. @returns the folder there */
  store(): Promise<Dir> {
    return this.#copies?.here() ?? Promise.resolve(this)
  }

  [storing](place: Place): Promise<Dir> {
    return this.#copies?.in(place) ?? Promise.resolve(this)
  }

  [readingWith](reader: Reader): Dir {
    return this.#unsaved === undefined ? new Dir(this, undefined, reader) : this
  }

  async #put(place: Place, { folder, hash }: Unsaved): Promise<Dir> {
    const { name, format } = this
    if (folder.path !== undefined) await checkIsFolder(folder.path)
    const put = await place.putFolder(name, folder)
    return new Dir({ uri: put.uri, name, format, hash: hash === false ? undefined : (hash ?? put.hash) })
  }

  /** It, or where it can be listed. */
  async #readable(): Promise<Dir> {
    if (this.#unsaved === undefined) return this
    const { path } = this.#unsaved.folder
    if (path === undefined) return this.store()
    await checkIsFolder(path)
    return new Dir({ uri: path, name: this.name })
  }

  static #unsavedDir(reference: FileReference, folder: FolderContent, hash: NewDirOptions['hash']): Dir {
    const { name = '' } = reference
    if (name === '' || name.includes('/')) checkRelativePath(name)
    return new Dir({ ...reference, hash: typeof hash === 'string' ? hash : undefined }, { folder, hash })
  }
}

async function checkIsFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return
  if (found === undefined) throw new NotFoundError(`there is no folder ${path} on this machine`)
  throw new InvalidArgumentError(`${path} is not a folder, and was given as a Dir`, {
    hint: 'Give a single file as a File: File.fromLocal(path).',
  })
}

import { createHash, randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError, ResourceExhaustedError } from '../errors.ts'
import { toStorageError } from './file-errors.ts'
import { joinUri } from './join-uri.ts'
import { makeFolder } from './make-folder.ts'
import type { ReadOptions, ReadStreamOptions, Storage, StoredObject, WriteStreamOptions, Written } from './storage.ts'

export interface FileStorageOptions {
  /**
   * Flush what is written to the disk before saying that it is there, so that it outlives a power failure.
   *
   * Defaults to true. Turn it off for what can be made again.
   */
  readonly fsync?: boolean | undefined
}

const temporarySuffix = '.tern-part'

/** Objects as files below one directory. URIs are plain absolute paths (`file://` is understood, never given out). */
export class FileStorage implements Storage {
  readonly root: string
  private readonly fsync: boolean
  private realRoot: Promise<string> | undefined

  constructor(root: string, options: FileStorageOptions = {}) {
    const path = toPath(root)
    if (!isAbsolute(path)) throw new InvalidArgumentError(`the storage's path ${root} is not absolute`)
    this.root = resolve(path)
    this.fsync = options.fsync ?? true
  }

  async read(uri: string, options: ReadOptions = {}): Promise<Uint8Array> {
    const path = this.pathOf(uri)
    try {
      await this.checkReal(path)
      const file = await open(path, 'r')
      try {
        if (options.maxBytes !== undefined) checkSize(path, (await file.stat()).size, options.maxBytes)
        return await file.readFile()
      } finally {
        await file.close()
      }
    } catch (error) {
      throw toStorageError(error, 'read', path)
    }
  }

  async readStream(uri: string, options: ReadStreamOptions = {}): Promise<AsyncIterable<Uint8Array>> {
    const path = this.pathOf(uri)
    try {
      await this.checkReal(path)
      const file = await open(path, 'r')
      const { start = 0, end } = options
      if (end !== undefined && end <= start) {
        await file.close()
        return emptyStream()
      }
      return createReadStream(path, { fd: file, start, ...(end === undefined ? {} : { end: end - 1 }) })
    } catch (error) {
      throw toStorageError(error, 'read', path)
    }
  }

  async write(uri: string, bytes: Uint8Array): Promise<void> {
    await this.replace(this.pathOf(uri), (file) => file.writeFile(bytes))
  }

  async writeStream(
    uri: string,
    source: AsyncIterable<Uint8Array>,
    options: WriteStreamOptions = {},
  ): Promise<Written> {
    const path = this.pathOf(uri)
    const { maxBytes = Number.POSITIVE_INFINITY, md5, signal } = options
    const hash = createHash('md5')
    let size = 0
    let digest = new Uint8Array()
    await this.replace(path, async (file) => {
      for await (const chunk of source) {
        signal?.throwIfAborted()
        size += chunk.length
        checkSize(path, size, maxBytes)
        hash.update(chunk)
        await file.writeFile(chunk)
      }
      digest = new Uint8Array(hash.digest())
      if (md5 !== undefined) checkMd5(path, digest, md5)
    })
    return { size, md5: digest }
  }

  async stat(uri: string): Promise<StoredObject | undefined> {
    const path = this.pathOf(uri)
    try {
      await this.checkReal(path)
      const stats = await stat(path)
      return stats.isFile() ? toStoredObject(path, stats) : undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw toStorageError(error, 'read', path)
    }
  }

  async exists(uri: string): Promise<boolean> {
    return (await this.stat(uri)) !== undefined
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const path = this.pathOf(prefix)
    try {
      await this.checkReal(path)
    } catch (error) {
      if (isMissing(error)) return
      throw error
    }
    yield* walk(path)
  }

  async delete(prefix: string): Promise<void> {
    const path = this.pathOf(prefix)
    if (path === this.root) throw new InvalidArgumentError(`refusing to delete all of the storage at ${path}`)
    try {
      await this.checkReal(dirname(path))
      await rm(path, { recursive: true, force: true })
    } catch (error) {
      if (!isMissing(error)) throw toStorageError(error, 'delete', path)
    }
  }

  join(base: string, ...parts: string[]): string {
    return joinUri(base, ...parts)
  }

  /** Writes beside the target and renames: readers see the old file, none, or the whole new one. */
  private async replace(path: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
    if (path === this.root) throw new InvalidArgumentError(`${path} is the storage itself, not an object in it`)
    const name = `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}${temporarySuffix}`
    const temporary = join(dirname(path), name)
    try {
      const file = await this.create(temporary)
      try {
        await fill(file)
        if (this.fsync) await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      if (this.fsync) await syncDirectory(dirname(path))
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      throw toStorageError(error, 'write', path)
    }
  }

  private async create(path: string): Promise<FileHandle> {
    try {
      await this.checkReal(dirname(path))
      return await open(path, 'wx')
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    await this.checkAncestor(dirname(path))
    await makeFolder(dirname(path))
    return await open(path, 'wx')
  }

  private pathOf(uri: string): string {
    const path = toPath(uri)
    if (!isAbsolute(path)) throw new InvalidArgumentError(`${JSON.stringify(uri)} is not an absolute path`)
    const resolved = resolve(path)
    if (!isWithin(resolved, this.root)) throw this.outside(uri)
    return resolved
  }

  // A task can put a link into its directory; what the link leads to is not ours to give away.
  private async checkReal(path: string): Promise<void> {
    this.realRoot ??= realpath(this.root).catch((error: unknown) => {
      this.realRoot = undefined
      throw error
    })
    const [real, root] = await Promise.all([realpath(path), this.realRoot])
    if (!isWithin(real, root)) throw this.outside(path)
  }

  /** Checks what exists of the way to a directory that is about to be made. */
  private async checkAncestor(path: string): Promise<void> {
    for (let at = path; isWithin(at, this.root); at = dirname(at)) {
      try {
        return await this.checkReal(at)
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    }
  }

  private outside(uri: string): InvalidArgumentError {
    return new InvalidArgumentError(`${JSON.stringify(uri)} is outside of the storage at ${this.root}`)
  }
}

function toPath(uri: string): string {
  if (uri.includes('\0')) throw new InvalidArgumentError(`${JSON.stringify(uri)} is not a path`)
  if (!uri.startsWith('file:')) return uri
  try {
    return fileURLToPath(uri)
  } catch (error) {
    throw new InvalidArgumentError(`${JSON.stringify(uri)} is not the URI of a local file`, { cause: error })
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function checkSize(path: string, size: number, maxBytes: number): void {
  if (size <= maxBytes) return
  throw new ResourceExhaustedError(`${path} has ${size} bytes or more, over the limit of ${maxBytes}`)
}

function checkMd5(path: string, actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return
  const [got, wanted] = [actual, expected].map((md5) => Buffer.from(md5).toString('base64'))
  throw new InvalidArgumentError(`the data for ${path} has the MD5 ${got}, but ${wanted} was announced`, {
    hint: 'The data was changed on its way, or is incomplete. Send it again.',
  })
}

/** The files below a directory. Links are not followed, and what is still being written is not there yet. */
async function* walk(path: string): AsyncIterable<StoredObject> {
  for (const entry of await entriesOf(path)) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) yield* walk(child)
    else if (entry.isFile() && !entry.name.endsWith(temporarySuffix)) yield* objectAt(child)
  }
}

async function* objectAt(path: string): AsyncIterable<StoredObject> {
  try {
    yield toStoredObject(path, await stat(path))
  } catch (error) {
    // It may be gone since the directory was read.
    if (!isMissing(error)) throw toStorageError(error, 'list', path)
  }
}

function toStoredObject(uri: string, stats: Stats): StoredObject {
  return { uri, size: stats.size, modifiedAt: Math.floor(stats.mtimeMs) }
}

async function entriesOf(path: string) {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (isMissing(error)) return []
    throw toStorageError(error, 'list', path)
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function* emptyStream(): AsyncIterable<Uint8Array> {}

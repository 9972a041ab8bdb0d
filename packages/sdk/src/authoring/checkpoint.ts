import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { DataValidationError } from '@tern/core'
import { createStorage, joinUri } from '@tern/core/storage'

/** Where the attempts of an action keep what they save. */
export interface CheckpointPlaces {
  /** The folder of an attempt. */
  readonly folderOf: (attempt: number) => string
  /** This attempt, from 1. */
  readonly attempt: number
}

const objectName = '_flytecheckpoints'
const payloadName = 'payload'

/**
 * What an attempt saves for the one after it, should it fail. Each save takes the place of what the attempt saved before; what
 * is loaded is the last that any attempt before this one has saved. Tasks in Python can read it, and the other way round.
 */
export class Checkpoint {
  private readonly places: CheckpointPlaces | undefined
  private found: Promise<string | undefined> | undefined

  /** @param places `undefined` where no attempt can follow: what is saved is dropped, then. */
  constructor(places: CheckpointPlaces | undefined) {
    this.places = places
  }

  /** Keeps bytes, or a text. */
  async save(data: Uint8Array | string): Promise<void> {
    const uri = this.ownUri()
    if (uri === undefined) return
    await createStorage(folderOf(uri)).write(uri, typeof data === 'string' ? Buffer.from(data) : data)
  }

  /**
   * Keeps a value as JSON.
   *
   * @throws DataValidationError when it has no JSON
   */
  async saveJson(value: unknown): Promise<void> {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined)
      throw new DataValidationError(`a checkpoint cannot keep ${typeof value} as JSON`, { path: '' })
    await this.save(text)
  }

  /** Keeps what is in a folder of this machine, as a gzipped tar archive. */
  async saveDir(path: string): Promise<void> {
    const uri = this.ownUri()
    if (uri === undefined) return
    // Tasks that do without it do not load it.
    const { packTar } = await import('modern-tar/fs')
    const archive = packTar(path)
    const zipped = createGzip()
    const packed = pipeline(archive, zipped)
    // Whoever reads the archive hears of it, too.
    packed.catch(() => {})
    await createStorage(folderOf(uri)).writeStream(uri, zipped)
    await packed
  }

  /** What was saved; `undefined` in a first attempt, and when none before this one has saved anything. */
  async load(): Promise<Uint8Array | undefined> {
    const uri = await this.previousUri()
    return uri === undefined ? undefined : createStorage(folderOf(uri)).read(uri)
  }

  /** The same as a text. */
  async loadText(): Promise<string | undefined> {
    const bytes = await this.load()
    return bytes && new TextDecoder().decode(bytes)
  }

  /**
   * The value that `saveJson` kept; nobody checks that it is of the type.
   *
   * @throws DataValidationError when what was saved is no JSON
   */
  async loadJson<T>(): Promise<T | undefined> {
    const text = await this.loadText()
    if (text === undefined) return undefined
    try {
      return JSON.parse(text) as T
    } catch (error) {
      throw new DataValidationError('what the last attempt saved is no JSON', { path: '', cause: error })
    }
  }

  /**
   * A folder with what `saveDir` kept; what was saved as bytes is the file `payload` in it.
   *
   * @param into an existing folder; defaults to a new one, which whoever asks for it removes
   */
  async loadDir(into?: string): Promise<string | undefined> {
    const uri = await this.previousUri()
    if (uri === undefined) return undefined
    const folder = into ?? (await mkdtemp(join(tmpdir(), 'tern-checkpoint-')))
    const storage = createStorage(folderOf(uri))
    if (await isArchive(uri)) {
      const { unpackTar } = await import('modern-tar/fs')
      await pipeline(await storage.readStream(uri), createGunzip(), unpackTar(folder))
    } else await writeFile(join(folder, payloadName), await storage.readStream(uri))
    return folder
  }

  private ownUri(): string | undefined {
    return this.places && uriOf(this.places, this.places.attempt)
  }

  private previousUri(): Promise<string | undefined> {
    this.found ??= this.places === undefined ? Promise.resolve(undefined) : findBefore(this.places)
    return this.found
  }
}

function uriOf({ folderOf }: CheckpointPlaces, attempt: number): string {
  return joinUri(folderOf(attempt), objectName)
}

async function findBefore(places: CheckpointPlaces): Promise<string | undefined> {
  for (let attempt = places.attempt - 1; attempt >= 1; attempt -= 1) {
    const uri = uriOf(places, attempt)
    const found = await createStorage(folderOf(uri)).stat(uri)
    if (found !== undefined && found.size > 0) return uri
  }
  return undefined
}

/** Archives are gzipped, and so begin. */
async function isArchive(uri: string): Promise<boolean> {
  const start = await createStorage(folderOf(uri)).readStream(uri, { start: 0, end: 2 })
  const bytes: number[] = []
  for await (const chunk of start) bytes.push(...chunk)
  return bytes[0] === 0x1f && bytes[1] === 0x8b && (await hasTarHeader(uri))
}

const blockBytes = 512
const magicAt = 257

/** The first block of what is zipped says that it is a tar archive: a file may be gzipped, too. */
async function hasTarHeader(uri: string): Promise<boolean> {
  const unzipped = createGunzip()
  const reading = pipeline(await createStorage(folderOf(uri)).readStream(uri), unzipped).catch(() => {})
  let block = Buffer.alloc(0)
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      block = Buffer.concat([block, chunk])
      if (block.length >= blockBytes) break
    }
  } catch {
    return false
  }
  await reading
  if (block.length < blockBytes) return false
  // An archive of nothing has empty blocks only.
  return block.toString('latin1', magicAt, magicAt + 5) === 'ustar' || block.every((byte) => byte === 0)
}

function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/'))
}

import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createStorage, joinUri } from '@tern/core/storage'
import { inParallel } from './in-parallel.ts'
import { type Content, md5Of } from './content.ts'
import { folderHash } from './folder-hash.ts'

/** A file that was put into storage. */
export interface Put {
  readonly uri: string
  /** MD5 of its bytes, in hex. */
  readonly hash: string
}

/** A file of a folder. */
export interface FolderFile {
  /** From the folder, with `/`. */
  readonly path: string
  readonly content: Content
}

/** A folder that is not in storage yet. */
export interface FolderContent {
  /** The local folder that it is, if it is one. */
  readonly path?: string
  files(): AsyncIterable<FolderFile>
}

/** Where files go that are passed on: to a task, to its caller, or to a server. */
export interface Place {
  putFile(name: string, content: Content): Promise<Put>
  /** Its hash is of the names and the hashes of its files. The URI of a folder without files is that of {@link emptyFolder}. */
  putFolder(name: string, folder: FolderContent): Promise<Put>
}

/** What Flyte's SDK calls a folder that has nothing in it, of which storage knows nothing. */
export const emptyFolder = '::flyte-empty-dir::'

const filesAtOnce = 8

/** A folder on this machine, in which everything gets a folder of its own. */
export class StoragePlace implements Place {
  protected readonly root: string

  constructor(root: string) {
    this.root = root
  }

  async putFile(name: string, content: Content): Promise<Put> {
    return this.write(joinUri(this.root, newFolderName(), name), content)
  }

  async putFolder(name: string, folder: FolderContent): Promise<Put> {
    const uri = joinUri(this.root, newFolderName(), name)
    const hashes = new Map<string, string>()
    await inParallel(folder.files(), filesAtOnce, async ({ path, content }) => {
      hashes.set(path, (await this.write(joinUri(uri, ...path.split('/')), content)).hash)
    })
    return { uri: hashes.size === 0 ? emptyFolder : uri, hash: folderHash(hashes) }
  }

  private async write(uri: string, content: Content): Promise<Put> {
    const { md5 } = await createStorage(this.root).writeStream(uri, content.open())
    return { uri, hash: Buffer.from(md5).toString('hex') }
  }
}

/** The place of local runs' inputs: files of this machine stay where they are. */
export class LocalPlace extends StoragePlace {
  override async putFile(name: string, content: Content): Promise<Put> {
    if (content.path === undefined) return super.putFile(name, content)
    const { md5 } = await md5Of(content)
    return { uri: resolve(content.path), hash: Buffer.from(md5).toString('hex') }
  }

  override async putFolder(name: string, folder: FolderContent): Promise<Put> {
    if (folder.path === undefined) return super.putFolder(name, folder)
    const hashes = new Map<string, string>()
    await inParallel(folder.files(), filesAtOnce, async ({ path, content }) => {
      hashes.set(path, Buffer.from((await md5Of(content)).md5).toString('hex'))
    })
    return { uri: hashes.size === 0 ? emptyFolder : resolve(folder.path), hash: folderHash(hashes) }
  }
}

/** Where files of runs in this process go, and of code that runs in none. */
export function localFilesRoot(...parts: readonly string[]): string {
  return join(tmpdir(), 'tern-files', ...parts)
}

function newFolderName(): string {
  return randomBytes(10).toString('hex')
}

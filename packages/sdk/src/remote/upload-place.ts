import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Content, md5Of, pathContent } from '../io/content.ts'
import { folderHash } from '../io/folder-hash.ts'
import { inParallel } from '../io/in-parallel.ts'
import { emptyFolder, type FolderContent, type Place, type Put } from '../io/place.ts'

/** Puts a file into a server's storage. @returns where tasks find it */
export type UploadContent = (file: {
  readonly fileName: string
  /** What groups the files of a folder; left out, the file's own MD5 does. */
  readonly root?: string
  readonly content: Content
  readonly md5: Uint8Array
  readonly size: number
}) => Promise<string>

const filesAtOnce = 8

/** A server's storage, for the files that a client sends with its runs. */
export class UploadPlace implements Place {
  readonly #upload: UploadContent

  constructor(upload: UploadContent) {
    this.#upload = upload
  }

  putFile(name: string, content: Content): Promise<Put> {
    return this.#put(content, (file) => this.#upload({ fileName: name, ...file }))
  }

  async putFolder(name: string, folder: FolderContent): Promise<Put> {
    const root = randomBytes(16).toString('hex')
    const hashes = new Map<string, string>()
    let uri = emptyFolder
    await inParallel(folder.files(), filesAtOnce, async ({ path, content }) => {
      const put = await this.#put(content, (file) => this.#upload({ fileName: `${name}/${path}`, root, ...file }))
      hashes.set(path, put.hash)
      uri = put.uri.slice(0, put.uri.indexOf(root) + root.length + 1 + name.length)
    })
    return { uri, hash: folderHash(hashes) }
  }

  async #put(content: Content, send: (file: Measured) => Promise<string>): Promise<Put> {
    return onDisk(content, async (local) => {
      const { md5, size } = await md5Of(local)
      return { uri: await send({ content: local, md5, size }), hash: Buffer.from(md5).toString('hex') }
    })
  }
}

interface Measured {
  readonly content: Content
  readonly md5: Uint8Array
  readonly size: number
}

/** An upload says beforehand what it sends, and may be sent twice: what comes from elsewhere than a file is put into one. */
async function onDisk<T>(content: Content, use: (local: Content) => Promise<T>): Promise<T> {
  if (content.path !== undefined) return use(content)
  const folder = await mkdtemp(join(tmpdir(), 'tern-upload-'))
  try {
    const path = join(folder, 'content')
    await pipeline(content.open(), createWriteStream(path))
    return await use(pathContent(path))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

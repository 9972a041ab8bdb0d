import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Storage } from '@tern/core/storage'

/** A code bundle that is unpacked already. */
export interface UnpackedBundle {
  /** Has what is in the bundle, and the archive itself. Shared: nobody may write to it. */
  readonly folder: string
  /** Name of the archive. */
  readonly name: string
}

// Those that were used last; others are unpacked again.
const mostKept = 50

/** Code bundles of Flyte's SDK, unpacked once for all attempts. */
export class CodeBundles {
  readonly #folder: string
  readonly #storage: Storage
  readonly #bundles = new Map<string, Promise<UnpackedBundle>>()

  constructor(folder: string, storage: Storage) {
    this.#folder = folder
    this.#storage = storage
    rmSync(folder, { recursive: true, force: true })
  }

  /** Rejects when it cannot be read, or is no archive. */
  unpack(uri: string): Promise<UnpackedBundle> {
    const bundle = this.#bundles.get(uri) ?? this.#unpack(uri)
    // The first is the one that was not used for the longest time.
    this.#bundles.delete(uri)
    this.#bundles.set(uri, bundle)
    bundle.catch(() => this.#bundles.delete(uri))
    const [oldest] = this.#bundles.keys()
    if (this.#bundles.size > mostKept && oldest !== undefined) this.#drop(oldest)
    return bundle
  }

  async #unpack(uri: string): Promise<UnpackedBundle> {
    const folder = this.#folderOf(uri)
    const name = basename(uri)
    const bytes = await this.#storage.read(uri)
    mkdirSync(folder, { recursive: true })
    try {
      await writeFile(join(folder, name), bytes)
      await promisify(execFile)('tar', ['-xf', join(folder, name), '-C', folder])
      return { folder, name }
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Whoever copies from it at the moment goes without. */
  #drop(uri: string): void {
    this.#bundles.delete(uri)
    rmSync(this.#folderOf(uri), { recursive: true, force: true })
  }

  #folderOf(uri: string): string {
    return join(this.#folder, createHash('sha256').update(uri).digest('hex').slice(0, 32))
  }
}

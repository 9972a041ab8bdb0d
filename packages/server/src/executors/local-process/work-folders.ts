import { rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Storage } from '@tern/core/storage'
import type { Logger } from 'pino'
import type { ActionData } from '../../engine/model.ts'
import { outputsFileIn } from '../../data/run-files.ts'

/** Removes what attempts worked in: the code that they fetched, and their temporary files. */
export class WorkFolders {
  readonly #logger: Logger
  readonly #clearing = new Set<Promise<void>>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  async clear(workingDir: string): Promise<void> {
    if (workingDir === '') return
    const cleared = remove(workingDir).catch((err: unknown) => {
      this.#logger.warn({ err, workingDir }, 'the working folder of an attempt could not be removed')
    })
    this.#clearing.add(cleared)
    await cleared
    this.#clearing.delete(cleared)
  }

  /** Resolves when nothing is being removed. */
  async settle(): Promise<void> {
    await Promise.all(this.#clearing)
  }
}

/**
 * Whether what an attempt returned is in its working folder: where the storage is a folder of this machine, Flyte's SDK
 * does not copy files that a task returns, but returns their paths.
 */
export async function refersTo(storage: Storage, outputs: ActionData | null, workingDir: string): Promise<boolean> {
  if (outputs === null) return false
  const bytes = 'bytes' in outputs ? outputs.bytes : await storage.read(outputsFileIn(outputs.uri)).catch(() => null)
  return bytes === null || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(workingDir)
}

async function remove(workingDir: string): Promise<void> {
  await rm(workingDir, { recursive: true, force: true })
  // The last one takes the folder of the run along.
  await rmdir(dirname(workingDir)).catch(() => {})
}

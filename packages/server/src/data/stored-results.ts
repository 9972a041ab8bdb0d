import { fromBinary } from '@bufbuild/protobuf'
import { NotFoundError, ResourceExhaustedError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Literal } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import { isWithin } from './offloaded-inputs.ts'
import { outputsFileIn } from './run-files.ts'

// Larger outputs hold data, and are there or not.
const maxBytes = 1024 * 1024
// The files of one attempt are deleted together, if they are.
const maxFiles = 20

/** Whether results of earlier actions can still be used: outputs in storage, and the files there that outputs refer to. */
export class StoredResults {
  readonly #storage: Storage

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Whether outputs are where they were left, with the files that they refer to. */
  async outputsExist(uri: string): Promise<boolean> {
    const file = outputsFileIn(uri)
    try {
      return await this.filesExist(await this.#storage.read(file, { maxBytes }))
    } catch (error) {
      if (error instanceof ResourceExhaustedError) return true
      if (error instanceof NotFoundError) return false
      throw error
    }
  }

  /** Whether the files of this storage are there that a serialized flyteidl2.task.Outputs refers to. */
  async filesExist(outputs: Uint8Array): Promise<boolean> {
    // Most refer to none, and need not be read.
    if (!Buffer.from(outputs.buffer, outputs.byteOffset, outputs.byteLength).includes(this.#storage.root)) return true
    const uris: string[] = []
    for (const { value } of fromBinary(OutputsSchema, outputs).literals) if (value !== undefined) collect(value, uris)
    const own = uris.map(withoutScheme).filter((uri) => isWithin(this.#storage, uri))
    for (const uri of own.slice(0, maxFiles)) if (!(await this.#isThere(uri))) return false
    return true
  }

  /** A file, or anything below a folder. */
  async #isThere(uri: string): Promise<boolean> {
    if (await this.#storage.exists(uri)) return true
    for await (const _ of this.#storage.list(uri)) return true
    return false
  }
}

/** Where files, folders and tables are that a literal stands for. */
function collect({ value }: Literal, uris: string[]): void {
  if (uris.length >= maxFiles) return
  if (value.case === 'collection') for (const item of value.value.literals) collect(item, uris)
  if (value.case === 'map') for (const item of Object.values(value.value.literals)) collect(item, uris)
  if (value.case !== 'scalar') return
  const scalar = value.value.value
  if (scalar.case === 'blob' || scalar.case === 'structuredDataset') uris.push(scalar.value.uri)
  if (scalar.case === 'union' && scalar.value.value !== undefined) collect(scalar.value.value, uris)
}

function withoutScheme(uri: string): string {
  return uri.replace(/^file:\/\//, '')
}

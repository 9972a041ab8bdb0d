import { fromBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError, NotFoundError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { type Inputs, InputsSchema } from '@tern/idl/task'
import { digestOf } from '../store/specs.ts'

export interface InputsPlace {
  /** Directory to write below; the storage's own for uploads if empty. */
  readonly baseDir: string
  readonly org: string
  readonly project: string
  readonly domain: string
}

/**
 * How old a file of inputs may be when the same inputs are stored again without writing it, in milliseconds. Files are
 * deleted that nothing refers to and that were not written for much longer than this.
 */
export const inputsRewriteMs = 6 * 60 * 60_000

/** Below which inputs are stored that say nothing of a place. */
export function uploadedInputs(storage: Pick<Storage, 'join' | 'root'>): string {
  return storage.join(storage.root, 'uploads')
}

/** Stores serialized inputs under a name made of their content, and returns the URI of the file. */
export async function storeInputs(storage: Storage, place: InputsPlace, bytes: Uint8Array): Promise<string> {
  const base = place.baseDir === '' ? uploadedInputs(storage) : checkWithin(storage, place.baseDir)
  const uri = storage.join(
    base,
    place.org,
    place.project,
    place.domain,
    'offloaded-inputs',
    digestOf(bytes),
    'inputs.pb',
  )
  const stored = await storage.stat(uri)
  // By the clock that the storage has written down.
  if (stored === undefined || Date.now() - stored.modifiedAt > inputsRewriteMs) await storage.write(uri, bytes)
  return uri
}

/** Reads inputs that a client stored. Throws InvalidArgumentError when they are not there or are no inputs. */
export async function readOffloadedInputs(storage: Storage, uri: string, maxBytes: number): Promise<Inputs> {
  const field = 'offloaded_input_data.uri'
  const bytes = await storage.read(uri, { maxBytes }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error
    throw new InvalidArgumentError(`${field}: ${uri} does not exist`, { field, cause: error })
  })
  try {
    return fromBinary(InputsSchema, bytes)
  } catch (cause) {
    throw new InvalidArgumentError(`${field}: ${uri} does not hold inputs`, { field, cause })
  }
}

/** Whether a URI names something below the storage's root. What it then names is checked by the storage itself. */
export function isWithin(storage: Storage, uri: string): boolean {
  return uri.startsWith(storage.root.endsWith('/') ? storage.root : `${storage.root}/`)
}

/** The directory, without trailing slashes. Throws InvalidArgumentError when it is outside of the storage. */
export function checkWithin(storage: Storage, directory: string, field = 'base_dir'): string {
  const trimmed = directory.replace(/\/+$/, '')
  if (trimmed !== storage.root && !isWithin(storage, trimmed)) {
    throw new InvalidArgumentError(`${field}: ${JSON.stringify(directory)} is outside of the server's storage`, {
      field,
      hint: `Give a directory below ${storage.root}, or none.`,
    })
  }
  return storage.join(trimmed)
}

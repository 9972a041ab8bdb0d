import { InvalidArgumentError } from '../errors.ts'
import type { FileStorageOptions } from './file-storage.ts'
import { FileStorage } from './file-storage.ts'
import { RetryingStorage, type StorageRetryOptions } from './retrying-storage.ts'
import type { Storage } from './storage.ts'

/**
 * The storage at a URI: a plain absolute path or `file://`. Faults that pass are waited out in place.
 *
 * @throws InvalidArgumentError for a scheme that has no driver, naming those that have, and for a relative path
 */
export function createStorage(uri: string, options: FileStorageOptions & StorageRetryOptions = {}): Storage {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase() ?? ''
  if (scheme !== '' && scheme !== 'file') {
    throw new InvalidArgumentError(`there is no storage driver for ${scheme}:// (in ${uri})`, {
      hint: 'Supported are: a plain absolute path, file://.',
    })
  }
  return new RetryingStorage(new FileStorage(uri, options), options)
}

import { type RetryInPlaceOptions, retryInPlace } from '../backoff.ts'
import { isTransientFault } from './file-errors.ts'
import type { ReadOptions, ReadStreamOptions, Storage, StoredObject, WriteStreamOptions, Written } from './storage.ts'

export type StorageRetryOptions = Pick<RetryInPlaceOptions, 'forMs' | 'onRetry' | 'delay'>

/**
 * A storage whose operations are made again in place while it fails in ways that pass: for about 30 seconds, then they fail
 * with the reason of the fault. A stream is made again as long as nothing of it has been taken.
 */
export class RetryingStorage implements Storage {
  private readonly inner: Storage
  private readonly options: RetryInPlaceOptions

  constructor(inner: Storage, options: StorageRetryOptions = {}) {
    this.inner = inner
    this.options = { ...options, isTransient: isTransientFault }
  }

  get root(): string {
    return this.inner.root
  }

  read(uri: string, options?: ReadOptions): Promise<Uint8Array> {
    return retryInPlace(() => this.inner.read(uri, options), this.options)
  }

  readStream(uri: string, options?: ReadStreamOptions): Promise<AsyncIterable<Uint8Array>> {
    return retryInPlace(() => this.inner.readStream(uri, options), this.options)
  }

  write(uri: string, bytes: Uint8Array): Promise<void> {
    return retryInPlace(() => this.inner.write(uri, bytes), this.options)
  }

  writeStream(uri: string, source: AsyncIterable<Uint8Array>, options?: WriteStreamOptions): Promise<Written> {
    let isTaken = false
    async function* taking(): AsyncIterable<Uint8Array> {
      isTaken = true
      yield* source
    }
    const isTransient = (error: unknown): boolean => !isTaken && isTransientFault(error)
    return retryInPlace(() => this.inner.writeStream(uri, taking(), options), { ...this.options, isTransient })
  }

  stat(uri: string): Promise<StoredObject | undefined> {
    return retryInPlace(() => this.inner.stat(uri), this.options)
  }

  exists(uri: string): Promise<boolean> {
    return retryInPlace(() => this.inner.exists(uri), this.options)
  }

  list(prefix: string): AsyncIterable<StoredObject> {
    return this.inner.list(prefix)
  }

  delete(prefix: string): Promise<void> {
    return retryInPlace(() => this.inner.delete(prefix), this.options)
  }

  join(base: string, ...parts: string[]): string {
    return this.inner.join(base, ...parts)
  }
}

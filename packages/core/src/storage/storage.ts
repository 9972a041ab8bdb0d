/** One object in storage. */
export interface StoredObject {
  readonly uri: string
  readonly size: number
  /** UTC epoch milliseconds. */
  readonly modifiedAt: number
}

export interface ReadOptions {
  /** Refuses larger objects, before reading them. In bytes; no limit by default. */
  readonly maxBytes?: number | undefined
}

export interface ReadStreamOptions {
  /** The first byte to read. Defaults to 0. */
  readonly start?: number | undefined
  /** The byte after the last one to read. Defaults to the end. */
  readonly end?: number | undefined
}

export interface WriteStreamOptions {
  /** Stops and leaves nothing behind when more bytes arrive. No limit by default. */
  readonly maxBytes?: number | undefined
  /** The MD5 that the bytes must have, 16 bytes. */
  readonly md5?: Uint8Array | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a streaming write stored. */
export interface Written {
  readonly size: number
  /** 16 bytes. */
  readonly md5: Uint8Array
}

/**
 * Where inputs, outputs, bundles and files lie. Objects are named by URI; what a storage writes appears under its name
 * whole or not at all.
 *
 * All methods throw NotFoundError, PermissionDeniedError, ResourceExhaustedError (too large, or the disk is full) and
 * InvalidArgumentError (a URI outside of the storage) for what they can meet.
 */
export interface Storage {
  /** The URI that all others begin with. */
  readonly root: string
  read(uri: string, options?: ReadOptions): Promise<Uint8Array>
  /** The bytes, read as they are asked for. Fails at once when the object does not exist. */
  readStream(uri: string, options?: ReadStreamOptions): Promise<AsyncIterable<Uint8Array>>
  write(uri: string, bytes: Uint8Array): Promise<void>
  writeStream(uri: string, source: AsyncIterable<Uint8Array>, options?: WriteStreamOptions): Promise<Written>
  /** Undefined if there is no such object. */
  stat(uri: string): Promise<StoredObject | undefined>
  exists(uri: string): Promise<boolean>
  /** The objects below a prefix (a directory), at all depths, in the order of their names. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Removes an object, or everything below a prefix. Nothing there is no error. */
  delete(prefix: string): Promise<void>
  /** Puts a name below a base; without parts, below the root. */
  join(base: string, ...parts: string[]): string
}

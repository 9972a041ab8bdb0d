import { nameOf } from './content.ts'

/** What is known of a file, or of a folder, in storage. */
export interface FileReference {
  readonly uri: string
  readonly name?: string | undefined
  readonly format?: string | undefined
  readonly hash?: string | undefined
}

/** What files and folders have in common: where they lie, and what is said about them. */
export abstract class BlobReference {
  /** Where it lies: a path or URI. Empty for what only this process has. */
  readonly uri: string
  readonly name: string
  /** For example `csv`; empty if nothing is said about it. */
  readonly format: string
  /** What stands for its contents in cache keys; undefined where it is not known. */
  readonly hash: string | undefined

  protected constructor({ uri, name, format, hash }: FileReference) {
    this.uri = uri
    this.name = name ?? nameOf(uri)
    this.format = format ?? ''
    this.hash = hash === '' ? undefined : hash
  }

  toJSON(): FileReference {
    const { uri, name, format, hash } = this
    return { uri, name, format, hash }
  }
}

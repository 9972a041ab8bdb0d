import type { LiteralBytes } from './literal-bytes.ts'
import { ValueError } from './execution-failures.ts'

/** Something can only be done once a value is read that is kept in storage. */
export class UnreadValue extends Error {
  override readonly name = 'UnreadValue'
  readonly uri: string

  constructor(uri: string) {
    super(`the value at ${uri} is not read yet`)
    this.uri = uri
  }
}

/** Values that stand in storage, with a note of where in their place: read when a graph looks into one. */
export class StoredValues {
  readonly #read = new Map<string, LiteralBytes | ValueError>()

  /** @throws UnreadValue when it was not read yet, ValueError when it cannot be */
  at(uri: string): LiteralBytes {
    const value = this.#read.get(uri)
    if (value === undefined) throw new UnreadValue(uri)
    if (value instanceof ValueError) throw value
    return value
  }

  put(uri: string, literal: LiteralBytes): void {
    this.#read.set(uri, literal)
  }

  refuse(uri: string, reason: string): void {
    this.#read.set(uri, new ValueError(`the value that is kept in storage at ${uri} cannot be read: ${reason}`))
  }
}

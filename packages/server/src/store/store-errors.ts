import { TernError, type TernErrorOptions } from '@tern/core'

/** The data folder cannot be used: it is not writable, another server uses it, or a newer version wrote it. */
export class DataFolderError extends TernError {
  override readonly name = 'DataFolderError'
  readonly code = 'failed_precondition'
  readonly connectCode = 'failed_precondition'

  constructor(message: string, options: TernErrorOptions & { readonly hint: string }) {
    super(message, options)
  }
}

/**
 * The database server cannot be used: it cannot be reached, refuses the user, has no such database, another Tern server
 * uses the database, or a newer version wrote it.
 */
export class DatabaseError extends TernError {
  override readonly name = 'DatabaseError'
  readonly code = 'failed_precondition'
  readonly connectCode = 'failed_precondition'

  constructor(message: string, options: TernErrorOptions & { readonly hint: string }) {
    super(message, options)
  }
}

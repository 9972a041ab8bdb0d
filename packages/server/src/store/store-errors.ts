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

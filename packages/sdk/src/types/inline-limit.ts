import { NonRecoverableError } from '@tern/core'

/** The inputs or the outputs of an action are larger than its task allows. The same will happen when it is tried again. */
class InlineIoLimitError extends NonRecoverableError {
  override readonly name = 'InlineIOMaxBytesBreached'
  override readonly code = 'InlineIOMaxBytesBreached'
}

/**
 * @param what whose values they are, e.g. `inputs of task a.b`
 * @param maxBytes 0 for no limit
 * @throws InlineIoLimitError when there are more bytes
 */
export function checkInlineSize(what: string, { length }: Uint8Array, maxBytes: number): void {
  if (maxBytes === 0 || length <= maxBytes) return
  throw new InlineIoLimitError(`${what} have ${length} bytes, more than its maxInlineIoBytes of ${maxBytes}`, {
    hint: 'Pass large data as a File, a Dir or a DataFrame, or give the task another maxInlineIoBytes.',
  })
}

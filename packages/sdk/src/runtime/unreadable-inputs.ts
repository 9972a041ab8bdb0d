import { NonRecoverableError } from '@tern/core'
import { isTransientFault } from '@tern/core/storage'

/** The inputs of an attempt are not where they were stored: no fault of its task, and no other attempt finds them either. */
class UnreadableInputsError extends NonRecoverableError {
  override readonly name = 'InputsUnreadable'
  override readonly code = 'InputsUnreadable'
}

/** @throws the error of a storage that may be well again, or one that no retry follows */
export async function loadInputs(load: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await load()
  } catch (cause) {
    if (isTransientFault(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UnreadableInputsError(`the inputs could not be read: ${reason}`, { cause, kind: 'system' })
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { type Backoff, backoffDelayMs, UnavailableError } from '@tern/core'
import { OwnedElsewhereError } from '../engine/owned-elsewhere.ts'

/** Header of what a server asks on behalf of a client: such a request is not sent on. */
export const forwardedHeader = 'x-tern-forwarded'

export interface AskOwnerOptions<Answer> {
  /** Does what is to be done, if this server has the run; else throws OwnedElsewhereError. May be called again. */
  readonly here: () => Promise<Answer>
  /** Asks the server at an address to do it. Undefined when that cannot, or has not got the run any more. */
  readonly there: (url: string) => Promise<Answer | undefined>
  readonly signal?: AbortSignal | undefined
  /** How long to look for the run while it changes hands, in milliseconds. Defaults to 30 seconds. */
  readonly patienceMs?: number | undefined
}

const retryDelay: Backoff = { baseMs: 50, factor: 2, capMs: 1000 }

/**
 * Does something to a live run on the server that has it. While the run changes hands, or its server does not answer, it
 * is looked for again.
 *
 * Throws UnavailableError when it is not found for too long, and the signal's reason when that is aborted.
 */
export async function askOwner<Answer>(options: AskOwnerOptions<Answer>): Promise<Answer> {
  const { here, there, signal, patienceMs = 30_000 } = options
  const startedAt = performance.now()
  for (let failures = 0; ; failures++) {
    const result = await here().catch(elsewhere)
    if (!(result instanceof OwnedElsewhereError)) return result
    const answer = result.ownerUrl === null ? undefined : await there(result.ownerUrl)
    if (answer !== undefined) return answer
    if (performance.now() - startedAt > patienceMs) throw notReached(result)
    await delay(backoffDelayMs(retryDelay, failures), undefined, signal && { signal }).catch(() => {})
    signal?.throwIfAborted()
  }
}

function elsewhere(error: unknown): OwnedElsewhereError {
  if (error instanceof OwnedElsewhereError) return error
  throw error
}

function notReached({ message, ownerUrl }: OwnedElsewhereError): UnavailableError {
  const reason = ownerUrl === null ? 'and no server has taken it over yet' : 'which cannot be reached from here'
  return new UnavailableError(`${message}, ${reason}`, {
    hint: 'Try again in a moment. If it stays so, check that the servers reach each other at the addresses they advertise.',
  })
}

import { Code, ConnectError } from '@connectrpc/connect'
import { backoffDelayMs } from '@tern/core'
import { delay } from '../local/delay.ts'
import { isBroken, isUnreachable } from './rpc-errors.ts'

const maxFailures = 5
const pauseAfterEndMs = 500
const backoff = { baseMs: 500, factor: 2, capMs: 10_000 }
const transient = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Aborted])

/**
 * Follows a stream of snapshots over interruptions: when the stream ends before `isLast`, or breaks, it is opened again.
 *
 * @param open begins the stream anew, with the current state first
 * @throws what the stream failed with, after five failures in a row, or at once when trying again would not help
 */
export async function* resubscribe<T>(
  open: () => AsyncIterable<T>,
  isLast: (item: T) => boolean,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let hasBegun = false
  for (let failures = 0; ; ) {
    try {
      for await (const item of open()) {
        failures = 0
        hasBegun = true
        yield item
        if (isLast(item)) return
      }
      await delay(pauseAfterEndMs, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!isTransient(error, hasBegun) || ++failures > maxFailures) throw error
      await delay(backoffDelayMs(backoff, failures - 1), signal)
    }
  }
}

// A server that has answered before may be starting again; one that never did is probably not there.
function isTransient(error: unknown, hasBegun: boolean): boolean {
  if (!(error instanceof ConnectError)) return false
  return isUnreachable(error) ? hasBegun : transient.has(error.code) || isBroken(error)
}

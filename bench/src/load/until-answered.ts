import { setTimeout as delay } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'

const givenUpAfterMs = 60_000

/** Asks again while the server cannot be reached, as clients do whose requests may be repeated. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + givenUpAfterMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isOutage(error) || Date.now() > giveUpAt) throw error
      await delay(50)
    }
  }
}

/** A connection that breaks off leaves a request of which nobody knows what became: it is made again, too. */
function isOutage(error: unknown): boolean {
  const { code } = ConnectError.from(error)
  return [Code.Unavailable, Code.Aborted, Code.Internal, Code.Unknown, Code.DeadlineExceeded].includes(code)
}

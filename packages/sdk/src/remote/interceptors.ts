import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'
import { type Backoff, backoffDelayMs } from '@tern/core'
import { delay } from '../local/delay.ts'
import type { Token } from './configuration.ts'
import { isBroken, isUnreachable } from './rpc-errors.ts'

const maxRetries = 3
const backoff: Backoff = { baseMs: 250, factor: 2, capMs: 2000 }
// Making the same run twice is worse than failing. What has a name of its own is made again by the client itself.
const notRepeatable = new Set(['CreateRun'])

/** What every call goes through: it says who calls, and is repeated where that is safe. */
export function interceptorsFor(token: Token | undefined): Interceptor[] {
  return [retryUnavailable, identify(token)]
}

// Within the repeated part: a token that was asked for long ago may have run out.
function identify(token: Token | undefined): Interceptor {
  return (next) => async (request) => {
    request.header.set('x-request-id', randomId())
    const given = typeof token === 'function' ? await token() : token
    if (given !== undefined && given !== '') request.header.set('authorization', `Bearer ${given}`)
    return next(request)
  }
}

const retryUnavailable: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request)
  for (let attempt = 0; ; attempt++) {
    try {
      return await next(request)
    } catch (error) {
      if (attempt >= maxRetries || !canRepeat(error, request.method.name)) throw error
      await delay(backoffDelayMs(backoff, attempt), request.signal)
    }
  }
}

function canRepeat(error: unknown, method: string): boolean {
  if (!(error instanceof ConnectError)) return false
  // Nobody listens: trying again at once rarely helps, and the user is waiting for the message.
  if (isUnreachable(error)) return false
  if (isBroken(error)) return !notRepeatable.has(method)
  return error.code === Code.Unavailable
}

// Pages of other machines have no randomUUID unless they come over TLS.
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

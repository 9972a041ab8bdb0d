import { InvalidArgumentError } from './errors.ts'

/** How long to wait before each retry: `min(base * factor^n, cap)` before retry n, counted from 0. */
export interface Backoff {
  /** The first delay, in milliseconds. */
  readonly baseMs: number
  /** What each further delay is multiplied by, at least 1. Defaults to 1 (constant delay). */
  readonly factor?: number | undefined
  /** No delay is longer than this, in milliseconds. Needed when `factor` is above 1. */
  readonly capMs?: number | undefined
  /** Draw each delay evenly from 0 to its value ("full jitter"), so that many retries do not come at once. Defaults to false. */
  readonly jitter?: boolean | undefined
}

/**
 * The delay before retry `n` (0 is the first retry), in milliseconds.
 *
 * @param random from 0 (included) to 1 (excluded); only drawn from when the backoff has jitter
 */
export function backoffDelayMs(backoff: Backoff, n: number, random: () => number = Math.random): number {
  const uncapped = backoff.baseMs * (backoff.factor ?? 1) ** n
  // A large n overflows to infinity, or to NaN for base 0: neither may reach a timer.
  const delay = backoff.baseMs === 0 ? 0 : Math.min(uncapped, backoff.capMs ?? Number.MAX_SAFE_INTEGER)
  return backoff.jitter ? Math.floor(random() * delay) : delay
}

export interface RetryInPlaceOptions {
  /** Whether the same may work when it is done again. */
  readonly isTransient: (error: unknown) => boolean
  /** The delays between tries. Defaults to 50 ms, doubled up to 3 s, with jitter. */
  readonly backoff?: Backoff | undefined
  /** How long it may wait in all, in milliseconds. Defaults to 30 seconds. */
  readonly forMs?: number | undefined
  /** Told of each failure that is followed by another try, and of the delay before that, in milliseconds. */
  readonly onRetry?: ((error: unknown, delayMs: number) => void) | undefined
  /** What waits. Defaults to a timer. */
  readonly delay?: ((ms: number) => Promise<void>) | undefined
}

const retryInPlaceBackoff: Backoff = { baseMs: 50, factor: 2, capMs: 3_000, jitter: true }

/**
 * Does one operation again where it stands while it fails for reasons that pass: a disk that is full for a moment, a
 * connection that breaks. Nobody else notices, and no attempt is spent on it.
 *
 * @throws the last error, once it has waited for as long as it may, or at once if the error is none that passes
 */
export async function retryInPlace<Result>(
  work: () => Promise<Result>,
  { isTransient, backoff = retryInPlaceBackoff, forMs = 30_000, onRetry, delay = timer }: RetryInPlaceOptions,
): Promise<Result> {
  let waitedMs = 0
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      if (waitedMs >= forMs || !isTransient(error)) throw error
      // At least a millisecond, so that the waiting comes to its end whatever is drawn.
      const delayMs = Math.max(1, Math.min(backoffDelayMs(backoff, failures), forMs - waitedMs))
      waitedMs += delayMs
      onRetry?.(error, delayMs)
      await delay(delayMs)
    }
  }
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/**
 * Checks a backoff that comes from a user.
 *
 * @throws InvalidArgumentError naming the field that is wrong
 */
export function checkBackoff(backoff: Backoff): void {
  const { baseMs, factor = 1, capMs } = backoff
  if (!(baseMs >= 0) || !Number.isFinite(baseMs)) fail('base', baseMs, 'must be a duration of 0 or more')
  if (!(factor >= 1) || !Number.isFinite(factor)) fail('factor', factor, 'must be a finite number of 1 or more')
  if (capMs !== undefined && !(capMs >= 0)) fail('cap', capMs, 'must be a duration of 0 or more')
  if (factor > 1 && capMs === undefined) fail('cap', capMs, 'is needed when factor is above 1')
}

function fail(field: string, value: number | undefined, rule: string): never {
  throw new InvalidArgumentError(`backoff.${field} ${value ?? ''} ${rule}`.replace('  ', ' '), {
    field: `backoff.${field}`,
  })
}

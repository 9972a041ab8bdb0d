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

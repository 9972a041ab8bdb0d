import { checkBackoff, durationMs } from '@tern/core'
import { checkKeys, invalid, isRecord } from './check-values.ts'
import type { RetriesOption } from './task-options.ts'

const retryKeys = new Set(['count', 'backoff', 'on', 'onTimeout'])
const backoffKeys = new Set(['base', 'factor', 'cap'])
const maxRetries = 10

/** The retry options in full. */
export function toRetryPolicy(retries: RetriesOption): {
  count: number
  backoff?: BackoffMs
  on: 'any' | 'recoverable'
  onTimeout: boolean
} {
  if (typeof retries === 'number') return { count: retries, on: 'any', onTimeout: true }
  const { count, backoff, on = 'any', onTimeout = true } = retries
  if (backoff === undefined) return { count, on, onTimeout }
  return {
    count,
    on,
    onTimeout,
    backoff: {
      baseMs: durationMs(backoff.base, 'retries.backoff.base'),
      factor: backoff.factor ?? 1,
      capMs: backoff.cap === undefined ? undefined : durationMs(backoff.cap, 'retries.backoff.cap'),
    },
  }
}

interface BackoffMs {
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number | undefined
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkRetries(value: unknown): void {
  if (value === undefined) return
  if (isRecord(value)) checkKeys(value, retryKeys, 'retries')
  const count = isRecord(value) ? value['count'] : value
  if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > maxRetries) {
    throw invalid('retries', `retries ${JSON.stringify(count)} must be a whole number from 0 to ${maxRetries}`)
  }
  if (!isRecord(value)) return
  if (value['on'] !== undefined && value['on'] !== 'any' && value['on'] !== 'recoverable') {
    throw invalid('retries.on', `retries.on ${JSON.stringify(value['on'])} must be 'any' or 'recoverable'`)
  }
  if (value['onTimeout'] !== undefined && typeof value['onTimeout'] !== 'boolean') {
    throw invalid('retries.onTimeout', `retries.onTimeout ${JSON.stringify(value['onTimeout'])} must be true or false`)
  }
  if (isRecord(value['backoff'])) checkKeys(value['backoff'], backoffKeys, 'retries.backoff')
  const { backoff } = toRetryPolicy(value as unknown as RetriesOption)
  if (backoff !== undefined) checkBackoff(backoff)
}

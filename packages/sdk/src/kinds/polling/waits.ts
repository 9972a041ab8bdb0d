import { type DurationInput, durationMs, formatDuration, InvalidArgumentError } from '@tern/core'
import { checkKeys, isRecord, prefixed } from '../../authoring/check-values.ts'
import type { KindTask } from '../task-kind.ts'

/** How often a task looks elsewhere. */
export interface WaitConfig {
  /** The wait between two looks, at least 100 ms. Each is two small actions of the run. Defaults to a minute. */
  readonly every?: DurationInput | undefined
  /** Has the waits grow: each is `factor` times the one before, up to `cap`. Defaults to waits of the same length. */
  readonly backoff?: { readonly factor: number; readonly cap: DurationInput } | undefined
}

export const waitKeys = ['every', 'backoff'] as const

const usualEvery = '1m'
const shortestMs = 100
const backoffKeys = new Set(['factor', 'cap'])

/** The wait after so many looks, in milliseconds. */
export function waitMs({ every = usualEvery, backoff }: WaitConfig, looks: number): number {
  const baseMs = durationMs(every)
  if (backoff === undefined) return baseMs
  return Math.min(baseMs * backoff.factor ** (looks - 1), durationMs(backoff.cap))
}

/** What is shown of it. */
export function describeWaits({ every = usualEvery, backoff }: WaitConfig): string {
  const base = formatDuration(durationMs(every))
  return backoff === undefined ? base : `${base}, up to ${formatDuration(durationMs(backoff.cap))}`
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkWaits({ every = usualEvery, backoff }: WaitConfig, { name }: KindTask): void {
  prefixed(`task ${name}`, () => {
    const everyMs = durationMs(every, 'every')
    if (everyMs < shortestMs) throw invalid('every', `every ${formatDuration(everyMs)} must be 100 ms or more`)
    if (backoff === undefined) return
    if (!isRecord(backoff)) throw invalid('backoff', 'backoff must be an object with factor and cap')
    checkKeys(backoff, backoffKeys, 'backoff')
    const { factor, cap } = backoff
    if (!Number.isFinite(factor) || factor < 1) throw invalid('backoff.factor', 'backoff.factor must be 1 or more')
    if (cap === undefined || durationMs(cap, 'backoff.cap') < everyMs)
      throw invalid('backoff.cap', 'backoff.cap must be at least as long as every')
  })
}

function invalid(field: string, message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field })
}

import type { Duration as ProtoDuration } from '@bufbuild/protobuf/wkt'
import { InvalidArgumentError } from './errors.ts'

/**
 * A length of time as a value of a task: `milliseconds` may have three decimals. Exact to the microsecond up to 139 years.
 */
export interface Duration {
  readonly milliseconds: number
}

/** Amounts that are added up, e.g. `{ hours: 1, minutes: 30 }`. Decimals and negative amounts are allowed. */
export interface DurationParts {
  readonly days?: number | undefined
  readonly hours?: number | undefined
  readonly minutes?: number | undefined
  readonly seconds?: number | undefined
  readonly milliseconds?: number | undefined
}

/** How people write a duration: `'5m'`, `'1h30m'`, `'250ms'`, or `{ minutes: 5 }`. */
export type DurationInput = string | DurationParts

const msPerUnit: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
}

const msPerPart: Readonly<Record<keyof DurationParts, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
}

// The wire's limit (google.protobuf.Duration): about 10,000 years.
const maxMs = 315_576_000_000_000

const wholePattern = /^([+-])?((?:\d+(?:\.\d+)?(?:ms|us|µs|d|h|m|s))+)$/
const partPattern = /(\d+(?:\.\d+)?)(ms|us|µs|d|h|m|s)/g

/**
 * Reads a duration, to the microsecond.
 *
 * @param field how the error calls the value, e.g. `timeout.maxRuntime`
 * @throws InvalidArgumentError when it is not a duration
 */
export function durationMs(input: DurationInput, field = 'duration'): number {
  const ms = typeof input === 'string' ? textMs(input) : partsMs(input)
  if (ms === undefined) throw notADuration(input, field)
  if (Math.abs(ms) > maxMs) {
    throw new InvalidArgumentError(`${field} ${show(input)} is out of range: at most 10,000 years`, { field })
  }
  return roundToMicroseconds(ms)
}

/** Reads a duration as a value, see `durationMs`. */
export function parseDuration(input: DurationInput, field = 'duration'): Duration {
  return { milliseconds: durationMs(input, field) }
}

/** Writes a duration as text that `durationMs` reads back: `1h30m`, `250ms`, `1.5s`, `0s`. */
export function formatDuration(duration: Duration | number): string {
  const ms = typeof duration === 'number' ? duration : duration.milliseconds
  if (ms === 0) return '0s'
  if (!Number.isFinite(ms)) return String(ms)
  const sign = ms < 0 ? '-' : ''
  const microseconds = BigInt(Math.round(Math.abs(ms) * 1000))
  if (microseconds < 1000n) return `${sign}${microseconds}us`
  if (microseconds < 1_000_000n) return `${sign}${decimal(microseconds, 3)}ms`
  const minutes = microseconds / 60_000_000n
  const seconds = microseconds % 60_000_000n
  const parts: string[] = []
  if (minutes >= 1440n) parts.push(`${minutes / 1440n}d`)
  if ((minutes / 60n) % 24n > 0n) parts.push(`${(minutes / 60n) % 24n}h`)
  if (minutes % 60n > 0n) parts.push(`${minutes % 60n}m`)
  if (seconds > 0n) parts.push(`${decimal(seconds, 6)}s`)
  return sign + parts.join('')
}

/** To the wire's duration. Below the microsecond nothing is kept. */
export function toProtoDuration(duration: Duration | number): ProtoDuration {
  const ms = typeof duration === 'number' ? duration : duration.milliseconds
  const microseconds = Math.round(ms * 1000)
  const seconds = Math.trunc(microseconds / 1_000_000)
  return {
    $typeName: 'google.protobuf.Duration',
    seconds: BigInt(seconds),
    nanos: (microseconds - seconds * 1_000_000) * 1000,
  }
}

/** From the wire's duration; nanoseconds are cut to microseconds. */
export function fromProtoDuration(duration: ProtoDuration): Duration {
  return { milliseconds: (Number(duration.seconds) * 1_000_000 + Math.trunc(duration.nanos / 1000)) / 1000 }
}

/** Whether a value is a `Duration` or `DurationParts`: an object of nothing but known units with numbers. */
export function isDurationParts(value: unknown): value is DurationParts {
  if (typeof value !== 'object' || value === null) return false
  const entries = Object.entries(value)
  return entries.length > 0 && entries.every(([unit, n]) => unit in msPerPart && Number.isFinite(n))
}

/** Whether a text reads as a duration. */
export function isDurationText(text: string): boolean {
  return textMs(text) !== undefined
}

function textMs(text: string): number | undefined {
  const match = wholePattern.exec(text.trim())
  if (match?.[2] === undefined) return undefined
  let total = 0
  for (const [, amount, unit] of match[2].matchAll(partPattern)) {
    total += Number(amount) * (msPerUnit[unit ?? ''] ?? Number.NaN)
  }
  return match[1] === '-' ? -total : total
}

function partsMs(parts: DurationParts): number | undefined {
  if (!isDurationParts(parts)) return undefined
  let total = 0
  for (const [unit, amount] of Object.entries(parts)) {
    total += (amount as number) * msPerPart[unit as keyof DurationParts]
  }
  return total
}

function roundToMicroseconds(ms: number): number {
  const rounded = Math.round(ms * 1000) / 1000
  return rounded === 0 ? 0 : rounded
}

function decimal(value: bigint, places: number): string {
  const text = value.toString().padStart(places + 1, '0')
  return `${text.slice(0, -places)}.${text.slice(-places)}`.replace(/\.?0+$/, '')
}

function notADuration(input: unknown, field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field} ${show(input)} is not a duration`, {
    field,
    hint: "Write it as '5m', '1h30m', '250ms' or { minutes: 5 }.",
  })
}

function show(input: unknown): string {
  return JSON.stringify(input) ?? String(input)
}

import type { Duration } from '@bufbuild/protobuf/wkt'

const second = 1_000_000_000n

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3_600n * second,
  d: 86_400n * second,
}

const wholePattern = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/
const partPattern = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|[smhd])/g

// google.protobuf.Duration's own limit.
const maxNanos = 315_576_000_000n * second
const maxDigits = 20

/** Reads `1h30m0.5s`, and a whole number of seconds as digits alone. Undefined for what is no duration, or out of range. */
export function parseGoDuration(text: string): Duration | undefined {
  if (/^[+-]?\d{1,15}$/.test(text)) return toDuration(BigInt(text) * second)
  if (!wholePattern.test(text)) return undefined
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(partPattern)) {
    if (whole.length > maxDigits) return undefined
    const scale = unitNanos[unit] ?? 0n
    const digits = fraction.slice(0, maxDigits)
    nanos += BigInt(whole || 0) * scale + (BigInt(digits || 0) * scale) / 10n ** BigInt(digits.length)
  }
  return toDuration(text.startsWith('-') ? -nanos : nanos)
}

/** Writes a duration as Go does: `1h0m0s`, `1.5s`, `250ms`, `1µs`. */
export function formatGoDuration(duration: Duration): string {
  const nanos = duration.seconds * second + BigInt(duration.nanos)
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  if (size < 1_000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`
  if (size < second) return `${sign}${decimal(size, 6)}ms`
  const minutes = size / (60n * second)
  const seconds = `${decimal(size % (60n * second), 9)}s`
  if (minutes === 0n) return sign + seconds
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`
}

/** A number of seconds; undefined when it is out of range. */
export function secondsDuration(seconds: number): Duration | undefined {
  const whole = Math.trunc(seconds)
  return Number.isSafeInteger(whole) ? toDuration(BigInt(whole) * second) : undefined
}

function toDuration(nanos: bigint): Duration | undefined {
  if (nanos > maxNanos || nanos < -maxNanos) return undefined
  return { $typeName: 'google.protobuf.Duration', seconds: nanos / second, nanos: Number(nanos % second) }
}

function decimal(value: bigint, places: number): string {
  const text = value.toString().padStart(places + 1, '0')
  return `${text.slice(0, -places)}.${text.slice(-places)}`.replace(/\.?0+$/, '')
}

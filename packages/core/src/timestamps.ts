import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { ValueSource } from './value-source.ts'

/** To the wire's point in time, from UTC epoch milliseconds. */
export function toTimestamp(epochMs: number): Timestamp {
  const seconds = Math.floor(epochMs / 1000)
  return {
    $typeName: 'google.protobuf.Timestamp',
    seconds: BigInt(seconds),
    nanos: Math.round((epochMs - seconds * 1000) * 1_000_000),
  }
}

/** UTC epoch milliseconds of the wire's point in time, whole (what is finer is cut). */
export function fromTimestamp(timestamp: Timestamp): number {
  return Number(timestamp.seconds) * 1000 + Math.floor(timestamp.nanos / 1_000_000)
}

const isoPattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** Reads an ISO 8601 date or time, to the nanosecond; without an offset it is UTC. Undefined if it is neither. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = isoPattern.exec(text.trim())
  if (match === null) return undefined
  const [, day = '', time = '00:00', fraction = '', offset = 'Z'] = match
  const epochMs = Date.parse(`${day}T${time}${offset.toUpperCase()}`)
  if (Number.isNaN(epochMs) || !isRealDay(day)) return undefined
  return {
    $typeName: 'google.protobuf.Timestamp',
    seconds: BigInt(Math.floor(epochMs / 1000)),
    nanos: Number(fraction.padEnd(9, '0')),
  }
}

/** Whether a point in time is one that protobuf allows: in the years 1 to 9999. */
export function isTimestampInRange({ seconds, nanos }: Timestamp): boolean {
  return seconds >= -62_135_596_800n && seconds <= 253_402_300_799n && nanos >= 0 && nanos < 1_000_000_000
}

/**
 * Writes a point in time as ISO 8601 in UTC, with as many decimals as it has (3, 6 or 9 if any). One that is out of range
 * is written as `@` and its seconds.
 */
export function formatTimestamp(timestamp: Timestamp): string {
  if (!isTimestampInRange(timestamp)) return `@${timestamp.seconds}`
  const seconds = new Date(Number(timestamp.seconds) * 1000).toISOString().slice(0, 19)
  const digits = timestamp.nanos
    .toString()
    .padStart(9, '0')
    .replace(/(000)+$/, '')
  return digits === '' ? `${seconds}Z` : `${seconds}.${digits}Z`
}

/**
 * The day that a value stands for: a `Date` (its day in UTC), text such as `2026-01-31`, and in JSON the midnight that a day
 * is where its type is not known.
 */
export function toDay(value: unknown, source: ValueSource): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString().slice(0, 10)
  if (typeof value !== 'string') return undefined
  const day = source === 'json' ? value.replace(/T00:00:00Z$/, '') : value
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && isRealDay(day) ? day : undefined
}

function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

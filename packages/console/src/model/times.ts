import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt'

/** Milliseconds since 1970; undefined for no time. */
export function msOf(timestamp: Timestamp | undefined): number | undefined {
  return timestamp === undefined ? undefined : Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6
}

export function durationMsOf(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : Number(duration.seconds) * 1000 + duration.nanos / 1e6
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A length of time in its two largest units, such as `3m 12s`. */
export function formatMs(ms: number): string {
  if (ms < 1) return '0 ms'
  if (ms < second) return `${Math.round(ms)} ms`
  if (ms < 10 * second) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < minute) return `${Math.floor(ms / second)} s`
  if (ms < hour) return pair(ms, minute, 'm', second, 's')
  if (ms < day) return pair(ms, hour, 'h', minute, 'm')
  return pair(ms, day, 'd', hour, 'h')
}

function pair(ms: number, unit: number, name: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % unit) / small)
  return rest === 0 ? `${Math.floor(ms / unit)}${name}` : `${Math.floor(ms / unit)}${name} ${rest}${smallName}`
}

/** How long ago, or in how long. */
export function formatRelative(at: number, now: number): string {
  const ms = Math.abs(now - at)
  const amount = relativeAmount(ms)
  if (amount === undefined) return now >= at ? 'just now' : 'now'
  return now >= at ? `${amount} ago` : `in ${amount}`
}

function relativeAmount(ms: number): string | undefined {
  if (ms < 5 * second) return undefined
  if (ms < minute) return `${Math.floor(ms / second)} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min`
  if (ms < day) return `${Math.floor(ms / hour)} h`
  const days = Math.floor(ms / day)
  return days === 1 ? '1 day' : `${days} days`
}

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const timeOnly = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** In the zone of who looks. */
export function formatAbsolute(at: number): string {
  return absolute.format(at)
}

/** The time of day, with milliseconds. */
export function formatClock(at: number): string {
  return `${timeOnly.format(at)}.${String(Math.floor(at % 1000)).padStart(3, '0')}`
}

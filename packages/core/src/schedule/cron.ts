import { InvalidArgumentError } from '../errors.ts'
import { readAwsSchedule } from './aws-schedule.ts'
import { type CronFields, nextFit, readCronFields } from './cron-fields.ts'
import { every, type Schedule } from './instants.ts'
import { TimeZone, type ZoneSpan } from './time-zone.ts'

/** What an alias stands for, in five fields. */
export const cronAliases: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const fieldHint =
  'Write five fields: minute hour day-of-month month day-of-week, for example "0 9 * * MON-FRI", or @daily.'
const maxLength = 1000
const minuteMs = 60_000

/**
 * Reads a cron expression: five fields, an alias such as `@daily`, or `@every 90s`; before it may stand the zone, as in
 * `CRON_TZ=Europe/Berlin 0 9 * * *`. Times are those of the zone, UTC when there is none; `@every` counts from `from`.
 *
 * Throws InvalidArgumentError, also for an expression that never comes true.
 */
export function parseCron(text: string, timezone: string, from: number, field: string): Schedule {
  const problem: Problem = (what, hint = fieldHint) =>
    new InvalidArgumentError(`${field}: ${JSON.stringify(shorten(text))} ${what}`, { field, hint })
  if (text.length > maxLength) throw problem(`is longer than ${maxLength} characters`)
  const { expression, zone: zoneName } = splitZone(text.trim(), timezone)
  if (expression === '') throw problem('has no fields')
  const zone = TimeZone.of(zoneName)
  if (zone === undefined) {
    throw new InvalidArgumentError(`${field}: ${JSON.stringify(shorten(zoneName))} is not a time zone`, {
      field,
      hint: 'Name it as the IANA does, for example Europe/Berlin, America/New_York or UTC.',
    })
  }
  if (/^@every\b/.test(expression)) return toEvery(expression, from, problem)
  const schedule = new CronSchedule(toFields(expression, problem), zone)
  if (schedule.next(from) === undefined) throw problem('never comes true', 'Choose a day that its months have.')
  return schedule
}

type Problem = (what: string, hint?: string) => InvalidArgumentError

function splitZone(text: string, timezone: string): { readonly expression: string; readonly zone: string } {
  const match = /^(?:CRON_TZ|TZ)=(\S+)\s*(.*)$/s.exec(text)
  const zone = timezone.trim()
  if (match === null) return { expression: text, zone: zone || 'UTC' }
  return { expression: match[2] ?? '', zone: zone || (match[1] ?? '') }
}

function toEvery(expression: string, from: number, problem: Problem): Schedule {
  const hint = 'Write for example "@every 90s", "@every 15m" or "@every 1h30m".'
  const text = expression.slice('@every'.length).trim()
  if (!/^(\d{1,9}[hms])+$/.test(text)) throw problem('is not an interval', hint)
  let periodMs = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([hms])/g)) {
    periodMs += Number(count) * ({ h: 3_600_000, m: 60_000, s: 1000 }[unit ?? ''] ?? 0)
  }
  if (periodMs < 1000) throw problem('is shorter than a second', hint)
  return every(periodMs, from, 1)
}

function toFields(expression: string, problem: Problem): CronFields {
  const aws = readAwsSchedule(expression)
  if (aws?.here !== undefined) throw problem('is written as for AWS', `Here it is written ${JSON.stringify(aws.here)}.`)
  if (aws !== undefined) throw problem(`is written as for AWS, and ${aws.problem}`)
  const texts = (expression.startsWith('@') ? fromAlias(expression, problem) : expression).split(/\s+/)
  if (texts.length === 6 || texts.length === 7) {
    throw problem(
      `has ${texts.length} fields, not five: seconds and years cannot be given`,
      'Leave out the seconds before, or the year after, minute hour day-of-month month day-of-week.',
    )
  }
  if (texts.length !== 5) throw problem(`has ${texts.length} ${texts.length === 1 ? 'field' : 'fields'}, not five`)
  try {
    return readCronFields(texts)
  } catch (error) {
    throw problem(error instanceof Error ? error.message : String(error))
  }
}

function fromAlias(text: string, problem: Problem): string {
  const alias = cronAliases[text.toLowerCase()]
  if (alias !== undefined) return alias
  throw problem('is not a known alias', `Use ${Object.keys(cronAliases).join(', ')} or @every.`)
}

/**
 * Times on the wall of a zone. When clocks go forward, a time of day that is skipped fires at the end of the gap; when
 * they go back, one that comes twice fires the first time only. A pace goes by real time through both.
 */
class CronSchedule implements Schedule {
  readonly #fields: CronFields
  readonly #zone: TimeZone

  constructor(fields: CronFields, zone: TimeZone) {
    this.#fields = fields
    this.#zone = zone
  }

  next(time: number): number | undefined {
    let from = (Math.floor(time / minuteMs) + 1) * minuteMs
    // A time that falls into a gap is found at the gap, a few spans on; what is not found in one is looked for in the next.
    for (;;) {
      const span = this.#zone.spanAt(from)
      const { offset, until } = span
      if (this.#firesAtGap(from, span)) return from
      const fit = nextFit(this.#fields, Math.max(from + offset, this.#firstNew(span)))
      if (fit === undefined) return undefined
      if (fit - offset < until) return fit - offset
      from = until
    }
  }

  #firesAtGap(time: number, { from, offset, offsetBefore }: ZoneSpan): boolean {
    if (this.#fields.isPace || time !== from || offset <= offsetBefore) return false
    const fit = nextFit(this.#fields, from + offsetBefore)
    return fit !== undefined && fit < from + offset
  }

  /** The first time on the wall that has not been there before the clocks were changed. */
  #firstNew({ from, offsetBefore }: ZoneSpan): number {
    return this.#fields.isPace ? Number.NEGATIVE_INFINITY : from + offsetBefore
  }

  // Looks at ever longer spans before `until`, going forward: what is found is what `next` finds, to the instant.
  latest(count: number, from: number, until: number): ReadonlyArray<number> {
    for (let spanMs = 3_600_000; ; spanMs *= 4) {
      const start = Math.max(from, until - spanMs)
      const instants: number[] = []
      for (let at = this.next(start); at !== undefined && at <= until; at = this.next(at)) instants.push(at)
      if (instants.length >= count || start === from) return count === 0 ? [] : instants.slice(-count)
    }
  }
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

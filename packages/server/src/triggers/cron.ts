import { Cron } from 'croner'
import { InvalidArgumentError } from '@tern/core'
import { every, type Schedule } from './instants.ts'

// Fires at wall-clock times of its zone. When clocks go forward, a time that is skipped fires at the end of the gap;
// when they go back, a time that comes twice fires the first time only. An expression with a `*` or a step in its
// minutes or hours means a pace rather than times of day, and goes by real time through both.
const fixedTimeRule = 'no-wildcard'

const aliases: Readonly<Record<string, string>> = {
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

/**
 * Reads a cron expression: five fields, an alias such as `@daily`, or `@every 90s`; before it may stand the zone, as in
 * `CRON_TZ=Europe/Berlin 0 9 * * *`. Times are those of the zone, UTC when there is none; `@every` counts from `from`.
 *
 * Throws InvalidArgumentError, also for an expression that never comes true.
 */
export function parseCron(text: string, timezone: string, from: number, field: string): Schedule {
  const { expression, zone } = splitZone(text.trim(), timezone)
  const problem = (what: string, hint: string = fieldHint) =>
    new InvalidArgumentError(`${field}: ${JSON.stringify(shorten(text))} ${what}`, { field, hint })
  if (expression === '') throw problem('has no fields')
  if (!isZone(zone)) {
    throw new InvalidArgumentError(`${field}: ${JSON.stringify(shorten(zone))} is not a time zone`, {
      field,
      hint: 'Name it as the IANA does, for example Europe/Berlin, America/New_York or UTC.',
    })
  }
  if (/^@every\b/.test(expression)) return toEvery(expression, from, problem)
  const fields = fieldsOf(expression, problem)
  try {
    parse(fields, zone)
  } catch (error) {
    throw problem(`is not a cron expression: ${reasonOf(error)}`)
  }
  if (nextOf(fields, zone, from) === undefined) {
    throw problem('never comes true', 'Choose a day that its months have.')
  }
  return new CronSchedule(fields, zone)
}

type Problem = (what: string, hint?: string) => InvalidArgumentError

function splitZone(text: string, timezone: string): { readonly expression: string; readonly zone: string } {
  const match = /^(?:CRON_TZ|TZ)=(\S+)\s*(.*)$/s.exec(text)
  const zone = timezone.trim()
  if (match === null) return { expression: text, zone: zone || 'UTC' }
  return { expression: match[2] ?? '', zone: zone || (match[1] ?? '') }
}

function isZone(zone: string): boolean {
  if (!/^[A-Za-z][\w+\-/]{0,63}$/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
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

function fieldsOf(expression: string, problem: Problem): string {
  const awsHint = 'Leave out "cron(" and the year: cron(0 9 ? * MON-FRI *) is written 0 9 * * MON-FRI.'
  if (/^cron\(/i.test(expression)) throw problem('is written as for AWS', awsHint)
  if (/^rate\(/i.test(expression)) {
    throw problem('is written as for AWS', 'Use a fixed rate, or for example "@every 5m" or "*/5 * * * *".')
  }
  if (expression.startsWith('@')) {
    const alias = aliases[expression.toLowerCase()]
    if (alias !== undefined) return alias
    throw problem('is not a known alias', `Use ${Object.keys(aliases).join(', ')} or @every.`)
  }
  const fields = expression.split(/\s+/)
  if (fields.length === 6 || fields.length === 7) {
    throw problem(
      `has ${fields.length} fields, not five: seconds and years cannot be given`,
      'Leave out the seconds before, or the year after, minute hour day-of-month month day-of-week.',
    )
  }
  if (fields.length !== 5) throw problem(`has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, not five`)
  return fields.map((field, index) => normalize(field, index, problem)).join(' ')
}

const maxima = [59, 23, 31, 12, 6] as const
const names = [
  undefined,
  undefined,
  undefined,
  'jan feb mar apr may jun jul aug sep oct nov dec',
  'sun mon tue wed thu fri sat',
]

// What cron programs agree on, and no more: the parser below knows extensions that other servers of Flyte refuse.
function normalize(field: string, index: number, problem: Problem): string {
  const known = names[index]?.split(' ') ?? []
  for (const word of field.toLowerCase().match(/[a-z#]+/g) ?? []) {
    if (!known.includes(word)) throw problem(`has ${JSON.stringify(shorten(field))}, which is not a value there`)
  }
  return (
    field
      .replaceAll('?', '*')
      // `5/15` is short for every 15 from 5 on.
      .replace(/(^|,)(\d+)\/(\d+)/g, (_, before, start, step) => `${before}${start}-${maxima[index]}/${step}`)
  )
}

/** A parsed expression, and what it answered last: schedules that are the same are asked the same. */
interface Parsed {
  readonly cron: Cron
  time: number
  next: number | undefined
}

// A parsed expression takes 80 KB: those in use are kept, and the others read again when their time comes.
const maxParsed = 256
const parsed = new Map<string, Parsed>()

function nextOf(fields: string, zone: string, time: number): number | undefined {
  const known = parse(fields, zone)
  if (known.time === time) return known.next
  known.next = known.cron.nextRun(new Date(time))?.getTime()
  known.time = time
  return known.next
}

function parse(fields: string, zone: string): Parsed {
  const id = `${zone} ${fields}`
  const known = parsed.get(id)
  if (known !== undefined) parsed.delete(id)
  const options = { timezone: zone, paused: true, mode: '5-part', fixedTimeRule } as const
  const entry = known ?? { cron: new Cron(fields, options), time: Number.NaN, next: undefined }
  parsed.set(id, entry)
  if (parsed.size > maxParsed) forgetOldest()
  return entry
}

function forgetOldest(): void {
  for (const oldest of parsed.keys()) {
    parsed.delete(oldest)
    return
  }
}

class CronSchedule implements Schedule {
  readonly #fields: string
  readonly #zone: string

  constructor(fields: string, zone: string) {
    this.#fields = fields
    this.#zone = zone
  }

  next(time: number): number | undefined {
    return nextOf(this.#fields, this.#zone, time)
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

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^CronPattern: /, '')
}

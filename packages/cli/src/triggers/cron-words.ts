import { cronAliases } from '@tern/core/schedule'

/**
 * A cron expression as people say it, e.g. `at 09:00, Mon to Fri`; undefined for one that takes more words than it is
 * worth.
 */
export function cronWords(expression: string): string | undefined {
  const text = expression
    .trim()
    .replace(/^(?:CRON_TZ|TZ)=\S+\s*/, '')
    .toLowerCase()
  const interval = /^@every\s+(\S+)$/.exec(text)
  if (interval !== null) return `every ${interval[1]}`
  const fields = (cronAliases[text] ?? text).replaceAll('?', '*').split(/\s+/)
  if (fields.length !== 5) return undefined
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const parts = [timeWords(minute, hour), daysWords(day, weekday), monthWords(month)]
  if (parts.includes(undefined)) return undefined
  return parts.filter((part) => part !== '').join(', ')
}

/** The zone that stands before the fields, as in `CRON_TZ=Europe/Berlin 0 9 * * *`. */
export function zoneInCron(expression: string): string | undefined {
  return /^\s*(?:CRON_TZ|TZ)=(\S+)/.exec(expression)?.[1]
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const maxTimes = 4

function timeWords(minute: string, hour: string): string | undefined {
  const everyMinutes = stepOf(minute)
  if (everyMinutes !== undefined && hour === '*') return every(everyMinutes, 'minute')
  const minutes = numbers(minute)
  if (minutes === undefined || minutes.length > maxTimes) return undefined
  const everyHours = stepOf(hour)
  if (everyHours !== undefined) {
    const past = minutes.length === 1 && minutes[0] === 0 ? '' : ` at ${minutes.map((m) => `:${two(m)}`).join(', ')}`
    return `${every(everyHours, 'hour')}${past}`
  }
  const range = /^(\d+)-(\d+)$/.exec(hour)
  const [only = 0, ...others] = minutes
  if (range !== null && others.length === 0) {
    return `every hour from ${two(Number(range[1]))}:${two(only)} to ${two(Number(range[2]))}:${two(only)}`
  }
  const hours = numbers(hour)
  if (hours === undefined || hours.length * minutes.length > maxTimes) return undefined
  return `at ${hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`)).join(', ')}`
}

/** Empty when every day counts and nothing needs to be said. */
function daysWords(day: string, weekday: string): string | undefined {
  const days = numbers(day)
  const onDays = day === '*' ? '' : days === undefined ? undefined : `on day ${days.join(', ')}`
  const onWeekdays = weekday === '*' ? '' : named(weekday, weekdays, 0, 7)
  if (onDays === undefined || onWeekdays === undefined) return undefined
  return [onDays, onWeekdays].filter(Boolean).join(' or ')
}

function monthWords(month: string): string | undefined {
  if (month === '*') return ''
  const words = named(month, months, 1, 12)
  return words === undefined ? undefined : `in ${words}`
}

/** `*` is 1, an asterisk with a step of 5 is 5; undefined for all else. */
function stepOf(field: string): number | undefined {
  if (field === '*') return 1
  const step = /^\*\/(\d+)$/.exec(field)?.[1]
  return step === undefined ? undefined : Number(step)
}

function numbers(field: string): number[] | undefined {
  return /^\d+(,\d+)*$/.test(field) ? field.split(',').map(Number) : undefined
}

/** Names for numbers or short names, alone, in lists and in ranges. */
function named(field: string, names: readonly string[], first: number, last: number): string | undefined {
  const one = (text: string): string | undefined => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (number >= first && number <= last) return names[(number - first) % names.length]
    return names.find((name) => name.toLowerCase() === text)
  }
  const items = field.split(',').map((item) => {
    const ends = item.split('-').map(one)
    return ends.length > 2 || ends.includes(undefined) ? undefined : ends.join(' to ')
  })
  return items.includes(undefined) ? undefined : items.join(', ')
}

function every(count: number, unit: string): string {
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

/** The five fields of a cron expression: which values each of them has. */
export interface CronFields {
  /** In ascending order. */
  readonly minutes: ReadonlyArray<number>
  /** In ascending order. */
  readonly hours: ReadonlyArray<number>
  /** Bit n for day n, from 1. */
  readonly days: number
  /** Bit n for month n, from 1. */
  readonly months: number
  /** Bit n for day n of the week, Sunday being 0. */
  readonly weekdays: number
  /** Both days are restricted, and either is enough. */
  readonly isEitherDay: boolean
  /** Minutes or hours have a `*` or a step: a pace rather than times of day. */
  readonly isPace: boolean
}

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly words?: ReadonlyArray<string>
}

const fields: ReadonlyArray<Field> = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  // 7 is Sunday, too.
  { name: 'day of week', min: 0, max: 7, words: 'sun mon tue wed thu fri sat'.split(' ') },
]

const dayMs = 24 * 60 * 60_000
const minuteMs = 60_000
// Two 29ths of February are at most eight years apart.
const farthestDays = 9 * 366

/** Reads five fields, in lower case or upper. Throws an Error whose message goes on after the expression. */
export function readCronFields(texts: ReadonlyArray<string>): CronFields {
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = fields.map((field, index) =>
    valuesOf((texts[index] ?? '').toLowerCase(), field),
  )
  const isAny = (index: number) => texts[index] === '*' || texts[index] === '?'
  return {
    minutes,
    hours,
    days: bitsOf(days),
    months: bitsOf(months),
    weekdays: bitsOf(weekdays.map((day) => day % 7)),
    isEitherDay: !isAny(2) && !isAny(4),
    isPace: [0, 1].some((index) => /[*?/]/.test(texts[index] ?? '')),
  }
}

/** The first time at or after `time` that fits, on a clock that is never changed; undefined when there is none. */
export function nextFit(cron: CronFields, time: number): number | undefined {
  let day = Math.floor(time / dayMs)
  let minute = Math.ceil((time - day * dayMs) / minuteMs)
  for (const last = day + farthestDays; day <= last; minute = 0) {
    const date = new Date(day * dayMs)
    if ((cron.months & (1 << (date.getUTCMonth() + 1))) === 0) {
      day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1) / dayMs
      continue
    }
    const fit = isOnDay(cron, date) ? fitOfDay(cron, minute) : undefined
    if (fit !== undefined) return day * dayMs + fit * minuteMs
    day += 1
  }
  return undefined
}

function isOnDay({ days, weekdays, isEitherDay }: CronFields, date: Date): boolean {
  const onDay = (days & (1 << date.getUTCDate())) !== 0
  const onWeekday = (weekdays & (1 << date.getUTCDay())) !== 0
  return isEitherDay ? onDay || onWeekday : onDay && onWeekday
}

/** The first minute of a day, at or after one, that fits. */
function fitOfDay({ hours, minutes }: CronFields, from: number): number | undefined {
  for (const hour of hours) {
    if (hour * 60 + 59 < from) continue
    const minute = minutes.find((each) => hour * 60 + each >= from)
    if (minute !== undefined) return hour * 60 + minute
  }
  return undefined
}

function valuesOf(text: string, field: Field): ReadonlyArray<number> {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const { from, to, step } = rangeOf(part, field)
    for (let value = from; value <= to; value += step) values.add(value)
  }
  return Array.from(values).sort((a, b) => a - b)
}

function rangeOf(part: string, field: Field) {
  const [, low = '', high, every] = /^([^-/]*)(?:-([^-/]*))?(?:\/(.*))?$/s.exec(part) ?? [undefined, part]
  const step = every === undefined ? 1 : stepOf(part, every)
  if ((low === '*' || low === '?') && high === undefined) return { from: field.min, to: field.max, step }
  const from = valueOf(part, low, field)
  // `5/15` is short for every 15 from 5 on.
  const to = high !== undefined ? valueOf(part, high, field) : every === undefined ? from : field.max
  if (to < from) throw new Error(`has ${quote(part)}, which ends before it begins`)
  return { from, to, step }
}

function stepOf(part: string, text: string): number {
  const step = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (step < 1) throw new Error(`has ${quote(part)}, whose step is not a number from 1 on`)
  return step
}

function valueOf(part: string, text: string, { name, min, max, words = [] }: Field): number {
  const word = words.indexOf(text)
  const value = word >= 0 ? word + min : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  const allowed = `${min} to ${max}${words.length > 0 ? ` and ${words[0]?.toUpperCase()} to ${words.at(-1)?.toUpperCase()}` : ''}`
  throw new Error(`has ${quote(part)}, which is not a ${name}: those are ${allowed}`)
}

function bitsOf(values: ReadonlyArray<number>): number {
  return values.reduce((bits, value) => bits | (1 << value), 0)
}

function quote(text: string): string {
  return JSON.stringify(text.toUpperCase())
}

// Says when cron expressions fire, by walking over every minute and looking at the clock on the wall. It shares nothing
// with the scheduler: neither its cron parser nor its arithmetic of zones.

const minuteMs = 60_000
const quarter = 15

/** The minutes of a span, as the clocks of a zone show them. */
export interface WallClock {
  readonly from: number
  readonly count: number
  /** Minutes since 1970 on the wall, by minute of the span. */
  readonly local: Float64Array
  readonly minutes: Uint8Array
  readonly hours: Uint8Array
  readonly days: Uint8Array
  readonly months: Uint8Array
  readonly weekdays: Uint8Array
}

/** Reads the clock of a zone at every minute after `from`, up to `until`. */
export function wallClock(zone: string, from: number, until: number): WallClock {
  const count = Math.round((until - from) / minuteMs)
  const clock: WallClock = {
    from,
    count,
    local: localMinutes(zone, from, count),
    minutes: new Uint8Array(count + 1),
    hours: new Uint8Array(count + 1),
    days: new Uint8Array(count + 1),
    months: new Uint8Array(count + 1),
    weekdays: new Uint8Array(count + 1),
  }
  for (let index = 0; index <= count; index++) {
    const date = new Date(clock.local[index]! * minuteMs)
    clock.minutes[index] = date.getUTCMinutes()
    clock.hours[index] = date.getUTCHours()
    clock.days[index] = date.getUTCDate()
    clock.months[index] = date.getUTCMonth() + 1
    clock.weekdays[index] = date.getUTCDay()
  }
  return clock
}

// Asked minute by minute where the offset changes; a quarter of an hour that ends with the offset it began with has had it
// throughout, since no zone has changed twice within one.
function localMinutes(zone: string, from: number, count: number): Float64Array {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const read = (index: number): number => {
    const [year, month, day, hour, minute] = format
      .format(from + index * minuteMs)
      .split(/\D+/)
      .map(Number)
    return Date.UTC(year!, month! - 1, day, hour, minute) / minuteMs
  }
  const local = new Float64Array(count + 1)
  local[0] = read(0)
  for (let start = 0; start < count; start += quarter) {
    const end = Math.min(start + quarter, count)
    local[end] = read(end)
    const isSteady = local[end]! - local[start]! === end - start
    for (let index = start + 1; index < end; index++) {
      local[index] = isSteady ? local[start]! + index - start : read(index)
    }
  }
  return local
}

interface Fields {
  readonly minutes: Uint8Array
  readonly hours: Uint8Array
  readonly days: Uint8Array
  readonly months: Uint8Array
  readonly weekdays: Uint8Array
  /** Whether either day is enough. */
  readonly eitherDay: boolean
  /** Whether it is a pace rather than times of day. */
  readonly isPace: boolean
}

/** The instants at which an expression fires, after the beginning of the span. */
export function expectedInstants(expression: string, clock: WallClock): ReadonlyArray<number> {
  const fields = readFields(expression)
  const fires: number[] = []
  const seen = new Set<number>()
  for (let index = 1; index <= clock.count; index++) {
    const gap = clock.local[index]! - clock.local[index - 1]! - 1
    const isDue = matchesAt(fields, clock, index) || (gap > 0 && !fields.isPace && matchesInGap(fields, clock, index))
    if (!isDue) continue
    // A time of day that comes twice counts the first time; a gap that it fell into fires at the end.
    const local = clock.local[index]!
    if (!fields.isPace && seen.has(local)) continue
    seen.add(local)
    fires.push(clock.from + index * minuteMs)
  }
  return fires
}

function matchesAt(fields: Fields, clock: WallClock, index: number): boolean {
  if (fields.minutes[clock.minutes[index]!] === 0 || fields.hours[clock.hours[index]!] === 0) return false
  return isOnDay(fields, clock.months[index]!, clock.days[index]!, clock.weekdays[index]!)
}

function matchesInGap(fields: Fields, clock: WallClock, end: number): boolean {
  for (let local = clock.local[end - 1]! + 1; local < clock.local[end]!; local++) {
    const date = new Date(local * minuteMs)
    if (fields.minutes[date.getUTCMinutes()] === 0 || fields.hours[date.getUTCHours()] === 0) continue
    if (isOnDay(fields, date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay())) return true
  }
  return false
}

function isOnDay(fields: Fields, month: number, day: number, weekday: number): boolean {
  if (fields.months[month] === 0) return false
  const [onDay, onWeekday] = [fields.days[day] === 1, fields.weekdays[weekday] === 1]
  return fields.eitherDay ? onDay || onWeekday : onDay && onWeekday
}

function readFields(expression: string): Fields {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = expression.split(' ')
  return {
    minutes: readField(minute, 0, 59),
    hours: readField(hour, 0, 23),
    days: readField(day, 1, 31),
    months: readField(month, 1, 12, 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '), 1),
    weekdays: readField(weekday, 0, 6, 'SUN MON TUE WED THU FRI SAT'.split(' '), 0),
    eitherDay: day !== '*' && weekday !== '*',
    isPace: /[*/]/.test(minute) || /[*/]/.test(hour),
  }
}

function readField(text: string, min: number, max: number, names: string[] = [], first = 0): Uint8Array {
  const value = (word: string) => (names.includes(word) ? names.indexOf(word) + first : Number(word))
  const set = new Uint8Array(max + 1)
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/')
    const [low = '', high = low] = range.split('-')
    const [begin, end] = range === '*' ? [min, max] : [value(low), value(high)]
    for (let number = begin; number <= end; number += Number(step)) set[number] = 1
  }
  return set
}

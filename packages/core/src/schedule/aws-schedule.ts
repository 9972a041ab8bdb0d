/** What an expression of AWS (EventBridge) is here. */
export interface AwsSchedule {
  /** How to write it; undefined when there is no way. */
  readonly here: string | undefined
  /** What there is no way for. */
  readonly problem?: string
}

const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const units: Readonly<Record<string, string>> = { minute: 'm', hour: 'h', day: 'h' }

/** Undefined for what is not written as for AWS: `cron(…)`, `rate(…)`, or six fields with a `?` for a day and a year. */
export function readAwsSchedule(expression: string): AwsSchedule | undefined {
  const rate = /^rate\(\s*(\d{1,6})\s+(minute|hour|day)s?\s*\)$/i.exec(expression)
  if (rate !== null) {
    const [, count = '', unit = ''] = rate
    const value = unit.toLowerCase() === 'day' ? Number(count) * 24 : Number(count)
    return { here: `@every ${value}${units[unit.toLowerCase()]}` }
  }
  if (/^rate\(/i.test(expression)) return { here: undefined, problem: 'its rate cannot be read' }
  const wrapped = /^cron\((.*)\)$/is.exec(expression)
  const fields = (wrapped?.[1] ?? expression).trim().split(/\s+/)
  if (wrapped !== null || /^cron\(/i.test(expression)) {
    return fields.length === 6 ? fromFields(fields) : { here: undefined, problem: 'it does not have six fields' }
  }
  const isAws =
    fields.length === 6 && (fields[2] === '?' || fields[4] === '?') && /^(\*|\d{4}[\d,/-]*)$/.test(fields[5] ?? '')
  return isAws ? fromFields(fields) : undefined
}

function fromFields([minute = '', hour = '', day = '', month = '', weekday = '', year = '']: ReadonlyArray<string>) {
  if (/[LW#]/i.test(day) || /[L#]/i.test(weekday.replace(/[A-Z]{3}/gi, ''))) {
    return { here: undefined, problem: 'L, W and # cannot be given' }
  }
  if (year !== '*') return { here: undefined, problem: 'a year cannot be given' }
  return { here: [minute, hour, any(day), month, any(toNames(weekday))].join(' ') }
}

function any(field: string): string {
  return field === '?' ? '*' : field
}

/** The days of the week have numbers from 1 there, and from 0 here. */
function toNames(weekday: string): string {
  return weekday.replace(/(^|[,-])([1-7])(?=$|[,/-])/g, (_, before: string, day: string) => {
    return `${before}${days[Number(day) - 1]}`
  })
}

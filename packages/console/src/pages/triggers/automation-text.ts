import { FixedRateUnit, type Schedule, type TriggerAutomationSpec } from '@tern/idl/task'

/** What starts the runs of a trigger, for people. */
export interface AutomationText {
  readonly words: string
  /** As it was written, where that says more. */
  readonly code?: string
  /** The time zone that the words are in. */
  readonly zone?: string
}

export function automationText({ automation }: TriggerAutomationSpec): AutomationText {
  switch (automation.case) {
    case 'schedule':
      return scheduleText(automation.value)
    case 'artifact': {
      const { artifactName, version } = automation.value
      return { words: version === '' ? `Each version of ${artifactName}` : `Version ${version} of ${artifactName}` }
    }
    default:
      return { words: 'By hand' }
  }
}

/** When a schedule starts runs. */
export function scheduleText({ expression }: Schedule): AutomationText {
  switch (expression.case) {
    case 'cron':
      return cronText(expression.value.expression, expression.value.timezone)
    case 'cronExpression':
      return cronText(expression.value, '')
    case 'rate':
      return { words: every(expression.value.value, units[expression.value.unit] ?? 'unit') }
    default:
      return { words: 'By hand' }
  }
}

const units: Readonly<Record<number, string>> = {
  [FixedRateUnit.MINUTE]: 'minute',
  [FixedRateUnit.HOUR]: 'hour',
  [FixedRateUnit.DAY]: 'day',
}

function every(count: number, unit: string): string {
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`
}

function cronText(text: string, timezone: string): AutomationText {
  const [, prefix = '', code = ''] = /^(?:(?:CRON_TZ|TZ)=(\S+))?\s*(.*)$/s.exec(text.trim()) ?? []
  const words = cronWords(code.trim())
  // A pace is the same in every zone.
  if (code.startsWith('@every')) return { words: words ?? code, code }
  return { words: words ?? 'By cron', code, zone: timezone || prefix || 'UTC' }
}

const aliases: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/** A cron expression in words; undefined for one that has no short ones. */
export function cronWords(code: string): string | undefined {
  if (code.startsWith('@every')) return `Every ${code.slice('@every'.length).trim()}`
  const fields = (aliases[code.toLowerCase()] ?? code).split(/\s+/).map((field) => (field === '?' ? '*' : field))
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const on = whichDays(day, month, weekday)
  if (on === undefined) return undefined
  if (on === everyDay) {
    if (hour === '*') return hourlyWords(minute)
    const step = /^\*\/(\d+)$/.exec(hour)?.[1]
    if (step !== undefined && minute === '0' && 24 % Number(step) === 0) return every(Number(step), 'hour')
  }
  const hours = hour.split(',')
  if (!isNumber(minute) || !hours.every(isNumber)) return undefined
  return `${on} at ${hours.map((each) => `${each.padStart(2, '0')}:${minute.padStart(2, '0')}`).join(', ')}`
}

const everyDay = 'Every day'

function hourlyWords(minute: string): string | undefined {
  if (minute === '*') return 'Every minute'
  const step = /^\*\/(\d+)$/.exec(minute)?.[1]
  if (step !== undefined) return 60 % Number(step) === 0 ? every(Number(step), 'minute') : undefined
  if (!isNumber(minute)) return undefined
  return minute === '0' ? 'Every hour' : `Every hour at :${minute.padStart(2, '0')}`
}

function whichDays(day: string, month: string, weekday: string): string | undefined {
  if (month !== '*') return undefined
  if (day === '*' && weekday === '*') return everyDay
  if (weekday === '*') return isNumber(day) ? `On day ${day} of every month` : undefined
  if (day !== '*') return undefined
  const range = /^(\w+)-(\w+)$/.exec(weekday)
  if (range !== null) return rangeWords(dayOf(range[1]), dayOf(range[2]))
  const listed = weekday.split(',').map(dayOf)
  return listed.every((each) => each !== undefined) ? `Every ${listed.join(', ')}` : undefined
}

function rangeWords(from: string | undefined, to: string | undefined): string | undefined {
  return from === undefined || to === undefined ? undefined : `${from} to ${to}`
}

function dayOf(text = ''): string | undefined {
  return /^\d$/.test(text) ? days[Number(text)] : days[dayNames.indexOf(text.toUpperCase())]
}

function isNumber(text: string): boolean {
  return /^\d{1,2}$/.test(text)
}

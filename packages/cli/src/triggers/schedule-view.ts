import { formatDuration, formatTimestamp, fromTimestamp } from '@tern/core'
import { FixedRateUnit, type Schedule, type TriggerAutomationSpec } from '@tern/idl/task'
import type { TriggerStatus } from '@tern/idl/trigger'
import { toSchedule } from '@tern/core/schedule'
import { textOrNull } from '../views/wire-values.ts'
import { cronWords, zoneInCron } from './cron-words.ts'

/** What starts the runs of a trigger, as `-o json` shows it. */
export interface ScheduleView {
  readonly type: 'CRON' | 'RATE' | 'ARTIFACT' | 'NONE'
  /** In words, e.g. `at 09:00, Mon to Fri, Europe/Berlin`. */
  readonly text: string
  /** Of a cron schedule. */
  readonly cron: string | null
  /** The zone that the cron expression is read in. */
  readonly timeZone: string | null
  /** Of a rate. */
  readonly everyMs: number | null
  readonly startAt: string | null
  /** The artifact whose new versions start runs. */
  readonly artifact: { readonly name: string; readonly version: string | null } | null
  /** The input that takes the time a run is scheduled for, or the artifact. */
  readonly input: string | null
}

const nothing = {
  type: 'NONE',
  text: 'never',
  cron: null,
  timeZone: null,
  everyMs: null,
  startAt: null,
  artifact: null,
  input: null,
} as const

export function toScheduleView(automation: TriggerAutomationSpec | undefined): ScheduleView {
  switch (automation?.automation.case) {
    case 'schedule':
      return toTimeView(automation.automation.value)
    case 'artifact': {
      const { artifactName: name, version, inputArg } = automation.automation.value
      const text = version === '' ? `when artifact ${name} has a new version` : `when artifact ${name} is at ${version}`
      const artifact = { name, version: textOrNull(version) }
      return { ...nothing, type: 'ARTIFACT', text, artifact, input: textOrNull(inputArg) }
    }
    default:
      return nothing
  }
}

/** The same of a schedule alone. */
export function toTimeView({ expression, kickoffTimeInputArg }: Schedule): ScheduleView {
  const input = textOrNull(kickoffTimeInputArg)
  switch (expression.case) {
    case 'cron':
      return { ...cronView(expression.value.expression, expression.value.timezone), input }
    case 'cronExpression':
      return { ...cronView(expression.value, ''), input }
    case 'rate': {
      const { value, unit, startTime } = expression.value
      const everyMs = value * (unitMs[unit] ?? 0)
      const startAt = startTime === undefined ? null : formatTimestamp(startTime)
      const text = `every ${formatDuration(everyMs)}${startAt === null ? '' : ` from ${startAt}`}`
      return { ...nothing, type: 'RATE', text, everyMs, startAt, input }
    }
    default:
      return { ...nothing, input }
  }
}

function cronView(cron: string, zone: string): ScheduleView {
  const timeZone = zone || zoneInCron(cron) || 'UTC'
  const isPace = /@every/i.test(cron)
  const text = `${cronWords(cron) ?? cron}${isPace ? '' : `, ${timeZone}`}`
  return { ...nothing, type: 'CRON', text, cron, timeZone: isPace ? null : timeZone }
}

const minuteMs = 60_000
const unitMs: Readonly<Record<number, number>> = {
  [FixedRateUnit.MINUTE]: minuteMs,
  [FixedRateUnit.HOUR]: 60 * minuteMs,
  [FixedRateUnit.DAY]: 24 * 60 * minuteMs,
}

/**
 * The next instants that a trigger fires at, as ISO 8601; none for one that is off, or that time does not start. Those of a
 * rate without a start time are as near as what the server tells.
 */
export function nextFirings(
  { active, automationSpec, status }: NextFiringsRequest,
  count: number,
  now: number,
): readonly string[] {
  if (!active || automationSpec?.automation.case !== 'schedule') return []
  const since = [status?.updatedAt, status?.triggeredAt].map((time) => (time === undefined ? 0 : fromTimestamp(time)))
  return nextTimes(automationSpec.automation.value, { since: Math.max(...since), count, now })
}

/**
 * The next instants of a schedule, as ISO 8601.
 *
 * @param options `since` is when it was switched on, from which a rate without a start time counts
 */
export function nextTimes(
  message: Schedule,
  { since, count, now }: { readonly since: number; readonly count: number; readonly now: number },
): readonly string[] {
  const instants: string[] = []
  try {
    const schedule = toSchedule(message, since)
    for (let at = schedule.next(now); at !== undefined && instants.length < count; at = schedule.next(at)) {
      instants.push(new Date(at).toISOString())
    }
  } catch {
    // A server of somebody else's may know schedules that this one does not.
  }
  return instants
}

export interface NextFiringsRequest {
  readonly active: boolean
  readonly automationSpec?: TriggerAutomationSpec | undefined
  readonly status?: TriggerStatus | undefined
}

import { create } from '@bufbuild/protobuf'
import { durationMs, InvalidArgumentError, toTimestamp } from '@tern/core'
import {
  FixedRateUnit,
  type Schedule,
  ScheduleSchema,
  type TriggerAutomationSpec,
  TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { toSchedule } from '@tern/core/schedule'
import type { TriggerOptions } from '../commands/trigger-options.ts'
import { UsageError } from '../usage-error.ts'

type Given = Pick<TriggerOptions, 'schedule' | 'timezone' | 'every' | 'start' | 'kickoffArg' | 'triggerTimeVar'>

/**
 * What starts a trigger's runs, as flags say it; what they do not say stays as it is.
 *
 * @param present of the trigger that is changed
 * @throws UsageError naming the flag that is missing or wrong
 */
export function toAutomation(given: Given, present: TriggerAutomationSpec | undefined, now: number): Automation {
  const before = present?.automation.case === 'schedule' ? present.automation.value : undefined
  const input = given.kickoffArg ?? given.triggerTimeVar
  if (present !== undefined && before === undefined && !hasSchedule(given)) {
    if (input === undefined) return { spec: present, input: undefined }
    throw new UsageError('--kickoff-arg is for triggers that start by time', { hint: 'Give a --schedule too.' })
  }
  const kickoffTimeInputArg = input ?? before?.kickoffTimeInputArg ?? ''
  const schedule = create(ScheduleSchema, { expression: expressionOf(given, before?.expression), kickoffTimeInputArg })
  check(schedule, now)
  return {
    spec: create(TriggerAutomationSpecSchema, {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: { case: 'schedule', value: schedule },
    }),
    input: kickoffTimeInputArg || undefined,
  }
}

export interface Automation {
  readonly spec: TriggerAutomationSpec
  /** The input that takes the time. */
  readonly input: string | undefined
}

function hasSchedule({ schedule, every, timezone, start }: Given): boolean {
  return [schedule, every, timezone, start].some((value) => value !== undefined)
}

function expressionOf(
  { schedule, timezone, every, start }: Given,
  before: Schedule['expression'] | undefined,
): Schedule['expression'] {
  const isRate = every !== undefined || (schedule === undefined && before?.case === 'rate')
  if (isRate && timezone !== undefined) {
    throw new UsageError('--timezone is for --schedule; a fixed rate has none', { hint: 'Give --start with its zone.' })
  }
  if (isRate) return rateOf(every, start, before)
  if (start !== undefined) throw new UsageError('--start is for --every; a schedule has none')
  const zone = timezone ?? (before?.case === 'cron' ? before.value.timezone : '')
  const expression = schedule ?? cronOf(before)
  if (expression === undefined) {
    throw new UsageError('a trigger needs --schedule or --every', {
      hint: "For example --schedule '0 9 * * *' --timezone Europe/Berlin, or --every 15m.",
    })
  }
  return { case: 'cron', value: { $typeName: 'flyteidl2.task.Cron', expression, timezone: zone } }
}

function cronOf(before: Schedule['expression'] | undefined): string | undefined {
  if (before?.case === 'cron') return before.value.expression
  return before?.case === 'cronExpression' ? before.value : undefined
}

function rateOf(
  every: string | undefined,
  start: number | undefined,
  before: Schedule['expression'] | undefined,
): Schedule['expression'] {
  const present = before?.case === 'rate' ? before.value : undefined
  const startTime = start === undefined ? present?.startTime : toTimestamp(start)
  const rate = every === undefined ? present : periodOf(every)
  return {
    case: 'rate',
    value: {
      $typeName: 'flyteidl2.task.FixedRate',
      value: rate?.value ?? 0,
      unit: rate?.unit ?? FixedRateUnit.UNSPECIFIED,
      ...(startTime && { startTime }),
    },
  }
}

const minuteMs = 60_000
const units = [
  [FixedRateUnit.DAY, 24 * 60 * minuteMs],
  [FixedRateUnit.HOUR, 60 * minuteMs],
  [FixedRateUnit.MINUTE, minuteMs],
] as const

function periodOf(text: string): { value: number; unit: FixedRateUnit } {
  const ms = asUsage(() => durationMs(text, '--every'), 'Write for example 5m, 2h or 1d.')
  const unit = units.find(([, length]) => ms % length === 0)
  if (ms < minuteMs || unit === undefined) {
    throw new UsageError(`--every ${text} is not a number of whole minutes`, {
      hint: "For seconds, write --schedule '@every 90s'.",
    })
  }
  return { value: ms / unit[1], unit: unit[0] }
}

// The server would refuse it too; here it is known before anything is sent, and which flag is meant.
function check(schedule: Schedule, now: number): void {
  const flag = schedule.expression.case === 'rate' ? '--every' : '--schedule'
  asUsage(() => toSchedule(schedule, now), undefined, flag)
}

function asUsage<T>(read: () => T, hint?: string, flag?: string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    const message = flag === undefined ? error.message : error.message.replace(/^schedule\.[\w.]+/, flag)
    const named = message.includes('is not a time zone') ? message.replace(/^--schedule/, '--timezone') : message
    throw new UsageError(named, { hint: hint ?? error.hint, cause: error })
  }
}

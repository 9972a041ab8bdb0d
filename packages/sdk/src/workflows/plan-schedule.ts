import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { create } from '@bufbuild/protobuf'
import { type DurationInput, durationMs, InvalidArgumentError } from '@tern/core'
import { parseCron } from '@tern/core/schedule'
import { FixedRateUnit, type Schedule, ScheduleSchema } from '@tern/idl/task'
import { checkKeys, checkText, invalid } from '../authoring/check-values.ts'

/** What is said of a cron schedule. */
export interface CronOptions<K extends string = string> {
  /**
   * The time zone that it is read in, such as `Europe/Berlin`. When clocks go forward, a time that is skipped is at the end of
   * the gap; when they go back, one that comes twice is the first. Defaults to UTC.
   */
  readonly tz?: string | undefined
  /** The input, a `Date`, that is given the time for which a run is scheduled. Defaults to none. */
  readonly kickoffInput?: K | undefined
}

/** What is said of a schedule with a fixed rate. */
export interface EveryOptions<K extends string = string> {
  /** When the first run is. Defaults to one interval after the plan is activated. */
  readonly startAt?: Date | undefined
  /** The input, a `Date`, that is given the time for which a run is scheduled. Defaults to none. */
  readonly kickoffInput?: K | undefined
}

/** When a launch plan starts runs: what `cron` and `every` make. */
export interface PlanSchedule<K extends string = string> {
  /** Five fields of cron, or an alias, for one that `cron` made. */
  readonly cron: string | undefined
  readonly tz: string | undefined
  /** In minutes, for one that `every` made. */
  readonly everyMinutes: number | undefined
  readonly startAt: Date | undefined
  readonly kickoffInput: K | undefined
}

/** Flyte's names for aliases, which may stand without `@`. */
const aliases: Readonly<Record<string, string>> = {
  hourly: '@hourly',
  hours: '@hourly',
  daily: '@daily',
  days: '@daily',
  weekly: '@weekly',
  weeks: '@weekly',
  monthly: '@monthly',
  months: '@monthly',
  annually: '@annually',
  yearly: '@yearly',
  years: '@yearly',
}

const minuteMs = 60_000

/**
 * A schedule of cron, for a launch plan:
 *
 *     schedule: cron('0 2 * * *', { tz: 'Europe/Berlin', kickoffInput: 'at' })
 *
 * @param expression five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`
 * @throws InvalidArgumentError when it cannot be read, or never comes true
 */
export function cron<const K extends string = never>(
  expression: string,
  options: CronOptions<K> = {},
): PlanSchedule<K> {
  const what = 'cron'
  checkKeys(options, new Set(['tz', 'kickoffInput']), what)
  if (typeof expression !== 'string') throw invalid('schedule', 'cron: the expression must be a text')
  const { tz, kickoffInput } = options
  checkText(tz, `${what}: tz`)
  checkInputName(kickoffInput, what)
  const text = aliases[expression.trim().toLowerCase()] ?? expression
  if (/^\s*@every\b/i.test(text)) {
    throw invalid('schedule', `cron: ${JSON.stringify(expression)} is a rate`, "Write every('30m').")
  }
  parseCron(text, tz ?? '', Date.now(), 'schedule')
  return Object.freeze({ cron: text, tz, everyMinutes: undefined, startAt: undefined, kickoffInput })
}

/**
 * A schedule with a fixed rate, for a launch plan: `every('30m', { startAt })`.
 *
 * @param interval whole minutes, one or more
 * @throws InvalidArgumentError naming what is wrong
 */
export function every<const K extends string = never>(
  interval: DurationInput,
  options: EveryOptions<K> = {},
): PlanSchedule<K> {
  const what = 'every'
  checkKeys(options, new Set(['startAt', 'kickoffInput']), what)
  const { startAt, kickoffInput } = options
  if (startAt !== undefined && !(startAt instanceof Date && !Number.isNaN(startAt.getTime()))) {
    throw invalid('startAt', 'every: startAt must be a Date')
  }
  checkInputName(kickoffInput, what)
  const ms = durationMs(interval, 'every')
  if (!(ms >= minuteMs && ms % minuteMs === 0)) {
    throw invalid('schedule', `every ${JSON.stringify(interval)} must be a number of whole minutes, 1 or more`)
  }
  const first = startAt === undefined ? undefined : new Date(startAt)
  return Object.freeze({ cron: undefined, tz: undefined, everyMinutes: ms / minuteMs, startAt: first, kickoffInput })
}

function checkInputName(name: unknown, what: string): void {
  if (name === undefined || (typeof name === 'string' && name !== '')) return
  throw invalid('kickoffInput', `${what}: kickoffInput must be the name of an input`)
}

const made: readonly (keyof PlanSchedule)[] = ['cron', 'tz', 'everyMinutes', 'startAt', 'kickoffInput']

/** @throws InvalidArgumentError for what neither `cron` nor `every` made */
export function checkSchedule(given: unknown, what: string): void {
  if (given === undefined) return
  if (typeof given === 'object' && given !== null && made.every((key) => key in given)) return
  throw new InvalidArgumentError(`${what}: schedule must be what cron(…) or every(…) makes`, { field: 'schedule' })
}

/** The schedule as the wire has it: a rate in the largest unit that it is a whole number of. */
export function toWireSchedule({
  cron: expression,
  tz,
  everyMinutes = 0,
  startAt,
  kickoffInput,
}: PlanSchedule): Schedule {
  const kickoffTimeInputArg = kickoffInput ?? ''
  if (expression !== undefined) {
    return create(ScheduleSchema, {
      expression: { case: 'cron', value: { expression, timezone: tz ?? 'UTC' } },
      kickoffTimeInputArg,
    })
  }
  const { value, unit } = toRate(everyMinutes)
  return create(ScheduleSchema, {
    expression: {
      case: 'rate',
      value: { value, unit, ...(startAt === undefined ? {} : { startTime: timestampFromDate(startAt) }) },
    },
    kickoffTimeInputArg,
  })
}

function toRate(minutes: number): { readonly value: number; readonly unit: FixedRateUnit } {
  if (minutes % (24 * 60) === 0) return { value: minutes / (24 * 60), unit: FixedRateUnit.DAY }
  if (minutes % 60 === 0) return { value: minutes / 60, unit: FixedRateUnit.HOUR }
  return { value: minutes, unit: FixedRateUnit.MINUTE }
}

import { type FixedRate, FixedRateUnit, type Schedule as ScheduleMessage } from '@tern/idl/task'
import { InvalidArgumentError } from '../errors.ts'
import { fromTimestamp } from '../timestamps.ts'
import { parseCron } from './cron.ts'
import { every, type Schedule } from './instants.ts'

/**
 * Reads a schedule. A rate without a start time counts from `from`, when the schedule began to count.
 *
 * @throws InvalidArgumentError naming the field, below `field`
 */
export function toSchedule({ expression }: ScheduleMessage, from: number, field = 'schedule'): Schedule {
  switch (expression.case) {
    case 'cron':
      return parseCron(expression.value.expression, expression.value.timezone, from, `${field}.cron`)
    case 'cronExpression':
      return parseCron(expression.value, '', from, `${field}.cron_expression`)
    case 'rate':
      return toRate(expression.value, from, `${field}.rate`)
    default:
      throw new InvalidArgumentError(`${field}.expression: value is required`, { field: `${field}.expression` })
  }
}

const minuteMs = 60_000
const unitMs: Readonly<Record<number, number>> = {
  [FixedRateUnit.MINUTE]: minuteMs,
  [FixedRateUnit.HOUR]: 60 * minuteMs,
  [FixedRateUnit.DAY]: 24 * 60 * minuteMs,
}

// Far above every use; its multiples are still times that can be told.
const longestPeriodMs = 100 * 365 * 24 * 60 * minuteMs

function toRate({ value, unit, startTime }: FixedRate, from: number, field: string): Schedule {
  const unitLength = unitMs[unit]
  if (unitLength === undefined) throw invalid(`${field}.unit`, 'must be MINUTE, HOUR or DAY')
  if (value < 1) throw invalid(`${field}.value`, 'must be at least 1')
  const periodMs = value * unitLength
  if (periodMs > longestPeriodMs) throw invalid(`${field}.value`, `${value} is longer than 100 years`)
  if (startTime === undefined) return every(periodMs, from, 1)
  return every(periodMs, fromTimestamp(startTime), 0)
}

function invalid(field: string, problem: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: ${problem}`, { field })
}

import { durationMs } from '@tern/core'
import { invalid } from './check-values.ts'
import type { TimeoutOption, TimeoutPolicy } from './task-options.ts'

const timeoutKeys = new Set(['maxRuntime', 'maxQueuedTime', 'deadline'])

/** The time limits in milliseconds; 0 means no limit. */
export function toTimeoutsMs(timeout: TimeoutOption): {
  maxRuntimeMs: number
  maxQueuedMs: number
  deadlineMs: number
} {
  const policy = isTimeoutPolicy(timeout) ? timeout : { maxRuntime: timeout }
  return {
    maxRuntimeMs: limitMs(policy.maxRuntime, 'timeout.maxRuntime'),
    maxQueuedMs: limitMs(policy.maxQueuedTime, 'timeout.maxQueuedTime'),
    deadlineMs: limitMs(policy.deadline, 'timeout.deadline'),
  }
}

/** Whether `timeout` is an object of limits, not itself a duration. */
export function isTimeoutPolicy(timeout: TimeoutOption): timeout is TimeoutPolicy {
  return typeof timeout === 'object' && Object.keys(timeout).every((key) => timeoutKeys.has(key))
}

function limitMs(limit: TimeoutPolicy['deadline'], field: string): number {
  if (limit === undefined || limit === 0) return 0
  const ms = durationMs(limit, field)
  if (ms < 0) throw invalid(field, `${field} ${JSON.stringify(limit)} must not be negative`)
  return ms
}

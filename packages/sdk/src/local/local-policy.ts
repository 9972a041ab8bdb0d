import { fromProtoDuration } from '@tern/core'
import { type RetryPolicy, systemBackoff } from '@tern/core/engine'
import type { ConditionAction } from '@tern/idl/workflow'
import { toRetryPolicy } from '../authoring/retry-options.ts'
import { toTimeoutsMs } from '../authoring/timeout-options.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'

/** What a local run does about failures and limits of time: what a server does that was started with no options. */
export interface LocalPolicy {
  readonly retry: RetryPolicy
  /** In milliseconds; null for no limit. */
  readonly maxRuntimeMs: number | null
  readonly maxQueuedMs: number | null
  readonly deadlineMs: number | null
}

const systemRetries = 3

export function policyOfTask({ options }: TaskDefinition): LocalPolicy {
  const { count, backoff, onTimeout } = toRetryPolicy(options.retries)
  const { maxRuntimeMs, maxQueuedMs, deadlineMs } = toTimeoutsMs(options.timeout)
  return {
    retry: {
      userRetries: count,
      systemRetries,
      backoff: backoff ?? null,
      systemBackoff,
      retriesTimeouts: onTimeout,
    },
    maxRuntimeMs: maxRuntimeMs || null,
    maxQueuedMs: maxQueuedMs || null,
    deadlineMs: deadlineMs || null,
  }
}

export function policyOfCondition({ timeout }: ConditionAction): LocalPolicy {
  return { ...noPolicy, deadlineMs: timeout === undefined ? null : fromProtoDuration(timeout).milliseconds }
}

export const noPolicy: LocalPolicy = {
  retry: { userRetries: 0, systemRetries: 0, backoff: null, systemBackoff, retriesTimeouts: false },
  maxRuntimeMs: null,
  maxQueuedMs: null,
  deadlineMs: null,
}

/** Of the task itself, and not of a server. */
export function ownLimit(limitMs: number): { readonly limitMs: number; readonly isDefault: false } {
  return { limitMs, isDefault: false }
}

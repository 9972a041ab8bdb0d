import { ActionPhase } from '@tern/idl/common'
import { type Backoff, backoffDelayMs } from '../backoff.ts'
import type { TaskFailure } from '../task-error.ts'
import { end, type Lifecycle, retry, type Transition } from './lifecycle-state.ts'

/**
 * What decides between another attempt and the end. Budgets are separate: users pay for their errors only. A failure that is
 * not recoverable ends the action, whatever is left of either.
 */
export interface RetryPolicy {
  /** Further attempts after failures of the user's code, 0 to 10. */
  readonly userRetries: number
  /** Further attempts after failures that are not the task's: a lost worker, a storage fault. */
  readonly systemRetries: number
  /** Delay before the retries of the user's budget; null for none. */
  readonly backoff: Backoff | null
  /**
   * Delay before the retries of the system budget, from the second on. The first comes at once: what is lost is mostly lost
   * once, and people wait for it.
   */
  readonly systemBackoff: Backoff
  /** Whether the user's budget may be spent on an attempt that ran too long. */
  readonly retriesTimeouts: boolean
}

/** Between retries of the system budget: 1 s, 4 s, 16 s, then a minute, each drawn from 0 to that. */
export const systemBackoff: Backoff = { baseMs: 1_000, factor: 4, capMs: 60_000, jitter: true }

/** The current attempt failed: another one, if its budget pays for it. */
export function fail(
  state: Lifecycle,
  event: { readonly at: number; readonly failure: TaskFailure; readonly random?: number },
  policy: RetryPolicy,
): Transition {
  const { failure, at, random = 1 } = event
  const { systemFailures, userFailures } = state
  const isSystem = failure.kind === 'system'
  const hasBudget = isSystem ? systemFailures < policy.systemRetries : userFailures < policy.userRetries
  if (!failure.recoverable || !hasBudget) return end(state, ActionPhase.FAILED, at, failure)
  if (!isSystem) return retryAfterBackoff(state, ActionPhase.FAILED, failure, at, policy)
  const notBefore = timeAfter(state, at, systemDelayMs(policy, systemFailures, random))
  return retry(state, ActionPhase.FAILED, failure, at, { systemFailures: systemFailures + 1, notBefore })
}

function systemDelayMs({ systemBackoff }: RetryPolicy, failures: number, random: number): number {
  return failures === 0 ? 0 : backoffDelayMs(systemBackoff, failures - 1, () => random)
}

/**
 * The longest that the current attempt may have been made to back off, in milliseconds. What a clock says that has been set
 * since must not make it longer.
 */
export function longestBackoffMs({ failure, systemFailures, userFailures }: Lifecycle, policy: RetryPolicy): number {
  if (failure?.kind === 'system') return systemDelayMs(policy, Math.max(0, systemFailures - 1), 1)
  return policy.backoff === null ? 0 : backoffDelayMs(policy.backoff, Math.max(0, userFailures - 1))
}

/** Null when there is nothing to wait for. */
function timeAfter(state: Lifecycle, at: number, delayMs: number): number | null {
  return delayMs > 0 ? Math.max(at, state.updatedAt) + delayMs : null
}

/** The current attempt ran out of time. */
export function timeOut(
  state: Lifecycle,
  event: { readonly at: number; readonly failure: TaskFailure; readonly retry: boolean },
  policy: RetryPolicy,
): Transition {
  if (!event.retry || state.userFailures >= policy.userRetries) {
    return end(state, ActionPhase.TIMED_OUT, event.at, event.failure)
  }
  return retryAfterBackoff(state, ActionPhase.TIMED_OUT, event.failure, event.at, policy)
}

function retryAfterBackoff(
  state: Lifecycle,
  phase: ActionPhase,
  failure: TaskFailure,
  at: number,
  policy: RetryPolicy,
): Transition {
  const delayMs = policy.backoff ? backoffDelayMs(policy.backoff, state.userFailures) : 0
  const notBefore = timeAfter(state, at, delayMs)
  return retry(state, phase, failure, at, { userFailures: state.userFailures + 1, notBefore })
}

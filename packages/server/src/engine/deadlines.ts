import type { Clock, TaskFailure } from '@tern/core'
import {
  longestBackoffMs,
  missedDeadline,
  notSignalled,
  type ReachedLimit,
  ranTooLong,
  waitedTooLong,
} from '@tern/core/engine'
import { ActionType } from '@tern/idl/workflow'
import type { ActionEntry } from './entries.ts'
import type { LimitName } from './task-policy.ts'
import { type Alarm, Timers } from './timers.ts'

interface Deadline {
  readonly entry: ActionEntry
  readonly kind: 'back-off' | 'queued' | 'runtime' | 'deadline'
  readonly attempt: number
}

export interface DeadlineEvents {
  /** The attempt has backed off for long enough. */
  readonly onReady: (entry: ActionEntry) => void
  /** @param retry whether the user's budget may be spent on it */
  readonly onTimeout: (entry: ActionEntry, attempt: number, failure: TaskFailure, retry: boolean) => void
}

/** What happens to live actions because time passes: back-offs end, limits are reached. */
export class Deadlines {
  readonly #clock: Clock
  readonly #events: DeadlineEvents
  readonly #timers: Timers<Deadline>

  constructor(clock: Clock, events: DeadlineEvents, alarm?: Alarm) {
    this.#clock = clock
    this.#events = events
    this.#timers = new Timers(clock, (deadline) => this.#onDue(deadline), { alarm, areSpans: true })
  }

  stop(): void {
    this.#timers.stop()
  }

  /** The current attempt waits until `at`, and no longer than it was to, if the clock has been set back since. */
  backOff(entry: ActionEntry, at: number): void {
    if (entry.attemptTimer !== null) return
    const delayMs = longestBackoffMs(entry.state, entry.spec.policy.retry)
    entry.attemptTimer = this.#timers.add(Math.min(at, this.#clock.now() + delayMs), {
      entry,
      kind: 'back-off',
      attempt: entry.state.attempt,
    })
  }

  /** The current attempt is in the queue, unless its time there is limited already. A restart does not begin it anew. */
  limitQueueTime(entry: ActionEntry): void {
    if (entry.attemptTimer !== null) return
    this.#limit(
      entry,
      'queued',
      entry.spec.policy.maxQueuedMs,
      this.#since(Math.max(queuedSince(entry), entry.state.notBefore ?? 0)),
    )
  }

  /** The current attempt runs: its time in the queue is over. */
  limitRuntime(entry: ActionEntry, since: number): void {
    this.endAttempt(entry)
    this.#limit(entry, 'runtime', entry.spec.policy.maxRuntimeMs, this.#since(since))
  }

  /** All attempts together. */
  limitAction(entry: ActionEntry): void {
    const { deadlineMs } = entry.spec.policy
    if (deadlineMs === null) return
    entry.deadlineTimer = this.#timers.add(this.#since(entry.createdAt) + deadlineMs, {
      entry,
      kind: 'deadline',
      attempt: 0,
    })
  }

  endAttempt(entry: ActionEntry): void {
    entry.attemptTimer?.cancel()
    entry.attemptTimer = null
  }

  endAction(entry: ActionEntry): void {
    this.endAttempt(entry)
    entry.deadlineTimer?.cancel()
  }

  /** What has begun has begun by now: a clock that was set back makes nothing last longer. */
  #since(at: number): number {
    return Math.min(at, this.#clock.now())
  }

  #limit(entry: ActionEntry, kind: 'queued' | 'runtime', limitMs: number | null, since: number): void {
    if (limitMs === null) return
    entry.attemptTimer = this.#timers.add(since + limitMs, { entry, kind, attempt: entry.state.attempt })
  }

  #onDue({ entry, kind, attempt }: Deadline): void {
    const { state, spec } = entry
    if (state.endedAt !== null) return
    switch (kind) {
      case 'back-off':
        if (state.attempt !== attempt) return
        entry.attemptTimer = null
        // It is over, whatever the clock says by now: see TimersOptions.
        entry.hasBackedOff = true
        return this.#events.onReady(entry)
      case 'queued':
        return this.#events.onTimeout(entry, attempt, waitedTooLong(attempt, reached(entry, 'maxQueuedMs')), false)
      case 'runtime':
        return this.#events.onTimeout(
          entry,
          attempt,
          ranTooLong(attempt, reached(entry, 'maxRuntimeMs')),
          spec.policy.retry.retriesTimeouts,
        )
      case 'deadline':
        return this.#events.onTimeout(entry, state.attempt, missed(entry), false)
    }
  }
}

/** When the current attempt came into the queue: what its timeline begins with. */
function queuedSince({ state: { timeline } }: ActionEntry): number {
  return Number.parseInt(timeline.slice(timeline.indexOf(':') + 1), 10)
}

function missed(entry: ActionEntry): TaskFailure {
  const limit = reached(entry, 'deadlineMs')
  return entry.actionType === ActionType.CONDITION ? notSignalled(limit.limitMs) : missedDeadline(limit)
}

function reached({ spec: { policy } }: ActionEntry, name: LimitName): ReachedLimit {
  return { limitMs: policy[name] ?? 0, isDefault: policy.defaultLimits.has(name) }
}

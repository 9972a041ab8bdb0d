// How actions live, wait and run out of time: the same on a server and in a local run.
export { type LifecycleEvent, transition } from './engine/lifecycle.ts'
export type { Report } from './engine/lifecycle-reports.ts'
export { longestBackoffMs, type RetryPolicy, systemBackoff } from './engine/lifecycle-retries.ts'
export {
  type EndedAttempt,
  failureOfEnd,
  type Lifecycle,
  paused,
  queued,
  recorded,
  type Transition,
} from './engine/lifecycle-state.ts'
export { Claim, type ClaimOptions, type Demand, Limit } from './engine/places.ts'
export { missedDeadline, notSignalled, type ReachedLimit, ranTooLong, waitedTooLong } from './engine/time-limits.ts'
export { Turns, type TurnTaker } from './engine/turns.ts'

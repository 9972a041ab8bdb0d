// How actions live, wait and run out of time: the same on a server and in a local run.
export {
  type EndedAttempt,
  type Lifecycle,
  type LifecycleEvent,
  longestBackoffMs,
  paused,
  queued,
  recorded,
  type Report,
  type RetryPolicy,
  systemBackoff,
  type Transition,
  transition,
} from './engine/lifecycle.ts'
export { Claim, type ClaimOptions, type Demand, Limit } from './engine/places.ts'
export { missedDeadline, notSignalled, type ReachedLimit, ranTooLong, waitedTooLong } from './engine/time-limits.ts'
export { Turns, type TurnTaker } from './engine/turns.ts'

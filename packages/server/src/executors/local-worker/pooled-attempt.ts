import type { Attempt, ChildOutcome, StartedAttempt } from '../executor.ts'
import type { Worker } from './worker.ts'

/** Whoever stops attempts, and gives their places away. */
export interface AttemptCanceller {
  cancelAttempt(pooled: PooledAttempt, reason: string): void
}

/** An attempt in the pool: it waits for a worker, or has one. Of those that wait there may be very many. */
export class PooledAttempt implements StartedAttempt {
  readonly attempt: Attempt
  readonly #pool: AttemptCanceller
  worker: Worker | null = null
  assignedAt = 0
  /** The worker has begun to run it, as far as is known. */
  acknowledged = false
  cancelled = false
  /** Children that it waits for. While there are any it only waits, and takes nobody's place. */
  children = 0
  /** Children of deployed tasks, by name, whose task is being looked up and that it still wants. */
  readonly lookedUp = new Set<string>()

  constructor(attempt: Attempt, pool: AttemptCanceller) {
    this.attempt = attempt
    this.#pool = pool
  }

  cancel(reason: string): void {
    this.#pool.cancelAttempt(this, reason)
  }

  deliver(outcome: ChildOutcome): void {
    this.worker?.childEnded(this, outcome)
  }
}

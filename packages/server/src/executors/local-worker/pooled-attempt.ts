import type { Attempt, ChildOutcome, StartedAttempt } from '../executor.ts'
import type { Worker } from './worker.ts'

/** Whoever stops attempts, and gives their places away. */
export interface AttemptCanceller {
  cancelAttempt(pooled: PooledAttempt, reason: string): Promise<void> | undefined
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
  #over: PromiseWithResolvers<void> | null = null

  constructor(attempt: Attempt, pool: AttemptCanceller) {
    this.attempt = attempt
    this.#pool = pool
  }

  cancel(reason: string): Promise<void> | undefined {
    return this.#pool.cancelAttempt(this, reason)
  }

  /** Resolves when it has no worker any more. */
  untilOver(): Promise<void> {
    this.#over ??= Promise.withResolvers()
    return this.#over.promise
  }

  /** It has reported its end, its worker is gone, or its place was given away. */
  end(): void {
    this.#over?.resolve()
  }

  deliver(outcome: ChildOutcome): void {
    this.worker?.childEnded(this, outcome)
  }
}

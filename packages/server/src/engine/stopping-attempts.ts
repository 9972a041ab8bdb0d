import type { AttemptRef } from '../store/logs-repository.ts'
import type { CommittedChanges } from './change-feed.ts'
import type { Committer, PendingCancel } from './committer.ts'

/** An attempt that does not count any more, and how far its log has come. */
export interface StoppingAttempt extends AttemptRef {
  logChunks: number
}

/**
 * Attempts that do not count any more, since their actions ended without them or have another attempt, and whose code may still
 * run: it is told to stop, and has some time to clean up. What it writes meanwhile belongs to its log. Each is forgotten when its
 * executor says that nothing of it runs any more.
 */
export class StoppingAttempts {
  readonly #committer: Committer
  readonly #changes: CommittedChanges
  readonly #byHandle = new Map<number, StoppingAttempt>()

  constructor(committer: Committer, changes: CommittedChanges) {
    this.#committer = committer
    this.#changes = changes
  }

  get count(): number {
    return this.#byHandle.size
  }

  /** Whether there may be more in the attempt's log than is stored. */
  has({ runId, seq, attempt }: AttemptRef): boolean {
    for (const one of this.#byHandle.values()) {
      if (one.runId === runId && one.seq === seq && one.attempt === attempt) return true
    }
    return false
  }

  /** From now on, of what is reported under the handle only lines are taken. */
  add(handle: number, attempt: StoppingAttempt): void {
    this.#byHandle.set(handle, attempt)
  }

  /** Lines of its log, unless it is over. */
  keepLog(handle: number, lines: Uint8Array, lineCount: number): void {
    const stopping = this.#byHandle.get(handle)
    if (stopping === undefined) return
    const { runId, seq, attempt } = stopping
    const chunk = stopping.logChunks++
    this.#committer.batch.logs.push({ runId, seq, attempt, chunk, lines, lineCount })
  }

  /** Tells its code to stop. */
  stop({ handle, attempt, reason, end }: PendingCancel): void {
    const over = attempt.cancel(reason, end)
    if (over instanceof Promise) void over.then(() => this.#forget(handle))
    else this.#byHandle.delete(handle)
  }

  /** Whoever follows its log is not told of the end before all of it is stored. */
  async #forget(handle: number): Promise<void> {
    await this.#committer.committed()
    const stopping = this.#byHandle.get(handle)
    if (stopping === undefined) return
    this.#byHandle.delete(handle)
    this.#changes.publish({ runId: stopping.runId, seq: stopping.seq, kind: 'log' })
  }
}

/** Something to be done, unless nobody wants it any more when its turn comes. */
export interface Job {
  isWanted(): boolean
  execute(): Promise<void>
}

// Runs are committed in groups: a few at a time make one, and many more would only wait.
const maxConcurrent = 64

/** Does a few things at a time: what is due first, and what is overdue while nothing is. */
export class JobQueue {
  readonly #due: Job[] = []
  readonly #overdue: Job[] = []
  readonly #running = new Set<Promise<void>>()
  #isStopped = false

  add(job: Job, isOverdue: boolean): void {
    if (isOverdue) this.#overdue.push(job)
    else this.#due.push(job)
    this.#executeWaiting()
  }

  /** Begins nothing more; resolves when what is being done is done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#due.length = 0
    this.#overdue.length = 0
    await Promise.all(this.#running)
  }

  #executeWaiting(): void {
    while (this.#running.size < maxConcurrent && !this.#isStopped) {
      const job = this.#due.shift() ?? this.#overdue.shift()
      if (job === undefined) return
      if (!job.isWanted()) continue
      const running = job.execute().finally(() => {
        this.#running.delete(running)
        this.#executeWaiting()
      })
      this.#running.add(running)
    }
  }
}

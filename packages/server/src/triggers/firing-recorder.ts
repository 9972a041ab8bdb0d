import type { FiringRow, FiringsRepository } from '../store/firings-repository.ts'

interface Waiting {
  readonly firing: FiringRow
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Records firings, in one transaction all those that came while the one before was being written. */
export class FiringRecorder {
  readonly #repository: Pick<FiringsRepository, 'record'>
  #waiting: Waiting[] = []
  #isWriting = false

  constructor(repository: Pick<FiringsRepository, 'record'>) {
    this.#repository = repository
  }

  /** Resolves when it is stored. */
  async record(firing: FiringRow): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ firing, resolve, reject })
    if (!this.#isWriting) void this.#write()
    await promise
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    // What becomes ready in this turn goes along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#repository.record(batch.map(({ firing }) => firing))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isWriting = false
  }
}

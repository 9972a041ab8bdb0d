import type { FiringRow, FiringsRepository } from '../store/firings-repository.ts'

interface Waiting {
  readonly firing: FiringRow
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Records firings, in one transaction all those that come in one turn, or while the ones before are being written. */
export class FiringRecorder {
  readonly #repository: Pick<FiringsRepository, 'record'>
  readonly #turn: () => Promise<unknown>
  #waiting: Waiting[] = []
  #isWriting = false

  constructor(repository: Pick<FiringsRepository, 'record'>, turn: () => Promise<unknown>) {
    this.#repository = repository
    this.#turn = turn
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
    while (this.#waiting.length > 0) {
      // Runs that are started together are committed together, and so are ready in the same turn.
      await this.#turn()
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

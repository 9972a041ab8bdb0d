import { setImmediate as othersTurn } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { TaskSpecSchema } from '@tern/idl/task'
import type { ProducedRepository, UnreadSpec } from '../store/produced-repository.ts'

// Specs that others store at the same time may become visible later than their time says: a little as a rule, which is
// looked for each time, and more when something is wrong, which is looked for now and then.
const usuallyLateMs = 2000
const lateMs = 5 * 60_000
const lookFarBackEveryMs = 30_000
const pageSize = 500
const specsAtOnce = 50

/** Knows which task specs say that their outputs are artifacts. Each spec is read once, by whichever server is first. */
export class ProducingSpecs {
  readonly #repository: ProducedRepository
  readonly #producing = new Set<string>()
  /** Specs that have been read, with their times, as far back as late ones may come. */
  readonly #seen = new Map<string, number>()
  /** Specs before this time need not be looked at. */
  readUpTo = 0
  #lookedFarBackAt = Number.NEGATIVE_INFINITY

  constructor(repository: ProducedRepository) {
    this.#repository = repository
  }

  /** Whether any task produces artifacts. */
  get isEmpty(): boolean {
    return this.#producing.size === 0
  }

  async load(readUpTo: number): Promise<void> {
    for (const digest of await this.#repository.producingSpecs()) this.#producing.add(digest)
    this.readUpTo = Math.max(this.readUpTo, readUpTo)
  }

  /**
   * Looks at specs that have come since. Returns whether there are some among them that should have been known before:
   * what their tasks have done was not looked at.
   */
  async readNew(now: number): Promise<boolean> {
    const isFarBack = now - this.#lookedFarBackAt >= lookFarBackEveryMs
    const known = this.readUpTo - usuallyLateMs
    const since = isFarBack ? this.readUpTo - lateMs : known
    let latest = this.readUpTo
    let isLate = false
    for (let last: UnreadSpec | undefined; ; ) {
      const page = await this.#repository.specsSince(since, last, pageSize)
      const producing = await this.#read(page.filter(({ digest }) => !this.#seen.has(digest)))
      isLate ||= page.some(({ digest, createdAt }) => createdAt < known && producing.has(digest))
      for (const { digest, createdAt } of page) {
        this.#seen.set(digest, createdAt)
        latest = Math.max(latest, createdAt)
      }
      last = page.at(-1)
      if (page.length < pageSize) break
    }
    this.readUpTo = latest
    if (!isFarBack) return isLate
    this.#lookedFarBackAt = now
    for (const [digest, createdAt] of this.#seen) if (createdAt < latest - lateMs) this.#seen.delete(digest)
    return isLate
  }

  /** Returns the digests of those that say so. */
  async #read(specs: ReadonlyArray<UnreadSpec>): Promise<ReadonlySet<string>> {
    const all = new Set<string>()
    for (let i = 0; i < specs.length; i += specsAtOnce) {
      const found = await this.#repository.taskSpecs(specs.slice(i, i + specsAtOnce).map(({ digest }) => digest))
      const producing = found.filter(({ spec }) => producesArtifacts(spec)).map(({ digest }) => digest)
      await this.#repository.addProducingSpecs(producing)
      for (const digest of producing) {
        this.#producing.add(digest)
        all.add(digest)
      }
      // There may be tens of thousands the first time, and the embedded store never makes this wait.
      await othersTurn()
    }
    return all
  }
}

function producesArtifacts(spec: Uint8Array): boolean {
  return fromBinary(TaskSpecSchema, spec).taskTemplate?.metadata?.producesArtifacts === true
}

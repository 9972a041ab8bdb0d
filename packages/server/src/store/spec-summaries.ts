import type { QueryDatabase } from './query-database.ts'
import { type SpecSummary, specColumns, toSpecSummary } from './spec-summary.ts'

// Far more specs than are looked at at the same time, at some hundred bytes each.
const capacity = 10_000

/** What lists show of specs, by digest. A spec never changes, so that what has been read once is kept. */
export class SpecSummaries {
  readonly #database: QueryDatabase
  readonly #known = new Map<string, SpecSummary>()

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** The specs of rows, those that there are. */
  async of(
    rows: ReadonlyArray<{ readonly spec_digest: string }>,
  ): Promise<{ get(digest: string): SpecSummary | undefined }> {
    const found = new Map<string, SpecSummary>()
    const missing = new Set<string>()
    for (const { spec_digest: digest } of rows) {
      const known = this.#known.get(digest)
      if (known === undefined) missing.add(digest)
      else found.set(digest, known)
    }
    if (missing.size > 0) await this.#read([...missing], found)
    return found
  }

  async #read(digests: ReadonlyArray<string>, found: Map<string, SpecSummary>): Promise<void> {
    const rows = await this.#database.db
      .selectFrom('task_specs as s')
      .select(['s.digest', ...specColumns])
      .where('s.digest', 'in', digests)
      .execute()
    for (const row of rows) {
      const summary = toSpecSummary(row)
      found.set(row.digest, summary)
      this.#known.set(row.digest, summary)
    }
    for (const digest of this.#known.keys()) {
      if (this.#known.size <= capacity) return
      this.#known.delete(digest)
    }
  }
}

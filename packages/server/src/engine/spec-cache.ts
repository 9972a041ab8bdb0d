import type { SpecEntry } from './entries.ts'
import type { SpecRecord } from './model.ts'
import { type PolicyDefaults, type TaskPolicy, toTaskPolicy, usualPolicy } from './task-policy.ts'

// Far more specs than a server has in use at once; what falls out is read and written again at its next use.
const capacity = 10_000

/** The specs in use, each written to the store when it is first seen. The least recently added falls out first. */
export class SpecCache {
  readonly #entries = new Map<string, SpecEntry>()
  readonly #write: (spec: SpecRecord) => void
  readonly #defaults: PolicyDefaults
  #watched: Set<string> | undefined

  constructor(write: (spec: SpecRecord) => void, defaults: PolicyDefaults = usualPolicy) {
    this.#write = write
    this.#defaults = defaults
  }

  /** The entry of a spec that a new action refers to. */
  use(spec: SpecRecord): SpecEntry {
    const known = this.#entries.get(spec.digest)
    if (known !== undefined) return known
    this.#write(spec)
    return this.restore(spec)
  }

  /** The entry of a spec that comes from the store. */
  restore(spec: SpecRecord): SpecEntry {
    const known = this.#entries.get(spec.digest)
    if (known !== undefined) return known
    const entry: SpecEntry = { record: spec, policy: toTaskPolicy(spec, this.#defaults) }
    this.#watched?.delete(spec.digest)
    this.#entries.set(spec.digest, entry)
    if (this.#entries.size > capacity) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.#entries.delete(oldest.value)
    }
    return entry
  }

  /** Those of the specs that are not in use here; whichever comes into use leaves the set. One set at a time. */
  watch(digests: ReadonlyArray<string>): Set<string> {
    this.#watched = new Set(digests.filter((digest) => !this.#entries.has(digest)))
    return this.#watched
  }

  /** The policy of a spec that no action refers to yet. */
  policyOf(spec: SpecRecord): TaskPolicy {
    return this.#entries.get(spec.digest)?.policy ?? toTaskPolicy(spec, this.#defaults)
  }

  known(digest: string): SpecRecord | undefined {
    return this.#entries.get(digest)?.record
  }
}

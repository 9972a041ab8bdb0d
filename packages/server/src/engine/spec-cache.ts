import type { Clock } from '@tern/core'
import type { SpecEntry } from './entries.ts'
import type { SpecRecord } from './model.ts'
import { type PolicyDefaults, type TaskPolicy, toTaskPolicy, usualPolicy } from './task-policy.ts'

// Far more specs than a server has in use at once; what falls out is read and written again at its next use.
const capacity = 10_000

/**
 * How long a spec may be used without being written again, in milliseconds. Specs are deleted that nothing refers to and
 * that were not written for much longer than this, whichever server used them.
 */
export const specRewriteMs = 6 * 60 * 60_000

interface CachedSpec {
  readonly entry: SpecEntry
  writtenAt: number
}

/** The specs in use, each written to the store when it is first seen, and now and then. The least recently added falls out first. */
export class SpecCache {
  readonly #specs = new Map<string, CachedSpec>()
  readonly #write: (spec: SpecRecord) => void
  readonly #clock: Clock
  readonly #defaults: PolicyDefaults

  constructor(write: (spec: SpecRecord) => void, clock: Clock, defaults: PolicyDefaults = usualPolicy) {
    this.#write = write
    this.#clock = clock
    this.#defaults = defaults
  }

  /** The entry of a spec that a new action refers to. */
  use(spec: SpecRecord): SpecEntry {
    const cached = this.#cached(spec)
    const now = this.#clock.now()
    if (Math.abs(now - cached.writtenAt) > specRewriteMs) {
      cached.writtenAt = now
      this.#write(spec)
    }
    return cached.entry
  }

  /** The entry of a spec that comes from the store. */
  restore(spec: SpecRecord): SpecEntry {
    return this.#cached(spec).entry
  }

  /** The policy of a spec that no action refers to yet. */
  policyOf(spec: SpecRecord): TaskPolicy {
    return this.#specs.get(spec.digest)?.entry.policy ?? toTaskPolicy(spec, this.#defaults)
  }

  known(digest: string): SpecRecord | undefined {
    return this.#specs.get(digest)?.entry.record
  }

  #cached(spec: SpecRecord): CachedSpec {
    const known = this.#specs.get(spec.digest)
    if (known !== undefined) return known
    const cached = { entry: { record: spec, policy: toTaskPolicy(spec, this.#defaults) }, writtenAt: -Infinity }
    this.#specs.set(spec.digest, cached)
    if (this.#specs.size > capacity) {
      const oldest = this.#specs.keys().next()
      if (!oldest.done) this.#specs.delete(oldest.value)
    }
    return cached
  }
}

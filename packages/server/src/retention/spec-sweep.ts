import type { Clock } from '@tern/core'
import { specRewriteMs } from '../engine/spec-cache.ts'
import type { ActionPosition, RetentionRepository, SpecPosition } from '../store/retention-repository.ts'

export interface SpecSweepParts {
  readonly repository: RetentionRepository
  readonly clock: Clock
}

interface Search {
  readonly unused: Set<string>
  /** They were written before this time. */
  readonly before: number
  /** The specs of the actions up to here have been seen. */
  readonly position: ActionPosition
}

const specsAtOnce = 5000
// Their rows may be large.
const actionsAtOnce = 500
const deletedAtOnce = 500
const restMs = 24 * 60 * 60_000
// Whoever uses a spec has written it since, whatever the clocks of servers say.
const leastAgeMs = 4 * specRewriteMs
const firstSpec: SpecPosition = { createdAt: 0, digest: '' }
const firstAction: ActionPosition = { runId: 0, seq: -1 }

/**
 * Deletes specs that nothing refers to any more. Actions have no index by their specs, which every one of them would pay
 * for, so that all actions are looked through, once a day at most, and a portion at a time.
 */
export class SpecSweep {
  readonly #parts: SpecSweepParts
  #spec = firstSpec
  #search: Search | null = null
  #restsUntil = 0

  constructor(parts: SpecSweepParts) {
    this.#parts = parts
  }

  /** Does one portion of work on specs that were last written before a time. False when there is none for now. */
  async step(before: number): Promise<boolean> {
    if (this.#search !== null) {
      this.#search = await this.#goOn(this.#search)
      return true
    }
    const { repository, clock } = this.#parts
    const now = clock.now()
    if (now < this.#restsUntil) return false
    const old = Math.min(before, now - leastAgeMs)
    const specs = await repository.oldSpecs(old, this.#spec, specsAtOnce)
    this.#spec = specs.at(-1) ?? firstSpec
    if (specs.length === 0) this.#restsUntil = now + restMs
    else this.#search = { unused: new Set(specs.map(({ digest }) => digest)), before: old, position: firstAction }
    return specs.length > 0
  }

  async #goOn({ unused, before, position }: Search): Promise<Search | null> {
    const { repository } = this.#parts
    if (unused.size === 0) return null
    const actions = await repository.actionsAfter(position, actionsAtOnce)
    for (const { specDigest } of actions) unused.delete(specDigest)
    const last = actions.at(-1)
    if (last !== undefined && actions.length === actionsAtOnce) return { unused, before, position: last }
    const digests = [...unused].slice(0, deletedAtOnce)
    for (const digest of digests) unused.delete(digest)
    await repository.deleteSpecs(digests, before)
    return { unused, before, position }
  }
}

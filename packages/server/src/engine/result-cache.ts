import type { CachedResult, EngineStore } from '../store/engine-store.ts'
import type { ActionEntry } from './entries.ts'

/** Whether outputs that an action left in storage are still there. */
export type OutputsExist = (uri: string) => Promise<boolean>

/**
 * Results of earlier actions, by cache key, and whose turn it is to compute one that is serialized: of several actions
 * with the same key only one computes at a time, the others wait for what it finds.
 */
export class ResultCache {
  readonly #store: EngineStore
  readonly #outputsExist: OutputsExist
  /** Who computes a serialized key, and who waits for it. */
  readonly #turns = new Map<string, { readonly producer: ActionEntry; readonly waiting: ActionEntry[] }>()

  constructor(store: EngineStore, outputsExist: OutputsExist) {
    this.#store = store
    this.#outputsExist = outputsExist
  }

  /** Whether the action may begin now. If another computes its result, it is among those that `release` gives back. */
  takeTurn(entry: ActionEntry): boolean {
    const key = turnKey(entry)
    if (key === null) return true
    const turn = this.#turns.get(key)
    if (turn === undefined) this.#turns.set(key, { producer: entry, waiting: [] })
    else if (turn.producer !== entry) {
      turn.waiting.push(entry)
      return false
    }
    return true
  }

  /** The action has ended. Returns those that waited for it. */
  release(entry: ActionEntry): ReadonlyArray<ActionEntry> {
    const key = turnKey(entry)
    if (key === null || this.#turns.get(key)?.producer !== entry) return []
    const waiting = this.#turns.get(key)?.waiting ?? []
    this.#turns.delete(key)
    return waiting
  }

  /** The result of an earlier action that this one may take for its own. */
  async find(entry: ActionEntry): Promise<CachedResult | undefined> {
    const { run, cacheKey } = entry
    if (cacheKey === null || run.cache.overwrite) return undefined
    const scope = run.cache.projectOnly ? run.key : undefined
    const found = await this.#store.findCached(cacheKey, scope)
    if (found === undefined || found.outputsUri === null) return found
    // Outputs may have been deleted since: then the action computes them again.
    return (await this.#outputsExist(found.outputsUri)) ? found : undefined
  }
}

function turnKey(entry: ActionEntry): string | null {
  if (entry.cacheKey === null || !entry.spec.policy.serializeCache) return null
  const { project, domain } = entry.run.key
  return entry.run.cache.projectOnly ? `${project}/${domain}/${entry.cacheKey}` : entry.cacheKey
}

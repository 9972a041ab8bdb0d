import { Turns } from '@tern/core/engine'
import type { CachedResult, EngineStore } from '../store/engine-store.ts'
import type { ActionEntry } from './entries.ts'
import type { SharedTurns } from './shared-turns.ts'

/** Whether outputs that an action left in storage are still there. */
export type OutputsExist = (uri: string) => Promise<boolean>

/** Whether the files are still there that outputs refer to: a serialized flyteidl2.task.Outputs. */
export type FilesExist = (outputs: Uint8Array) => Promise<boolean>

/** What tells whether earlier results can still be used. */
export interface ResultChecks {
  readonly outputsExist: OutputsExist
  /** Defaults to saying that they are. */
  readonly filesExist?: FilesExist | undefined
}

export interface ResultCacheOptions extends ResultChecks {
  /** Left out where one server has the database to itself. */
  readonly turns?: SharedTurns | undefined
}

/** Whether nothing of an earlier result has vanished since. */
export async function isUsable(
  { outputs, outputsUri }: Pick<CachedResult, 'outputs' | 'outputsUri'>,
  { outputsExist, filesExist }: ResultChecks,
): Promise<boolean> {
  if (outputsUri !== null) return outputsExist(outputsUri)
  return outputs === null || filesExist === undefined || filesExist(outputs)
}

/**
 * Results of earlier actions, by cache key, and whose turn it is to compute one that is serialized.
 */
export class ResultCache {
  readonly #store: EngineStore
  readonly #options: ResultCacheOptions
  readonly #turns = new Turns<ActionEntry>(turnKey)

  constructor(store: EngineStore, options: ResultCacheOptions) {
    this.#store = store
    this.#options = options
  }

  /** See Turns.take. */
  takeTurn(entry: ActionEntry): ActionEntry | null {
    return this.#turns.take(entry)
  }

  /** See Turns.producerOf. */
  producerOf(entry: ActionEntry): ActionEntry | undefined {
    return this.#turns.producerOf(entry)
  }

  /** The action has ended. Returns those that waited for it. */
  release(entry: ActionEntry): ReadonlyArray<ActionEntry> {
    const waiting = this.#turns.release(entry)
    const key = turnKey(entry)
    if (waiting !== undefined && key !== null) this.#options.turns?.give(key)
    return waiting ?? []
  }

  /** For an action whose turn it is here: false while an action of another server computes the same. */
  async takeSharedTurn(entry: ActionEntry): Promise<boolean> {
    const { turns } = this.#options
    const key = turnKey(entry)
    if (turns === undefined || key === null) return true
    const isTaken = await turns.take(key)
    // It may have ended meanwhile, and with it its turn here.
    if (!this.#turns.has(key)) turns.give(key)
    return isTaken
  }

  /** The result of an earlier action that this one may take for its own. */
  async find(entry: ActionEntry): Promise<CachedResult | undefined> {
    const { run, cacheKey } = entry
    if (cacheKey === null || run.cache.overwrite) return undefined
    const scope = run.cache.projectOnly ? run.key : undefined
    const found = await this.#store.findCached(cacheKey, scope)
    // Outputs may have been deleted since: then the action computes them again.
    return found !== undefined && (await isUsable(found, this.#options)) ? found : undefined
  }
}

/** What an action says that waits for the result of another. */
export function waitForResult({ run, name }: ActionEntry): string {
  const { project, domain } = run.key
  return `waiting for the result of action ${name} of run ${run.key.run} in ${project}/${domain}, which has the same cache key`
}

/** The same, when the other is on another server. */
export const waitForOtherServer = 'waiting for the result of an action of another server, which has the same cache key'

function turnKey(entry: ActionEntry): string | null {
  if (entry.cacheKey === null || !entry.spec.policy.serializeCache) return null
  const { project, domain } = entry.run.key
  return entry.run.cache.projectOnly ? `${project}/${domain}/${entry.cacheKey}` : entry.cacheKey
}

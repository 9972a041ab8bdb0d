import type { TaskDefinition } from './task-definition.ts'

/** What the cache options of a task come to. */
export interface Caching {
  readonly enabled: boolean
  /** The version that results are valid for; also part of the names of actions, so it is there with caching off too. */
  readonly version: string
  readonly serialize: boolean
  readonly ignoredInputs: readonly string[]
}

const known = new WeakMap<TaskDefinition, Caching>()

export function cachingOf(definition: TaskDefinition): Caching {
  let caching = known.get(definition)
  if (caching === undefined) {
    caching = toCaching(definition)
    known.set(definition, caching)
  }
  return caching
}

function toCaching({ options: { cache }, kind, deployed }: TaskDefinition): Caching {
  // The server knows whether, and where, its results are cached.
  if (deployed !== undefined) return { enabled: false, version: deployed.version, serialize: false, ignoredInputs: [] }
  if (typeof cache === 'string') {
    return { enabled: cache === 'auto', version: kind.version(), serialize: false, ignoredInputs: [] }
  }
  const { version, salt, serialize = false, ignoredInputs = [] } = cache
  return {
    enabled: true,
    version: version ?? kind.version(salt),
    serialize,
    ignoredInputs: typeof ignoredInputs === 'string' ? [ignoredInputs] : ignoredInputs,
  }
}

import type { DeployedPart, TaskDefinition } from './task-definition.ts'

/** What the cache options of a task come to. */
export interface Caching {
  readonly enabled: boolean
  /** The version that results are valid for; also part of the names of actions, so it is there with caching off too. */
  readonly version: string
  readonly serialize: boolean
  readonly ignoredInputs: readonly string[]
}

const known = new WeakMap<TaskDefinition, Caching>()

/** @param codeHash of the bundle that the task is run from, where it was not loaded from there */
export function cachingOf(definition: TaskDefinition, codeHash?: string): Caching {
  if (codeHash !== undefined) return toCaching(definition, codeHash)
  let caching = known.get(definition)
  if (caching === undefined) {
    caching = toCaching(definition, definition.kind.codeHash)
    known.set(definition, caching)
  }
  return caching
}

function toCaching({ options: { cache }, kind, deployed }: TaskDefinition, codeHash: string | undefined): Caching {
  // The server knows whether, and where, its results are cached.
  if (deployed !== undefined)
    return { enabled: false, version: placeAndVersion(deployed), serialize: false, ignoredInputs: [] }
  if (typeof cache === 'string') {
    return { enabled: cache === 'auto', version: kind.version(), serialize: false, ignoredInputs: [] }
  }
  const { version, salt, dependencies = false, serialize = false, ignoredInputs = [] } = cache
  return {
    // What nobody knows may have changed.
    enabled: !dependencies || codeHash !== undefined,
    version: version ?? (dependencies ? kind.version(`${salt ?? ''}${codeHash ?? ''}`) : kind.version(salt)),
    serialize,
    ignoredInputs: typeof ignoredInputs === 'string' ? [ignoredInputs] : ignoredInputs,
  }
}

/** Tells tasks of one name apart, of which one action may call several. */
function placeAndVersion({ project = '', domain = '', version }: DeployedPart): string {
  return project === '' && domain === '' ? version : `${project}/${domain}/${version}`
}

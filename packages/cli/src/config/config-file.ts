import { readFile } from 'node:fs/promises'
import { suggest } from '../flags/suggest.ts'
import { UsageError } from '../usage-error.ts'

/** What a config file says, by the path of the key, e.g. `admin.endpoint`. */
export interface ConfigFile {
  readonly path: string
  readonly values: ReadonlyMap<string, unknown>
}

/** The keys below this one are ours; all others belong to Flyte's command, which may know some that we do not. */
const ownSection = 'tern'

/**
 * Reads a config file in Flyte's format.
 *
 * @param ownKeys all keys below `tern` that mean something
 * @throws UsageError when the file is not YAML, or has a key below `tern` that means nothing
 */
export async function readConfigFile(path: string, ownKeys: ReadonlySet<string>): Promise<ConfigFile> {
  const values = new Map<string, unknown>()
  collect(await parse(path), '', values, ownKeys)
  for (const key of values.keys()) {
    const isOwn = key === ownSection || key.startsWith(`${ownSection}.`)
    if (isOwn && !ownKeys.has(key)) throw unknownKey(key, path, ownKeys)
  }
  return { path, values }
}

async function parse(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`the config file ${path} cannot be read: ${reason(error)}`, { cause: error })
  })
  // A CommonJS package: in the one program that is made of the built command, it has this name and no others.
  const { default: yaml } = await import('yaml')
  try {
    return yaml.parse(text) as unknown
  } catch (error) {
    throw new UsageError(`the config file ${path} is not valid YAML: ${reason(error)}`, {
      hint: 'Name another file with --config.',
      cause: error,
    })
  }
}

function collect(value: unknown, path: string, into: Map<string, unknown>, leaves: ReadonlySet<string>): void {
  const isSection = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isSection || leaves.has(path)) {
    if (path !== '' && value !== null) into.set(path, value)
    return
  }
  for (const [key, inner] of Object.entries(value)) collect(inner, path === '' ? key : `${path}.${key}`, into, leaves)
}

function unknownKey(key: string, path: string, ownKeys: ReadonlySet<string>): UsageError {
  const similar = suggest(key, [...ownKeys])
  return new UsageError(`the config file ${path} has an unknown key: ${key}`, {
    hint: similar === undefined ? `Known keys: ${[...ownKeys].sort().join(', ')}.` : `Did you mean ${similar}?`,
  })
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '').replace(/:$/, '') : String(error)
}

import { readFileSync } from 'node:fs'
import { dirname, extname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sdkSourcePrefix } from '../runtime/stack-paths.ts'
import { thinMappings } from './mappings.ts'

/** The directory of this package. */
export const sdkDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** What is longer was generated, and nobody looks at it. */
const longestSource = 512 * 1024

const codeExtensions = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'])

/**
 * Makes the source map of a bundle small, and names its sources so that they are the same on every machine, and say what they are: the project's
 * files relative to its root, packages from `node_modules/` on, the SDK's own files under a prefix of their own. The text of the
 * project's files is in it, so that what ran can be looked at.
 */
export function rewriteSources(map: string, root: string): string {
  const { version, sources, mappings } = JSON.parse(map) as { version: number; sources: string[]; mappings: string }
  const names = sources.map((source) =>
    source === '%3Ctern%3E' ? `${sdkSourcePrefix}entry` : sourceName(resolve(root, source), root),
  )
  // Every worker reads the map when it starts, and people look at lines of their own code.
  const thinned = thinMappings(mappings, (source) => isOwn(names[source] ?? ''))
  const sourcesContent = sources.map((source, index) =>
    isOwn(names[index] ?? '') ? textOf(resolve(root, source)) : null,
  )
  return JSON.stringify({ version, sources: names, sourcesContent, names: [], mappings: thinned })
}

/** Null for what is no code of the project, and for a module that a plugin made up. */
function textOf(path: string): string | null {
  if (!codeExtensions.has(extname(path))) return null
  try {
    const text = readFileSync(path, 'utf8')
    return text.length <= longestSource ? text : null
  } catch {
    return null
  }
}

function isOwn(name: string): boolean {
  return !name.startsWith(sdkSourcePrefix) && !name.startsWith('node_modules/')
}

function sourceName(path: string, root: string): string {
  const posix = path.split(sep).join('/')
  const inSdk = sdkPart(posix)
  if (inSdk !== undefined) return `${sdkSourcePrefix}${inSdk}`
  const modules = posix.lastIndexOf('/node_modules/')
  if (modules >= 0) return posix.slice(modules + 1)
  return relative(root, path).split(sep).join('/')
}

// The SDK and what it is made of, be it installed or, in its own repository, run from source.
function sdkPart(path: string): string | undefined {
  const installed = /\/node_modules\/@tern\/(.*)$/.exec(path)?.[1]
  if (installed !== undefined) return installed
  const packages = `${dirname(sdkDirectory).split(sep).join('/')}/`
  const isSource = path.startsWith(packages) && /^(?:sdk|core|idl)\/(?:src|dist)\//.test(path.slice(packages.length))
  return isSource && !sdkDirectory.includes('node_modules') ? path.slice(packages.length) : undefined
}

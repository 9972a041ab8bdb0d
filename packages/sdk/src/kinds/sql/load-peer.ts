import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FailedPreconditionError } from '@tern/core'

/**
 * Loads a package that is there only where somebody has installed it: beside the SDK, or where this process was started.
 *
 * @param what needs it
 * @throws FailedPreconditionError when it is not installed
 */
export async function loadPeer<T>(name: string, what: string): Promise<T> {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    const path = resolveFrom(name, from)
    if (path !== undefined) return (await import(pathToFileURL(path).href)) as T
  }
  // What to do is in the message: of a failed attempt nothing else is kept.
  const remedy = `run npm install ${name} where tasks run, in the folder that the server is started in`
  throw new FailedPreconditionError(`${what} needs the package ${name}, which is not installed here: ${remedy}`)
}

function resolveFrom(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

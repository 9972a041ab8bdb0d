import { UsageError } from '../usage-error.ts'

/** A deployed task as it is written on the command line. */
export interface TaskReferenceText {
  readonly name: string
  readonly version?: string
}

/**
 * Reads `ENV.TASK` or `ENV.TASK:VERSION`.
 *
 * @throws UsageError when there is no environment, or two versions are given
 */
export function parseTaskReference(text: string, version?: string): TaskReferenceText {
  const separator = text.indexOf(':')
  const name = separator < 0 ? text : text.slice(0, separator)
  const own = separator < 0 ? undefined : text.slice(separator + 1)
  if (own !== undefined && version !== undefined) throw new UsageError(`${text} ${version} names two versions`)
  const chosen = own ?? version
  if (!/^[^.]+\..+$/.test(name) || chosen === '') {
    throw new UsageError(`${JSON.stringify(text)} is not the name of a deployed task`, {
      hint: 'Write ENV.TASK or ENV.TASK:VERSION; `tern get task` lists them.',
    })
  }
  return chosen === undefined ? { name } : { name, version: chosen }
}

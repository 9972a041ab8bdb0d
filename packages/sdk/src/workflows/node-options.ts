import { closest, InvalidArgumentError } from '@tern/core'
import { optionsAt } from '../authoring/option-levels.ts'
import { holdsReferences } from './bind-references.ts'
import { GraphError, type GraphErrorOptions } from './errors.ts'
import type { GraphScope } from './graph-scope.ts'
import type { NodeOptions } from './reference-types.ts'
import { handleOf } from './references.ts'
import { callPosition, formatPosition } from './source-position.ts'

/** What can be said about a node of any kind. */
const commonOptions: readonly string[] = ['nodeName', 'name', 'after'] satisfies (keyof NodeOptions)[]

/** What can be said about a node of a task. What the name of the task is, its own `name` says. */
export const taskNodeOptions: readonly string[] = [
  ...commonOptions,
  ...[...optionsAt('override')].filter((option) => option !== 'shortName'),
]

/** Options that a node may be given, and others that are refused elsewhere, with the reason. */
interface Allowed {
  readonly allowed?: readonly string[]
  readonly known?: (option: string) => boolean
  readonly place?: GraphErrorOptions | undefined
  readonly hint?: string
}

/**
 * Checks what is said about a node.
 *
 * @param what what messages call the node
 * @throws GraphError naming the option that there is not, or that is no text
 */
export function checkNodeOptions(
  what: string,
  options: unknown,
  { allowed = commonOptions, known = () => false, place, hint }: Allowed = {},
): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new GraphError(`the options of ${what} must be an object`, place)
  }
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || allowed.includes(key) || known(key)) continue
    const meant = closest(key, allowed)
    const question = meant === undefined ? '' : `; did you mean ${meant}?`
    const takes = `It takes ${allowed.join(', ')}.`
    throw new GraphError(`${what} does not take the option ${key}${question}`, {
      ...place,
      hint: hint === undefined ? takes : `${takes} ${hint}`,
    })
  }
  for (const key of ['name', 'nodeName'] as const) {
    const value: unknown = (options as NodeOptions)[key]
    if (value === undefined || typeof value === 'string' || handleOf(value) !== undefined) continue
    throw new GraphError(`the option ${key} of ${what} must be a text`, place)
  }
}

/**
 * Does what looks at the options of a node that is to be made; its errors say where.
 *
 * @throws GraphError for references in options, and for whatever `read` objects to
 */
export function readOptions<T>(
  { build }: GraphScope,
  options: object | undefined,
  // biome-ignore lint/complexity/noBannedTypes: any function
  callee: Function,
  read: () => T,
): T {
  try {
    refuseReferences(options)
    return read()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError) || (error instanceof GraphError && error.graph !== undefined))
      throw error
    const position = callPosition(callee)
    const source = position === undefined ? undefined : formatPosition(position)
    throw new GraphError(error.message, {
      graph: build.name,
      source,
      hint: error.hint,
      cause: error,
    })
  }
}

function refuseReferences(options: object | undefined): void {
  if (typeof options !== 'object' || options === null) return
  const [key] = Object.entries(options).find(([name, value]) => name !== 'after' && holdsReferences(value)) ?? []
  if (key === undefined) return
  throw new GraphError(`the option ${key} cannot be a reference`, {
    hint: 'What a node is asked for is known before the workflow runs. Give the value to the task as an input.',
  })
}

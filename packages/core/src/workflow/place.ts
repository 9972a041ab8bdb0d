import type { Node } from '@tern/idl/graph'
import { InvalidArgumentError } from '../errors.ts'
import { nestedPath } from './node-path.ts'

/** Where something is wrong in a workflow. */
export interface Place {
  /** Name of the graph. */
  readonly graph: string
  /** From that graph; empty for the graph itself. */
  readonly path: string
  readonly node?: Node | undefined
}

/** That something is wrong at a place. */
export function wrong({ graph, path, node }: Place, message: string): InvalidArgumentError {
  const source = node?.source
  const position = source === undefined || source.file === '' ? '' : ` (${source.file}:${source.line})`
  const where = path === '' ? '' : `, node ${path}${position}`
  return new InvalidArgumentError(`workflow ${graph}${where}: ${message}`, {
    field: path === '' ? 'graph' : nestedPath('graph', path),
  })
}

/** The names of what there is, for people who chose another. */
export function namesOf(types: ReadonlyMap<string, unknown>): string {
  return types.size === 0 ? 'none' : [...types.keys()].join(', ')
}

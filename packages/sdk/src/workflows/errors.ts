import { InvalidArgumentError, type TernErrorOptions } from '@tern/core'

export interface GraphErrorOptions extends TernErrorOptions {
  /** Full name of the workflow. */
  readonly graph?: string | undefined
  /** Path of the node in it, e.g. `n2/then0/n1`. */
  readonly node?: string | undefined
  /** Where the node is made: `file:line:column`. */
  readonly source?: string | undefined
}

/** A workflow is wrong: it cannot be compiled. */
export class GraphError extends InvalidArgumentError {
  override readonly name: string = 'GraphError'
  graph: string | undefined
  readonly node: string | undefined
  source: string | undefined
  readonly #problem: string

  constructor(message: string, { graph, node, source, ...options }: GraphErrorOptions = {}) {
    super(placed(message, { graph, node, source }), options)
    this.#problem = message
    this.graph = graph
    this.node = node
    this.source = source
  }

  /** Says where it happened, when that is known only where it is caught. */
  locate(graph: string, source: string): void {
    this.graph ??= graph
    this.source = source
    this.message = placed(this.#problem, this)
  }
}

function placed(problem: string, { graph, node, source }: GraphErrorOptions): string {
  const place = [graph && `workflow ${graph}`, node && `node ${node}`].filter(Boolean).join(', ')
  const at = source === undefined ? '' : ` (${source})`
  return `${place === '' ? '' : `${place}: `}${problem}${at}`
}

export interface BindErrorOptions extends GraphErrorOptions {
  /** The input of the node, or the output of the workflow. */
  readonly input: string
  /** The type that it has. */
  readonly expected?: string | undefined
  /** What was given. */
  readonly actual?: string | undefined
}

/** What a node is given does not fit its input. */
export class BindError extends GraphError {
  override readonly name: string = 'BindError'
  readonly input: string
  readonly expected: string | undefined
  readonly actual: string | undefined

  constructor(message: string, { input, expected, actual, ...options }: BindErrorOptions) {
    super(message, options)
    this.input = input
    this.expected = expected
    this.actual = actual
  }
}

/** `.node()`, and what else makes nodes, was called outside the body of a workflow. */
export class NotInGraphError extends GraphError {
  override readonly name: string = 'NotInGraphError'
}

/** A task or a workflow was called, or run, in the body of a workflow. */
export class RunInsideGraphError extends GraphError {
  override readonly name: string = 'RunInsideGraphError'
}

/** The body of a workflow is asynchronous. */
export class AsyncBodyError extends GraphError {
  override readonly name: string = 'AsyncBodyError'
}

/** A reference was used outside of the graph, or the branch, that it belongs to. */
export class ForeignRefError extends GraphError {
  override readonly name: string = 'ForeignRefError'
}

/** A reference was used as if it were its value. */
export class ReferenceUseError extends GraphError {
  override readonly name: string = 'ReferenceUseError'
}

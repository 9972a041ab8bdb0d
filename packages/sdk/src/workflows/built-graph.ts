import { create } from '@bufbuild/protobuf'
import { compareText, describeValue, isTernError } from '@tern/core'
import { type Binding, FailurePolicy as WirePolicy, type Graph, GraphSchema } from '@tern/idl/graph'
import type { TaskInterface } from '../types/task-interface.ts'
import { bindVariable } from './bind.ts'
import type { EntityTable } from './entities.ts'
import { AsyncBodyError, BindError, GraphError, type GraphErrorOptions, ReferenceUseError } from './errors.ts'
import { findCycle } from './cycles.ts'
import { type BuiltNode, type GraphBuild, inGraph } from './graph-scope.ts'
import { inputRefs } from './input-refs.ts'
import { handleOf, outputsOfNode } from './references.ts'
import { formatPosition, frameAbove, stackDepth } from './source-position.ts'
import { toBinding } from './taker.ts'
import { openGraph } from './task-nodes.ts'

/** What happens when a node has failed. */
export type FailurePolicy = 'failFast' | 'finishExecutable'

export interface GraphParts {
  /** Full name of the workflow. */
  readonly name: string
  readonly interface: TaskInterface
  readonly failurePolicy?: FailurePolicy | undefined
  readonly interruptible?: boolean | undefined
  readonly description?: string | undefined
  /** Where the workflow is declared: `file:line:column`. */
  readonly source?: string | undefined
  /** Makes the node of the failure handler. */
  readonly onFailure?: ((build: GraphBuild) => BuiltNode) | undefined
  /** What the numbers of nodes follow. Defaults to `n`. */
  readonly prefix?: string | undefined
}

/** A graph that is complete and right. */
export class BuiltGraph {
  readonly parts: GraphParts
  readonly build: GraphBuild
  readonly outputs: readonly Binding[]
  private readonly handler: BuiltNode | undefined

  constructor(parts: GraphParts, build: GraphBuild, returned: unknown) {
    this.parts = parts
    this.build = build
    for (const unfinished of build.unfinished) throw unfinished.describe()
    this.outputs = bindOutputs(parts, build, returned)
    checkCycles(build)
    this.handler = parts.onFailure?.(build)
    build.isOpen = false
  }

  /** Inputs that nothing takes. */
  get unusedInputs(): readonly string[] {
    return this.parts.interface.inputs.map(({ name }) => name).filter((name) => !this.build.usedInputs.has(name))
  }

  toGraph(entities: EntityTable): Graph {
    const { name, interface: declared, failurePolicy, interruptible, description = '' } = this.parts
    return create(GraphSchema, {
      name,
      interface: declared.typed,
      nodes: this.build.root.nodes.map((node) => node.toMessage(entities)),
      outputs: [...this.outputs],
      failurePolicy: failurePolicy === 'finishExecutable' ? WirePolicy.FINISH_EXECUTABLE : WirePolicy.FAIL_IMMEDIATELY,
      ...(this.handler === undefined ? {} : { onFailure: this.handler.toMessage(entities) }),
      ...(interruptible === undefined ? {} : { interruptible }),
      description,
    })
  }
}

/**
 * Runs the body of a workflow, once, with references for its inputs.
 *
 * @throws GraphError when the workflow is wrong
 */
export function buildGraph(parts: GraphParts, body: (inputs: never) => unknown): BuiltGraph {
  const build = openGraph(parts.name, parts.prefix)
  try {
    const returned = inGraph(build.root, () => runBody(parts, () => body(inputRefs(build, parts.interface) as never)))
    if (returned instanceof Promise) {
      returned.catch(() => undefined)
      throw new AsyncBodyError('the body of a workflow cannot be asynchronous', {
        graph: parts.name,
        source: parts.source,
        hint: 'It only says what calls what: nothing can be awaited before the workflow runs.',
      })
    }
    return new BuiltGraph(parts, build, returned)
  } finally {
    build.isOpen = false
  }
}

/** @param body calls what the user has written */
function runBody(parts: GraphParts, body: () => unknown): unknown {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Infinity
  const depth = stackDepth()
  try {
    return body()
  } catch (cause) {
    const position = frameAbove(cause, depth + 1)
    const source = position === undefined ? parts.source : formatPosition(position)
    if (cause instanceof GraphError && source !== undefined) {
      // What a reference is used for is wrong where that is done, and not where its node is made.
      if (cause.source === undefined || cause instanceof ReferenceUseError) cause.locate(parts.name, source)
    }
    if (isTernError(cause)) throw cause
    throw new GraphError(
      `its body failed: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`,
      {
        graph: parts.name,
        source,
        hint: 'It runs once, when the workflow is compiled, with references instead of values.',
        cause,
      },
    )
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The same for a body that may be asynchronous. */
export async function buildGraphLater(parts: GraphParts, body: () => unknown): Promise<BuiltGraph> {
  const build = openGraph(parts.name, parts.prefix)
  try {
    return new BuiltGraph(parts, build, await inGraph(build.root, body))
  } finally {
    build.isOpen = false
  }
}

function bindOutputs(parts: GraphParts, build: GraphBuild, returned: unknown): Binding[] {
  const { interface: declared } = parts
  const place = { graph: parts.name, source: parts.source }
  if (declared.outputKind === 'none') return checkNothing(returned, place)
  const values = declared.outputKind === 'single' ? undefined : namedOutputs(declared, returned, place)
  const bindings = declared.outputs.map((variable) => {
    const { name } = variable
    const where = declared.outputKind === 'single' ? 'its output' : `its output ${name}`
    const value = values === undefined ? returned : values[name]
    return toBinding(name, bindVariable(variable, value, { scope: build.root, where, name, place }))
  })
  return bindings.sort((a, b) => compareText(a.name, b.name))
}

function checkNothing(returned: unknown, place: GraphErrorOptions): Binding[] {
  const handle = handleOf(returned)
  if (returned === undefined || (handle?.kind === 'node' && handle.node.outputs.size === 0)) return []
  throw new GraphError('it declares no output, but its body returned something', {
    ...place,
    hint: 'Declare it with `output` or `outputs`.',
  })
}

function namedOutputs(
  { outputs }: TaskInterface,
  returned: unknown,
  place: GraphErrorOptions,
): Readonly<Record<string, unknown>> {
  const names = outputs.map(({ name }) => name)
  const handle = handleOf(returned)
  if (handle?.kind === 'value') {
    const parts = returned as Readonly<Record<string, unknown>>
    return Object.fromEntries(names.map((name) => [name, parts[name]]))
  }
  const given = handle === undefined ? returned : outputsOfNode(handle)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const actual = given === undefined ? 'nothing' : describeValue(given)
    throw new GraphError(`its body must return an object of its outputs (${names.join(', ')}), got ${actual}`, place)
  }
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined && handle === undefined) {
    throw new BindError(`it has no output ${unknown}: it declares ${names.join(', ')}`, { ...place, input: unknown })
  }
  const missing = outputs.filter(({ name, codec }) => !(name in given) && codec.type.type.case !== 'unionType')
  if (missing.length === 0) return given as Readonly<Record<string, unknown>>
  const list = missing.map(({ name, label }) => `${name} (${label})`).join(', ')
  throw new BindError(`its body returned no ${list}`, { ...place, input: missing[0]?.name ?? '' })
}

function checkCycles(build: GraphBuild): void {
  for (const nodes of listsOf(build.root.nodes)) {
    const cycle = findCycle(nodes)
    if (cycle === undefined) continue
    const [first] = cycle
    const names = [...cycle, first].map((node) => node?.path).join(' → ')
    throw new GraphError(`nodes wait for each other: ${names}`, {
      ...first?.place,
      hint: 'Look at the calls of chain, and the options after.',
    })
  }
}

// Those in branches were added to their own scopes, and depend on each other by chain only.
function* listsOf(nodes: readonly BuiltNode[]): Generator<readonly BuiltNode[]> {
  yield nodes
  for (const node of nodes) for (const inner of node.inner) yield* listsOf(inner)
}

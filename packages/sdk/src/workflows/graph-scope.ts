import { AsyncLocalStorage } from 'node:async_hooks'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { compareText } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import { type Binding, CallNodeSchema, type Node, NodeSchema } from '@tern/idl/graph'
import type { Schema } from '../types/standard-schema.ts'
import type { EntityTable } from './entities.ts'
import { GraphError, type GraphErrorOptions, NotInGraphError } from './errors.ts'
import { toNodeId } from './node-id.ts'
import type { NodeOptions } from './reference-types.ts'
import { handleOf } from './references.ts'
import { callPosition, formatPosition, type SourcePosition } from './source-position.ts'

export type NodeKind = NonNullable<MessageInitShape<typeof NodeSchema>['kind']>

/** A node of a graph that is being built. */
export class BuiltNode {
  readonly scope: GraphScope
  readonly id: string
  /** What messages call it: `task hello.predict`, `when "size"`. */
  readonly what: string
  readonly name: string
  readonly index: number
  readonly position: SourcePosition | undefined
  readonly upstream = new Set<BuiltNode>()
  inputs: readonly Binding[] = []
  outputs: ReadonlyMap<string, LiteralType> = noOutputs
  /** Whether its output is one value, not an object of named ones. */
  isSingle = false
  /** Schemas of its outputs, where it calls something that has them. */
  schemas: ReadonlyMap<string, Schema> = noSchemas
  /** Whether the outputs go into the message; otherwise what it calls has them. */
  declaresOutputs = false
  /** The lists of nodes inside it: those of the branches of a conditional. */
  readonly inner: (readonly BuiltNode[])[] = []
  /** What it is on the wire, once it is known what it calls by which number. */
  toKind: (entities: EntityTable) => NodeKind = () => ({ case: 'echo', value: {} })

  constructor(scope: GraphScope, options: NewNode, id: string) {
    this.scope = scope
    this.what = options.what
    this.id = id
    this.name = options.options?.name ?? ''
    this.index = scope.nodes.length
    this.position = callPosition(options.callee)
  }

  /** From the root of its graph: `n2/then0/n1`. */
  get path(): string {
    return this.scope.path === '' ? this.id : `${this.scope.path}/${this.id}`
  }

  get source(): string | undefined {
    return this.position === undefined ? undefined : formatPosition(this.position)
  }

  get place(): GraphErrorOptions {
    return { graph: this.scope.build.name, node: this.path, source: this.source }
  }

  /** Says that `node`, of the same list or an enclosing one, has to end before this one starts. */
  dependOn(node: BuiltNode): void {
    if (this.scope !== node.scope) this.scope.branch?.dependOn(node)
    else if (this !== node) this.upstream.add(node)
  }

  toMessage(entities: EntityTable): Node {
    const node = this.write(entities)
    if (this.position !== undefined) entities.positions.push([node, this.position])
    return node
  }

  private write(entities: EntityTable): Node {
    const upstream = [...this.upstream].sort((a, b) => a.index - b.index).map(({ id }) => id)
    // Built as plain objects, which is what `create` makes of most nodes too, at many times the cost.
    const kind = this.toKind(entities)
    if (kind.case === 'call' && !this.declaresOutputs) {
      return {
        $typeName: 'tern.workflow.v1.Node',
        id: this.id,
        name: this.name,
        inputs: inputsByName(this.inputs),
        upstream,
        kind: { case: 'call', value: create(CallNodeSchema, kind.value) },
      }
    }
    return create(NodeSchema, {
      id: this.id,
      name: this.name,
      inputs: inputsByName(this.inputs),
      upstream,
      ...(this.declaresOutputs ? { outputs: toVariableMap(this.outputs) } : {}),
      kind,
    })
  }
}

function inputsByName(inputs: readonly Binding[]): Binding[] {
  return [...inputs].sort((a, b) => compareText(a.name, b.name))
}

const noOutputs: ReadonlyMap<string, LiteralType> = new Map()
const noSchemas: ReadonlyMap<string, Schema> = new Map()

function toVariableMap(
  outputs: ReadonlyMap<string, LiteralType>,
): NonNullable<MessageInitShape<typeof NodeSchema>['outputs']> {
  const entries = [...outputs].sort(([a], [b]) => compareText(a, b))
  return { variables: entries.map(([key, type]) => ({ key, value: { type } })) }
}

export interface NewNode {
  readonly what: string
  readonly options?: NodeOptions | undefined
  /** The function that the body called. */
  // biome-ignore lint/complexity/noBannedTypes: any function
  readonly callee: Function
}

/** What is being built: a workflow, with everything that belongs to all of its lists of nodes. */
export class GraphBuild {
  readonly name: string
  /** What the numbers of nodes follow: `n`, or `dn` in a dynamic workflow. */
  readonly prefix: string
  readonly root: GraphScope
  /** Names of gates, which are asked for by name. */
  readonly gates = new Map<string, BuiltNode>()
  /** Conditionals without an else so far. */
  readonly unfinished = new Set<{ readonly describe: () => GraphError }>()
  readonly usedInputs = new Set<string>()
  /** What is called and is not to be called any more, with the first node that does. */
  readonly deprecated = new Map<string, { readonly node: string; readonly message: string }>()
  isOpen = true

  constructor(name: string, prefix = 'n') {
    this.name = name
    this.prefix = prefix
    this.root = new GraphScope(this, undefined, undefined, '')
  }
}

/** A list of nodes: those of a workflow, or of one branch of a conditional. */
export class GraphScope {
  readonly build: GraphBuild
  readonly parent: GraphScope | undefined
  /** The conditional that the branch belongs to. */
  readonly branch: BuiltNode | undefined
  /** Goes before the ids of its nodes. */
  readonly path: string
  readonly nodes: BuiltNode[] = []
  /** Of a branch that fails. */
  failure: string | undefined
  isOpen = true
  private readonly ids = new Map<string, BuiltNode>()

  constructor(build: GraphBuild, parent: GraphScope | undefined, branch: BuiltNode | undefined, path: string) {
    this.build = build
    this.parent = parent
    this.branch = branch
    this.path = path
  }

  add(options: NewNode): BuiltNode {
    const wanted = options.options?.nodeName
    const id = typeof wanted === 'string' ? toNodeId(wanted) : this.nextId()
    const node = new BuiltNode(this, options, id)
    const { place } = node
    if (handleOf(wanted) !== undefined) throw new GraphError('the option nodeName cannot be a reference', place)
    if (!this.isOpen || !this.build.isOpen) throw new NotInGraphError('the graph is finished', place)
    if (id === '') {
      throw new GraphError(`the nodeName ${JSON.stringify(wanted)} has no letter or digit in it`, place)
    }
    if (reservedIds.has(id)) throw new GraphError(`the id ${id} is reserved: give another nodeName`, place)
    const other = this.ids.get(id)
    if (other !== undefined) {
      const first = other.source === undefined ? '' : `, first at ${other.source}`
      const hint = 'Give each a nodeName of its own.'
      throw new GraphError(`two nodes have the id ${id} (${other.what} and ${node.what}${first})`, { ...place, hint })
    }
    this.ids.set(id, node)
    this.nodes.push(node)
    for (const before of toList(options.options?.after)) putBehind(node, before)
    return node
  }

  /** Whether what belongs to `other` can be used here: it is this list, or one around it. */
  isWithin(other: GraphScope): boolean {
    return this === other || this.parent?.isWithin(other) === true
  }

  private nextId(): string {
    return `${this.build.prefix}${this.nodes.length}`
  }
}

/** The inputs of a graph, where it ends, and its failure handler. */
const reservedIds: ReadonlySet<string> = new Set(['start-node', 'end-node', 'efn', 'fn0', 'dfn0'])

/** Puts a node behind what a reference or a node of the body stands for. */
export function putBehind(node: BuiltNode, before: unknown): void {
  const handle = handleOf(before)
  if (handle === undefined) {
    throw new GraphError('only what .node() and the like return can be put before a node', node.place)
  }
  // The inputs of a workflow are there before any node.
  if (handle.node === undefined) return
  if (!node.scope.isWithin(handle.scope)) {
    throw new GraphError(`${handle.node.path} is in another graph or branch`, node.place)
  }
  node.dependOn(handle.node)
}

function toList<T>(given: T | readonly T[] | undefined): readonly T[] {
  if (given === undefined) return []
  // A reference to a list is no list.
  return handleOf(given) === undefined && Array.isArray(given) ? (given as readonly T[]) : [given as T]
}

const scopes = new AsyncLocalStorage<GraphScope>()

/** The graph that the calling code belongs to. */
export function currentGraph(): GraphScope | undefined {
  return scopes.getStore()
}

/** @throws NotInGraphError outside the body of a workflow */
// biome-ignore lint/complexity/noBannedTypes: any function
export function requireGraph(what: string, callee: Function): GraphScope {
  const scope = scopes.getStore()
  if (scope?.build.isOpen) return scope
  const position = callPosition(callee)
  throw new NotInGraphError(`${what} was called outside the body of a workflow`, {
    source: position === undefined ? undefined : formatPosition(position),
    hint: 'Call it in the function that is given to workflow, dynamic, or a branch of when.',
  })
}

export function inGraph<T>(scope: GraphScope, body: () => T): T {
  return scopes.run(scope, body)
}

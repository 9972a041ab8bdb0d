import { FailurePolicy, type Graph, type Workflow } from '@tern/idl/graph'
import { acceptsNone } from '../literal-types.ts'
import type { NodeState } from './effects.ts'
import { typesIn } from './entity-interface.ts'
import { type NodeFailure, ValueError } from './execution-failures.ts'
import {
  type CasePlan,
  type GraphPlan,
  type ListPlan,
  type NodePlan,
  planOf,
  type ReferencePlan,
} from './graph-plan.ts'
import { type LiteralBytes, type NamedBytes, noneBytes } from './literal-bytes.ts'
import type { MapItems } from './map-items.ts'
import { nestedPath } from './node-path.ts'
import { referenceText, type ValueScope } from './values.ts'

/** One execution of a graph: of the workflow itself, of one that a node calls, or of one that a dynamic node made. */
export class GraphRun {
  readonly workflow: Workflow
  readonly plan: GraphPlan
  /** Of the node that it is inside of; empty for the workflow itself. */
  readonly path: string
  readonly parent: NodeRun | null
  readonly inputs: NamedBytes
  readonly list: ListRun
  /** It is part of what is called since a workflow fails. */
  readonly isInHandler: boolean
  /** The failure handler, once it is called. */
  handler: ListRun | null = null
  failure: NodeFailure | null = null
  /** It has ended, its failure handler included. */
  isOver = false
  /** It was aborted with a graph around it, whose handler is called when this one has ended. */
  endsFor: GraphRun | null = null
  /** Once it has failed: how many graphs inside of it have to end before its handler is called, and 1 until all of them are known. */
  handlersBefore = 0

  constructor(of: {
    readonly workflow: Workflow
    readonly graph?: Graph
    readonly path: string
    readonly parent: NodeRun | null
    readonly inputs: NamedBytes
  }) {
    const graph = of.graph ?? of.workflow.graph
    if (graph === undefined) throw new ValueError('the workflow has no graph')
    this.workflow = of.workflow
    this.plan = planOf(graph)
    this.path = of.path
    this.parent = of.parent
    this.inputs = of.inputs
    this.isInHandler = of.parent !== null && (of.parent.list.isHandler || of.parent.graph.isInHandler)
    this.list = new ListRun({ plan: this.plan.list, path: of.path, graph: this, outer: null, owner: null })
  }

  get finishesExecutable(): boolean {
    return this.plan.graph.failurePolicy === FailurePolicy.FINISH_EXECUTABLE
  }

  input({ output: name, node, path }: ReferencePlan): LiteralBytes {
    const value = this.inputs.get(name)
    if (value !== undefined) return value
    const type = typesIn(this.plan.graph.interface?.inputs).get(name)
    if (type !== undefined && acceptsNone(type)) return noneBytes
    throw new ValueError(`${referenceText({ node, output: name, path })}: the workflow was given no ${name}`)
  }
}

/** The nodes of a graph, or of a block of a branch node, in one execution. */
export class ListRun implements ValueScope {
  readonly path: string
  readonly graph: GraphRun
  /** The branch node that the list is in. */
  readonly owner: NodeRun | null
  readonly isHandler: boolean
  readonly nodes: ReadonlyArray<NodeRun>
  /** Nodes that have not ended. */
  open: number
  readonly #outer: ListRun | null
  readonly #depth: number

  constructor(of: {
    readonly plan: ListPlan
    readonly path: string
    readonly graph: GraphRun
    readonly outer: ListRun | null
    readonly owner: NodeRun | null
    readonly isHandler?: boolean
  }) {
    this.path = of.path
    this.graph = of.graph
    this.owner = of.owner
    this.isHandler = of.isHandler ?? false
    this.nodes = of.plan.nodes.map((plan) => new NodeRun(plan, this))
    this.open = this.nodes.length
    this.#outer = of.outer
    this.#depth = of.plan.depth
  }

  get failure(): NodeFailure | null {
    return this.graph.failure
  }

  find(reference: ReferencePlan): LiteralBytes {
    const { depth, index, output } = reference
    if (depth < 0) return this.graph.input(reference)
    const value = this.#at(depth).nodes[index]?.outputs?.get(output)
    if (value === undefined) throw new ValueError(`${referenceText(reference)}: the node gave no output ${output}`)
    return value
  }

  /** The list itself, or the one of that depth around it. */
  #at(depth: number): ListRun {
    return this.#depth <= depth || this.#outer === null ? this : this.#outer.#at(depth)
  }
}

export class NodeRun {
  readonly plan: NodePlan
  readonly list: ListRun
  state: NodeState = 'waiting'
  /** Nodes that have to end before. */
  waitsFor: number
  outputs: NamedBytes | null = null
  /** Nodes that may still look at its outputs. */
  readers: number
  startedAt = 0
  endedAt = 0
  failed: NodeFailure | null = null
  /** Of a branch node: what was decided, and the nodes of it. */
  taken: CasePlan | null = null
  block: ListRun | null = null
  /** Of a node that calls a workflow, or has made one. */
  inner: GraphRun | null = null
  /** Of a map node. */
  items: MapItems | null = null

  constructor(plan: NodePlan, list: ListRun) {
    this.plan = plan
    this.list = list
    this.waitsFor = plan.upstream.size
    this.readers = plan.dependents.length
  }

  /** It looks at nobody's outputs any more: those that nobody else does are given up. */
  leaveUpstream(): void {
    for (const index of this.plan.upstream) {
      const read = this.list.nodes[index]!
      read.readers--
      if (read.readers === 0 && !read.plan.isResult) read.outputs = null
    }
  }

  get graph(): GraphRun {
    return this.list.graph
  }

  get path(): string {
    return nestedPath(this.list.path, this.plan.node.id)
  }
}

import { toBinary } from '@bufbuild/protobuf'
import { type Literal, LiteralSchema, type LiteralType, LiteralTypeSchema } from '@tern/idl/core'
import type { Binding, Block, Condition, Graph, Node, PathSegment, Reference, Value } from '@tern/idl/graph'
import type { LiteralBytes } from './literal-bytes.ts'
import { nestedPath } from './node-path.ts'

// What is known of a graph before it runs, worked out once for all its executions: which node waits for which, and where
// references lead to.

export interface GraphPlan {
  readonly graph: Graph
  readonly list: ListPlan
  readonly outputs: ReadonlyArray<BindingPlan>
  /** A list of one. */
  readonly onFailure: ListPlan | null
}

/** Nodes of a graph, or of a block of a branch node. */
export interface ListPlan {
  /** 0 for those of the graph itself. */
  readonly depth: number
  readonly nodes: ReadonlyArray<NodePlan>
}

export interface NodePlan {
  readonly node: Node
  readonly index: number
  readonly inputs: ReadonlyArray<BindingPlan>
  /** How many nodes of the list it waits for. */
  readonly upstream: ReadonlySet<number>
  /** Places in the list of those that wait for it. */
  readonly dependents: ReadonlyArray<number>
  /** Something refers to its outputs. */
  readonly isReferenced: boolean
  /** The outputs of its graph, or of its block, do: they are needed until the end. */
  readonly isResult: boolean
  readonly cases: ReadonlyArray<CasePlan>
}

export interface CasePlan {
  /** `then0`, `then1`, …, `else`. */
  readonly name: string
  /** Null for the last one. */
  readonly condition: Condition | null
  readonly list: ListPlan
  readonly outputs: ReadonlyArray<BindingPlan>
  /** Why the block fails; null if it does not. */
  readonly failure: string | null
}

export interface BindingPlan {
  readonly name: string
  readonly value: ValuePlan
}

export type ValuePlan =
  | { readonly kind: 'literal'; readonly bytes: LiteralBytes; readonly literal: Literal }
  | { readonly kind: 'reference'; readonly reference: ReferencePlan }
  | { readonly kind: 'list'; readonly items: ReadonlyArray<ValuePlan> }
  | { readonly kind: 'map' | 'record'; readonly entries: ReadonlyArray<BindingPlan> }
  | { readonly kind: 'union'; readonly value: ValuePlan; readonly type: LiteralType; readonly variant: Uint8Array }
  | { readonly kind: 'error' }

export interface ReferencePlan {
  /** Of the list with the node; -1 for the graph's inputs. */
  readonly depth: number
  readonly index: number
  readonly node: string
  readonly output: string
  readonly path: ReadonlyArray<PathSegment>
}

/** A reference that leads nowhere. Does not happen in a graph that was checked. */
class UnknownNodeError extends Error {
  override readonly name = 'UnknownNodeError'
  readonly node: string

  constructor(node: string) {
    super(`there is no node ${node} that can be referred to from here`)
    this.node = node
  }
}

const plans = new WeakMap<Graph, GraphPlan>()

/** @throws UnknownNodeError */
export function planOf(graph: Graph): GraphPlan {
  const known = plans.get(graph)
  if (known !== undefined) return known
  const plan = new Planner().planGraph(graph)
  plans.set(graph, plan)
  return plan
}

/** Where references of operands lead to: conditions are planned as they are evaluated, by their own messages. */
const operands = new WeakMap<Reference, ReferencePlan>()

export function operandPlanOf(reference: Reference): ReferencePlan {
  return operands.get(reference)!
}

interface OpenList {
  readonly prefix: string
  readonly places: ReadonlyMap<string, number>
  readonly nodes: OpenNode[]
  /** The one that is being planned. */
  current: number
}

interface OpenNode {
  readonly node: Node
  inputs: ReadonlyArray<BindingPlan>
  readonly upstream: Set<number>
  isReferenced: boolean
  isResult: boolean
  cases: ReadonlyArray<CasePlan>
}

class Planner {
  /** The list that is being planned, and those around it. */
  readonly #lists: OpenList[] = []

  planGraph(graph: Graph): GraphPlan {
    const opened = this.#open('', graph.nodes)
    const outputs = this.#bindings(graph.outputs)
    const list = this.#close(opened)
    const onFailure = graph.onFailure === undefined ? null : this.#close(this.#open('', [graph.onFailure]))
    return { graph, list, outputs, onFailure }
  }

  #open(prefix: string, nodes: ReadonlyArray<Node>): OpenList {
    const list: OpenList = {
      prefix,
      places: new Map(nodes.map(({ id }, index) => [id, index])),
      nodes: nodes.map((node) => ({
        node,
        inputs: [],
        upstream: new Set(),
        isReferenced: false,
        isResult: false,
        cases: [],
      })),
      current: -1,
    }
    this.#lists.push(list)
    list.nodes.forEach((open, index) => {
      list.current = index
      this.#planNode(open, list)
    })
    list.current = -1
    return list
  }

  #close(list: OpenList): ListPlan {
    this.#lists.pop()
    const dependents = list.nodes.map((): number[] => [])
    list.nodes.forEach(({ upstream }, index) => {
      for (const other of upstream) dependents[other]!.push(index)
    })
    return {
      depth: this.#lists.length,
      nodes: list.nodes.map((open, index) => ({ ...open, index, dependents: dependents[index]! })),
    }
  }

  #planNode(open: OpenNode, list: OpenList): void {
    const { node } = open
    for (const id of node.upstream) {
      const place = list.places.get(id)
      if (place === undefined) throw new UnknownNodeError(id)
      open.upstream.add(place)
    }
    open.inputs = this.#bindings(node.inputs)
    if (node.kind.case === 'branch') open.cases = this.#cases(node, nestedPath(list.prefix, node.id))
  }

  #cases({ kind }: Node, path: string): CasePlan[] {
    if (kind.case !== 'branch') return []
    const { cases, otherwise } = kind.value
    const planned = cases.map(({ condition, block }, index) => {
      if (condition !== undefined) this.#condition(condition)
      return this.#block(`then${index}`, condition ?? null, block, path)
    })
    return [...planned, this.#block('else', null, otherwise, path)]
  }

  #block(name: string, condition: Condition | null, block: Block | undefined, path: string): CasePlan {
    const list = this.#open(nestedPath(path, name), block?.nodes ?? [])
    const outputs = this.#bindings(block?.outputs ?? [])
    const failure = block?.fail === undefined ? null : block.fail.message || 'no case holds'
    return { name, condition, list: this.#close(list), outputs, failure }
  }

  #condition(condition: Condition): void {
    switch (condition.kind.case) {
      case undefined:
        return
      case 'all':
      case 'any':
        for (const inner of condition.kind.value.conditions) this.#condition(inner)
        return
      case 'not':
        return this.#condition(condition.kind.value)
      case 'comparison':
        for (const operand of [condition.kind.value.left, condition.kind.value.right]) {
          if (operand?.value.case === 'reference') {
            operands.set(operand.value.value, this.#reference(operand.value.value))
          }
        }
    }
  }

  #bindings(bindings: ReadonlyArray<Binding>): BindingPlan[] {
    return bindings.flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value: this.#value(value) }]))
  }

  #value({ kind }: Value): ValuePlan {
    switch (kind.case) {
      case 'literal':
        return { kind: 'literal', literal: kind.value, bytes: toBinary(LiteralSchema, kind.value) }
      case 'reference':
        return { kind: 'reference', reference: this.#reference(kind.value) }
      case 'list':
        return { kind: 'list', items: kind.value.items.map((item) => this.#value(item)) }
      case 'map':
        return { kind: 'map', entries: this.#bindings(kind.value.entries) }
      case 'record':
        return { kind: 'record', entries: this.#bindings(kind.value.fields) }
      case 'union': {
        const { value, type } = kind.value
        if (value === undefined || type === undefined) throw new Error('a union binding without its value or its type')
        return { kind: 'union', value: this.#value(value), type, variant: toBinary(LiteralTypeSchema, type) }
      }
      case 'error':
        return { kind: 'error' }
      default:
        throw new Error('a binding without a value')
    }
  }

  #reference({ node, output, path }: Reference): ReferencePlan {
    if (node === '') return { depth: -1, index: -1, node, output, path }
    const slash = node.lastIndexOf('/')
    const prefix = slash < 0 ? '' : node.slice(0, slash)
    const depth = this.#lists.findLastIndex((list) => list.prefix === prefix)
    const list = this.#lists[depth]
    const index = list?.places.get(node.slice(slash + 1))
    if (list === undefined || index === undefined) throw new UnknownNodeError(node)
    list.nodes[index]!.isReferenced = true
    // What is inside of a node cannot refer to it.
    if (list.current === index) throw new UnknownNodeError(node)
    if (list.current >= 0) list.nodes[list.current]!.upstream.add(index)
    else list.nodes[index]!.isResult = true
    return { depth, index, node, output, path }
  }
}

import { assertNever } from '../assert-never.ts'
import { holds } from './conditions.ts'
import type { Started } from './effects.ts'
import { interfaceOf, typesIn } from './entity-interface.ts'
import { ValueError, workflowFailure } from './execution-failures.ts'
import { GraphRun, ListRun, type NodeRun } from './execution-state.ts'
import { type MapInput, MapItems } from './map-items.ts'
import type { NodeEnds } from './node-ends.ts'
import { nestedPath } from './node-path.ts'
import type { NodeValues } from './node-values.ts'
import type { Turn } from './turn.ts'

/** What nodes of each kind begin with. */
export class NodeStarts {
  readonly #turn: Turn
  readonly #values: NodeValues
  readonly #ends: NodeEnds

  constructor(turn: Turn, values: NodeValues, ends: NodeEnds) {
    this.#turn = turn
    this.#values = values
    this.#ends = ends
  }

  begin(node: NodeRun): void {
    node.state = 'running'
    node.startedAt = this.#turn.now
    this.#ends.attempt(node, () => this.#begin(node))
  }

  #begin(node: NodeRun): void {
    const { kind } = node.plan.node
    switch (kind.case) {
      case 'call':
        return this.#beginCall(node, kind.value.entity)
      case 'map':
        return this.#beginMap(node)
      case 'branch':
        return this.#beginBranch(node)
      case 'echo':
        return this.#ends.succeed(node, this.#values.inputs(node, typesIn(node.plan.node.outputs)))
      case 'approval':
      case 'signal':
        if (kind.value.condition === undefined) throw new ValueError('the node asks for nothing')
        return this.#turn.launch(node, new Uint8Array(), { kind: 'condition', condition: kind.value.condition })
      case 'sleep':
        return this.#turn.launch(node, this.#values.serialized(this.#values.inputs(node, new Map())), { kind: 'sleep' })
      case 'dynamic':
        return this.#launchCall(node, kind.value.entity)
      case undefined:
        throw new ValueError('the node is of a kind that is not known here')
      default:
        return assertNever(kind)
    }
  }

  #beginCall(node: NodeRun, index: number): void {
    const { workflow } = node.graph
    const entity = workflow.entities[index]
    if (entity?.kind.case !== 'workflow') return this.#launchCall(node, index)
    const inputs = this.#values.inputs(node, interfaceOf(workflow, index)!.inputs)
    node.inner = new GraphRun({ workflow, graph: entity.kind.value, path: node.path, parent: node, inputs })
    this.#ends.beginGraph(node.inner)
  }

  #launchCall(node: NodeRun, entity: number): void {
    this.#turn.launch(node, callInputs(node, entity, this.#values), calling(node, entity))
  }

  #beginMap(node: NodeRun): void {
    const { kind } = node.plan.node
    if (kind.case !== 'map') return
    const typed = interfaceOf(node.graph.workflow, kind.value.entity)
    if (typed === undefined) throw new ValueError(`there is no entity ${kind.value.entity}`)
    const over = new Set(kind.value.over)
    const inputs = this.#values.complete(this.#values.inputs(node, typed.inputs, over), typed)
    const each = [...inputs].map(([name, value]): MapInput => {
      if (!over.has(name)) return { name, value }
      const content = this.#values.resolver.itemsOf(this.#values.resolver.opened(value))
      if (content.kind !== 'items') throw new ValueError(`its input ${name} is no list`)
      return { name, items: content.items }
    })
    node.items = new MapItems(kind.value, each, node.plan.isReferenced ? typed.outputs : new Map())
    this.beginItems(node, node.items)
  }

  /** Begins as many items of a map node as may run, and ends it when there are none left. */
  beginItems(node: NodeRun, items: MapItems): void {
    const { kind } = node.plan.node
    if (kind.case !== 'map') return
    const what = calling(node, kind.value.entity)
    for (let index = items.next(); index !== undefined; index = items.next()) {
      this.#turn.launch(node, this.#values.withContext(items.inputsOf(index)), what, index)
    }
    if (items.isDone)
      this.#ends.succeed(
        node,
        items.outputs((value) => this.#values.resolver.plain(value)),
      )
  }

  #beginBranch(node: NodeRun): void {
    const taken = node.plan.cases.find(({ condition, name }) => {
      return name === 'else' || (condition !== null && holds(condition, this.#values.resolver, node.list))
    })
    if (taken === undefined) throw new ValueError('the branch has no last case')
    node.taken = taken
    if (taken.failure !== null) {
      return this.#ends.fail(node, { path: node.path, failure: workflowFailure('BranchFailed', taken.failure) })
    }
    const path = nestedPath(node.path, taken.name)
    node.block = new ListRun({ plan: taken.list, path, graph: node.graph, outer: node.list, owner: node })
    this.#ends.beginList(node.block)
  }
}

/** Serialized flyteidl2.task.Inputs of a node that calls an entity. Throws ValueError. */
export function callInputs(node: NodeRun, entity: number, values: NodeValues): Uint8Array {
  const typed = interfaceOf(node.graph.workflow, entity)
  if (typed === undefined) throw new ValueError(`there is no entity ${entity}`)
  return values.serialized(values.complete(values.inputs(node, typed.inputs), typed))
}

/** What a node that calls an entity starts. */
export function calling(node: NodeRun, entity: number): Started {
  const { kind } = node.plan.node
  const overrides =
    kind.case === 'call' || kind.case === 'map' || kind.case === 'dynamic' ? kind.value.overrides : undefined
  const { workflow, plan } = node.graph
  return { kind: 'call', workflow, entity, overrides, interruptible: plan.graph.interruptible }
}

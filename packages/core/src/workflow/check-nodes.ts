import type { LiteralType } from '@tern/idl/core'
import {
  type Block,
  type Graph,
  ItemFailures,
  type MapNode,
  type Node,
  type TaskOverrides,
  type Workflow,
} from '@tern/idl/graph'
import type { TaskSpec } from '@tern/idl/task'
import { isCastable } from '../castable.ts'
import { describeType } from '../describe-type.ts'
import { InvalidArgumentError } from '../errors.ts'
import { literalTypes } from '../literal-types.ts'
import { BindingChecker } from './check-bindings.ts'
import { checkCondition } from './check-conditions.ts'
import { type EntityInterface, interfaceOf, typesIn } from './entity-interface.ts'
import { itemResultType } from './item-results.ts'
import { nestedPath } from './node-path.ts'
import { orderOf, type Scope } from './node-scope.ts'
import { nodeSpecOf } from './node-spec.ts'
import { namesOf, type Place, wrong } from './place.ts'

export interface CheckerParts {
  readonly workflow: Workflow
  readonly graph: Graph
  /** Told of the graphs that nodes call. */
  readonly called: (graph: Graph) => void
}

const idPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const reservedIds = new Set(['efn', 'start-node', 'end-node'])
const noTypes: ReadonlyMap<string, LiteralType> = new Map()

/** Checks the nodes of one graph. */
export class NodeChecker {
  readonly #parts: CheckerParts
  readonly #gates = new Set<string>()
  readonly bindings: BindingChecker

  constructor(parts: CheckerParts) {
    this.#parts = parts
    this.bindings = new BindingChecker(parts.graph)
  }

  checkList(nodes: ReadonlyArray<Node>, outer: Scope | null, prefix: string, { isHandler = false } = {}): Scope {
    const places = new Map<string, number>()
    nodes.forEach((node, index) => {
      const place = this.#place(prefix, node)
      if (!idPattern.test(node.id) || reservedIds.has(node.id))
        throw wrong(place, `${node.id || 'an empty text'} is no id for a node`)
      if (places.has(node.id)) throw wrong(place, 'another node has the same id')
      places.set(node.id, index)
    })
    const waitsFor = nodes.map((node) => this.#waitsFor(node, places, prefix))
    const scope: Scope = { prefix, places, nodes, waitsFor, outputs: Array(nodes.length), outer, current: undefined }
    for (const index of this.#inOrder(scope)) {
      scope.current = index
      scope.outputs[index] = this.#checkNode(nodes[index]!, scope, isHandler)
    }
    scope.current = undefined
    return scope
  }

  #waitsFor(node: Node, places: ReadonlyMap<string, number>, prefix: string): ReadonlySet<number> {
    const upstream = node.upstream.map((id) => {
      const index = places.get(id)
      if (index === undefined) throw wrong(this.#place(prefix, node), `it waits for ${id}, which is no node beside it`)
      return index
    })
    return new Set(upstream)
  }

  #inOrder({ nodes, waitsFor, prefix }: Scope): ReadonlyArray<number> {
    const sorted = orderOf(waitsFor)
    if ('order' in sorted) return sorted.order
    const circle = [...sorted.circle, sorted.circle[0]!].map((index) => nodes[index]!.id)
    throw wrong(this.#place(prefix, nodes[sorted.circle[0]!]!), `it waits for itself: ${circle.join(' → ')}`)
  }

  #place(prefix: string, node: Node): Place {
    return { graph: this.#parts.graph.name, path: nestedPath(prefix, node.id), node }
  }

  /** Returns what the node gives. */
  #checkNode(node: Node, scope: Scope, isHandler: boolean): ReadonlyMap<string, LiteralType> {
    const place = this.#place(scope.prefix, node)
    const { kind } = node
    const own = typesIn(node.outputs)
    const bind = (types: ReadonlyMap<string, LiteralType>, optional?: ReadonlySet<string>): void =>
      this.bindings.check(node.inputs, types, scope, {
        place,
        side: 'input',
        isComplete: true,
        isHandler,
        ...(optional !== undefined && { optional }),
      })
    switch (kind.case) {
      case 'call': {
        const typed = this.#entity(kind.value, place, ['task', 'deployedTask', 'workflow', 'launchPlan'])
        const entity = this.#parts.workflow.entities[kind.value.entity]?.kind
        if (entity?.case === 'workflow') {
          this.#parts.called(entity.value)
        }
        bind(typed.inputs, typed.optional)
        return typed.outputs
      }
      case 'map':
        return this.#checkMap(kind.value, place, bind)
      case 'branch':
        bind(noTypes)
        this.#checkBranch(kind.value, own, scope, place)
        return own
      case 'echo':
        bind(own)
        return own
      case 'approval':
        bind(own)
        this.#checkGate(kind.value.condition, literalTypes.boolean(), place)
        return own
      case 'signal': {
        bind(noTypes)
        const [type, more] = own.values()
        if (type === undefined || more !== undefined) throw wrong(place, 'a signal has one output')
        this.#checkGate(kind.value.condition, type, place)
        return own
      }
      case 'sleep':
        bind(new Map([['duration', literalTypes.duration()]]))
        return noTypes
      case 'dynamic': {
        const typed = this.#entity(kind.value, place, ['task', 'deployedTask'])
        bind(typed.inputs, typed.optional)
        return own
      }
      default:
        throw wrong(place, 'it is of a kind that is not known here')
    }
  }

  #entity(
    { entity: index, overrides }: Pick<MapNode, 'entity' | 'overrides'>,
    place: Place,
    kinds: ReadonlyArray<string>,
  ): EntityInterface {
    const typed = interfaceOf(this.#parts.workflow, index)
    const kind = this.#parts.workflow.entities[index]?.kind
    if (typed === undefined || kind?.case === undefined)
      throw wrong(place, `it calls entity ${index}, which there is not`)
    if (!kinds.includes(kind.case)) throw wrong(place, `it cannot call a ${words[kind.case]}`)
    if (overrides === undefined) return typed
    if (kind.case === 'task') checkOverrides(kind.value, overrides, place)
    else if (kind.case !== 'deployedTask') throw wrong(place, `a ${words[kind.case]} has no options to override`)
    return typed
  }

  #checkMap(
    map: MapNode,
    place: Place,
    bind: (types: ReadonlyMap<string, LiteralType>, optional?: ReadonlySet<string>) => void,
  ): ReadonlyMap<string, LiteralType> {
    const { over, minSuccess, itemFailures } = map
    const typed = this.#entity(map, place, ['task', 'deployedTask', 'launchPlan'])
    if (over.length === 0) throw wrong(place, 'a map needs an input that it is over')
    for (const name of over) {
      if (!typed.inputs.has(name))
        throw wrong(place, `it is over ${name}, which is no input; there is ${namesOf(typed.inputs)}`)
      if (!place.node?.inputs.some((input) => input.name === name))
        throw wrong(place, `it is over ${name}, which is not bound`)
    }
    if (minSuccess.case === 'minSuccessRatio' && !(minSuccess.value >= 0 && minSuccess.value <= 1)) {
      throw wrong(place, `min_success_ratio ${minSuccess.value} is not from 0 to 1`)
    }
    const lists = new Set(over)
    bind(
      new Map([...typed.inputs].map(([name, type]) => [name, lists.has(name) ? literalTypes.list(type) : type])),
      typed.optional,
    )
    const isTolerant = minSuccess.case !== undefined
    return new Map(
      [...typed.outputs].map(([name, type]) => [
        name,
        literalTypes.list(isTolerant ? tolerated(type, itemFailures) : type),
      ]),
    )
  }

  #checkBranch(
    { cases, otherwise }: Extract<Node['kind'], { case: 'branch' }>['value'],
    outputs: ReadonlyMap<string, LiteralType>,
    scope: Scope,
    place: Place,
  ): void {
    if (cases.length === 0) throw wrong(place, 'a branch needs a case with a condition')
    if (otherwise === undefined) throw wrong(place, 'the branch has no last case: end it with else')
    cases.forEach(({ condition, block }, index) => {
      if (condition === undefined) throw wrong(place, `case then${index} has no condition`)
      checkCondition(condition, (reference) => this.bindings.typeOf(reference, scope, { place }), place)
      this.#checkBlock(block, `then${index}`, outputs, scope, place)
    })
    this.#checkBlock(otherwise, 'else', outputs, scope, place)
  }

  #checkBlock(
    block: Block | undefined,
    name: string,
    outputs: ReadonlyMap<string, LiteralType>,
    outer: Scope,
    place: Place,
  ): void {
    const path = nestedPath(place.path, name)
    const inner = this.checkList(block?.nodes ?? [], outer, path)
    if (block?.fail !== undefined) return
    this.bindings.check(block?.outputs ?? [], outputs, inner, {
      place: { ...place, path },
      side: 'output',
      isComplete: true,
    })
  }

  #checkGate(
    condition: { readonly name: string; readonly type?: LiteralType | undefined } | undefined,
    type: LiteralType,
    place: Place,
  ): void {
    if (condition === undefined || condition.name === '') throw wrong(place, 'what it asks for has no name')
    if (this.#gates.has(condition.name))
      throw wrong(place, `another node asks for ${condition.name}: choose another name`)
    this.#gates.add(condition.name)
    if (condition.type === undefined || !isCastable(condition.type, type)) {
      throw wrong(place, `what it asks for is not ${describeType(type)}`)
    }
  }
}

function tolerated(type: LiteralType, failures: ItemFailures): LiteralType {
  return failures === ItemFailures.RESULT ? itemResultType(type) : literalTypes.optional(type)
}

const words: Readonly<Record<string, string>> = {
  task: 'task',
  deployedTask: 'deployed task',
  workflow: 'workflow that is part of this one',
  launchPlan: 'launch plan',
}

function checkOverrides(task: TaskSpec, overrides: TaskOverrides, place: Place): void {
  try {
    nodeSpecOf(task, { overrides, interruptible: undefined, name: '' })
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw wrong(place, error.message)
  }
}

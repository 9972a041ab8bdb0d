import type { LiteralType } from '@tern/idl/core'
import { SimpleType } from '@tern/idl/core'
import type {
  Binding,
  Block,
  Condition,
  Graph,
  MapNode,
  Node,
  Operand,
  TaskOverrides,
  Value,
  Workflow,
} from '@tern/idl/graph'
import type { TaskSpec } from '@tern/idl/task'
import { checkLiteral } from '../check-literal.ts'
import { describeType } from '../describe-type.ts'
import { DataValidationError, InvalidArgumentError } from '../errors.ts'
import { literalTypes } from '../literal-types.ts'
import { isCastable } from '../castable.ts'
import { type EntityInterface, interfaceOf, typesIn } from './entity-interface.ts'
import { nestedPath } from './node-path.ts'
import { nodeSpecOf } from './node-spec.ts'
import { type Place, wrong } from './place.ts'
import { typeAt } from './path-types.ts'
import { referenceText } from './values.ts'

/** Nodes that may be referred to from a place. */
export interface Scope {
  readonly prefix: string
  readonly places: ReadonlyMap<string, number>
  readonly nodes: ReadonlyArray<Node>
  readonly outputs: (ReadonlyMap<string, LiteralType> | undefined)[]
  readonly outer: Scope | null
  /** The node that is checked, or that what is checked is inside of; undefined behind all of them. */
  current: number | undefined
}

export interface CheckerParts {
  readonly workflow: Workflow
  readonly graph: Graph
  /** Told of the graphs that nodes call. */
  readonly called: (graph: Graph) => void
}

interface Expectation {
  readonly place: Place
  readonly side: 'input' | 'output'
  /** Everything has to be bound. */
  readonly isComplete: boolean
  readonly optional?: ReadonlySet<string>
  readonly isHandler?: boolean
}

const idPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const reservedIds = new Set(['efn', 'start-node', 'end-node'])
const noTypes: ReadonlyMap<string, LiteralType> = new Map()

/** Checks the nodes of one graph. */
export class NodeChecker {
  readonly #parts: CheckerParts
  readonly #gates = new Set<string>()

  constructor(parts: CheckerParts) {
    this.#parts = parts
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
    const scope: Scope = { prefix, places, nodes, outputs: Array(nodes.length), outer, current: undefined }
    for (const index of this.#inOrder(scope)) {
      scope.current = index
      scope.outputs[index] = this.#checkNode(nodes[index]!, scope, isHandler)
    }
    scope.current = undefined
    return scope
  }

  checkBindings(
    bindings: ReadonlyArray<Binding>,
    types: ReadonlyMap<string, LiteralType>,
    scope: Scope,
    expected: Expectation,
  ): void {
    const { place, side, isComplete, optional } = expected
    const bound = new Set<string>()
    for (const { name, value } of bindings) {
      if (bound.has(name)) throw wrong(place, `${side} ${name} is bound twice`)
      bound.add(name)
      const type = types.get(name)
      if (type === undefined) throw wrong(place, `there is no ${side} ${name}; there is ${namesOf(types)}`)
      if (value === undefined) throw wrong(place, `${side} ${name} is bound to nothing`)
      this.#checkValue(value, type, scope, { ...expected, place }, `${side} ${name}`)
    }
    if (!isComplete) return
    for (const [name, type] of types) {
      if (bound.has(name) || optional?.has(name) === true) continue
      throw wrong(place, `${side} ${name}, ${describeType(type)}, is not bound`)
    }
  }

  #place(prefix: string, node: Node): Place {
    return { graph: this.#parts.graph.name, path: nestedPath(prefix, node.id), node }
  }

  /** Each node behind those that it waits for. */
  #inOrder({ nodes, places, prefix }: Scope): number[] {
    const waitsFor = nodes.map((node) => {
      const upstream = node.upstream.map((id) => {
        const index = places.get(id)
        if (index === undefined)
          throw wrong(this.#place(prefix, node), `it waits for ${id}, which is no node beside it`)
        return index
      })
      return new Set(upstream)
    })
    const dependents = nodes.map((): number[] => [])
    waitsFor.forEach((upstream, index) => {
      for (const other of upstream) dependents[other]!.push(index)
    })
    const open = waitsFor.map(({ size }) => size)
    const order = open.flatMap((count, index) => (count === 0 ? [index] : []))
    for (let at = 0; at < order.length; at++) {
      for (const index of dependents[order[at]!]!) if (--open[index]! === 0) order.push(index)
    }
    if (order.length === nodes.length) return order
    const circle = circleOf(waitsFor, open)
    throw wrong(
      this.#place(prefix, nodes[circle[0]!]!),
      `it waits for itself: ${[...circle, circle[0]!].map((index) => nodes[index]!.id).join(' → ')}`,
    )
  }

  /** Returns what the node gives. */
  #checkNode(node: Node, scope: Scope, isHandler: boolean): ReadonlyMap<string, LiteralType> {
    const place = this.#place(scope.prefix, node)
    const { kind } = node
    const own = typesIn(node.outputs)
    const bind = (types: ReadonlyMap<string, LiteralType>, optional?: ReadonlySet<string>): void =>
      this.checkBindings(node.inputs, types, scope, {
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
    const { over, minSuccess } = map
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
        literalTypes.list(isTolerant ? literalTypes.optional(type) : type),
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
      this.#checkCondition(condition, scope, place)
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
    this.checkBindings(block?.outputs ?? [], outputs, inner, {
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

  // ---- values

  #checkValue({ kind }: Value, type: LiteralType, scope: Scope, expected: Expectation, what: string): void {
    const { place } = expected
    switch (kind.case) {
      case 'literal':
        return checkConstant(() => checkLiteral(kind.value, type, what), place)
      case 'reference': {
        const found = this.#typeOf(kind.value, scope, expected)
        if (found === undefined || isCastable(found, type)) return
        throw wrong(
          place,
          `${what} is ${describeType(type)}, and ${referenceText(kind.value)} is ${describeType(found)}`,
        )
      }
      case 'list': {
        if (type.type.case !== 'collectionType') throw wrong(place, `${what} is ${describeType(type)}, and not a list`)
        const of = type.type.value
        kind.value.items.forEach((item, index) => this.#checkValue(item, of, scope, expected, `${what}[${index}]`))
        return
      }
      case 'map': {
        if (type.type.case !== 'mapValueType') throw wrong(place, `${what} is ${describeType(type)}, and not a map`)
        for (const { name, value } of kind.value.entries) {
          if (value !== undefined) this.#checkValue(value, type.type.value, scope, expected, `${what}.${name}`)
        }
        return
      }
      case 'record':
        return this.#checkRecord(kind.value.fields, type, scope, expected, what)
      case 'union': {
        const { value, type: variant } = kind.value
        if (value === undefined || variant === undefined || !isCastable(variant, type)) {
          throw wrong(place, `${what} is ${describeType(type)}, and not a variant of that`)
        }
        return this.#checkValue(value, variant, scope, expected, what)
      }
      case 'error':
        if (expected.isHandler !== true) throw wrong(place, `${what}: only a failure handler is given an error`)
        if (isError(type)) return
        throw wrong(place, `${what} is ${describeType(type)}, and not an error`)
      default:
        throw wrong(place, `${what} is bound in a way that is not known here`)
    }
  }

  #checkRecord(
    fields: ReadonlyArray<Binding>,
    type: LiteralType,
    scope: Scope,
    expected: Expectation,
    what: string,
  ): void {
    if (type.type.case !== 'simple' || type.type.value !== SimpleType.STRUCT) {
      throw wrong(expected.place, `${what} is ${describeType(type)}, and not a structured value`)
    }
    // Of what type a field is to be, its schema says; that the value fits is found out when it is made.
    for (const { name, value } of fields) {
      if (value === undefined) throw wrong(expected.place, `${what}.${name} is bound to nothing`)
      this.#checkLoose(value, scope, expected)
    }
  }

  /** Of values whose type nothing says, only that what they refer to is there. */
  #checkLoose({ kind }: Value, scope: Scope, expected: Expectation): void {
    if (kind.case === 'reference') this.#typeOf(kind.value, scope, expected)
    for (const inner of partsOf({ kind })) this.#checkLoose(inner, scope, expected)
  }

  /** The type of what a reference leads to; undefined if nothing says so. */
  #typeOf(
    reference: Extract<Value['kind'], { case: 'reference' }>['value'],
    scope: Scope,
    { place, isHandler }: Pick<Expectation, 'place' | 'isHandler'>,
  ): LiteralType | undefined {
    const outputs =
      reference.node === ''
        ? typesIn(this.#parts.graph.interface?.inputs)
        : this.#outputsOf(reference.node, scope, place, isHandler)
    const type = outputs.get(reference.output)
    if (type === undefined) {
      const what = reference.node === '' ? 'input of the workflow' : `output of ${reference.node}`
      throw wrong(place, `${reference.output} is no ${what}; there is ${namesOf(outputs)}`)
    }
    const found = typeAt(type, reference.path)
    if (typeof found === 'string') throw wrong(place, `${referenceText(reference)}: ${found}`)
    return found.type
  }

  #outputsOf(path: string, from: Scope, place: Place, isHandler = false): ReadonlyMap<string, LiteralType> {
    if (isHandler) throw wrong(place, `a failure handler is given the workflow's inputs and the error, and not ${path}`)
    const slash = path.lastIndexOf('/')
    const prefix = slash < 0 ? '' : path.slice(0, slash)
    for (let scope: Scope | null = from; scope !== null; scope = scope.outer) {
      if (scope.prefix !== prefix) continue
      const index = scope.places.get(path.slice(slash + 1))
      if (index === undefined) break
      const { current } = scope
      if (current !== undefined) {
        const waiting = scope.nodes[current]!
        if (!waiting.upstream.includes(scope.nodes[index]!.id)) {
          throw wrong(place, `it refers to ${path}, which is not upstream of ${nestedPath(prefix, waiting.id)}`)
        }
      }
      return scope.outputs[index] ?? noTypes
    }
    throw wrong(place, `it refers to ${path}, which is no node beside it or around it`)
  }

  // ---- conditions

  #checkCondition({ kind }: Condition, scope: Scope, place: Place): void {
    switch (kind.case) {
      case 'all':
      case 'any':
        for (const inner of kind.value.conditions) this.#checkCondition(inner, scope, place)
        return
      case 'not':
        return this.#checkCondition(kind.value, scope, place)
      case 'comparison': {
        const { left, right } = kind.value
        const [a, b] = [this.#operand(left, scope, place), this.#operand(right, scope, place)]
        if (a === undefined || b === undefined || a.has('null') || b.has('null')) return
        if ([...a].some((each) => b.has(each))) return
        throw wrong(place, `its condition compares ${[...a].join(' or ')} with ${[...b].join(' or ')}`)
      }
      default:
        throw wrong(place, 'it has a condition of a kind that is not known here')
    }
  }

  /** What an operand may be when it is compared; undefined if nothing says so. */
  #operand(operand: Operand | undefined, scope: Scope, place: Place): ReadonlySet<string> | undefined {
    switch (operand?.value.case) {
      case 'reference': {
        const type = this.#typeOf(operand.value.value, scope, { place })
        const kinds = type === undefined ? undefined : comparedAs(type)
        if (type === undefined || (kinds !== undefined && kinds.size > 0)) return kinds
        throw wrong(
          place,
          `its condition compares ${referenceText(operand.value.value)}, ${describeType(type)}: only primitive values can be`,
        )
      }
      case 'literal':
        return undefined
      default:
        throw wrong(place, 'its condition compares nothing')
    }
  }
}

const words: Readonly<Record<string, string>> = {
  task: 'task',
  deployedTask: 'deployed task',
  workflow: 'workflow that is part of this one',
  launchPlan: 'launch plan',
}

const compared: Readonly<Partial<Record<number, string>>> = {
  [SimpleType.INTEGER]: 'number',
  [SimpleType.FLOAT]: 'number',
  [SimpleType.STRING]: 'text',
  [SimpleType.BOOLEAN]: 'boolean',
  [SimpleType.DATETIME]: 'datetime',
  [SimpleType.DURATION]: 'duration',
  [SimpleType.NONE]: 'null',
}

function comparedAs({ type }: LiteralType): ReadonlySet<string> {
  if (type.case === 'enumType') return new Set(['text'])
  if (type.case === 'unionType') return new Set(type.value.variants.flatMap((variant) => [...comparedAs(variant)]))
  const kind = type.case === 'simple' ? compared[type.value] : undefined
  return new Set(kind === undefined ? [] : [kind])
}

function isError({ type }: LiteralType): boolean {
  return type.case === 'simple' && (type.value === SimpleType.ERROR || type.value === SimpleType.STRUCT)
}

function checkOverrides(task: TaskSpec, overrides: TaskOverrides, place: Place): void {
  try {
    nodeSpecOf(task, { overrides, interruptible: undefined, name: '' })
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw wrong(place, error.message)
  }
}

function checkConstant(check: () => void, place: Place): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw wrong(place, error.message)
  }
}

/** Values that a value is made of. */
function partsOf({ kind }: Pick<Value, 'kind'>): ReadonlyArray<Value> {
  const present = (entries: ReadonlyArray<Binding>): Value[] => entries.flatMap(({ value }) => value ?? [])
  switch (kind.case) {
    case 'list':
      return kind.value.items
    case 'map':
      return present(kind.value.entries)
    case 'record':
      return present(kind.value.fields)
    case 'union':
      return kind.value.value === undefined ? [] : [kind.value.value]
    default:
      return []
  }
}

function namesOf(types: ReadonlyMap<string, unknown>): string {
  return types.size === 0 ? 'none' : [...types.keys()].join(', ')
}

/** Some of the nodes that wait for each other, one behind the other. */
function circleOf(waitsFor: ReadonlyArray<ReadonlySet<number>>, open: ReadonlyArray<number>): number[] {
  const seen: number[] = []
  let at = open.findIndex((count) => count > 0)
  while (!seen.includes(at)) {
    seen.push(at)
    at = [...waitsFor[at]!].find((index) => open[index]! > 0)!
  }
  return seen.slice(seen.indexOf(at))
}

import { closest, collectionLiteral, describeType, describeValue, literalTypes } from '@tern/core'
import { itemResultType } from '@tern/core/workflow'
import type { LiteralType } from '@tern/idl/core'
import { type Binding, ItemFailures, type Value } from '@tern/idl/graph'
import { toNamedInputs } from '../authoring/positional.ts'
import { definitionOf, type Task } from '../authoring/task.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskInterface, Variable } from '../types/task-interface.ts'
import { bindInputs, bindVariable, toNamedGiven } from './bind.ts'
import { bindReferences } from './bind-references.ts'
import { noteDeprecated, outputTypes, targetOf } from './call-node.ts'
import { GraphError } from './errors.ts'
import { type BuiltNode, requireGraph } from './graph-scope.ts'
import type { ItemResult } from './item-results.ts'
import { LaunchPlanKind } from './launch-plan-kind.ts'
import { isNodeKind } from './node-kind.ts'
import { readOptions } from './node-options.ts'
import { splitOverrides } from './node-overrides.ts'
import type { Bindable, BindableInputs, Ref, TaskNodeOptions, VoidNode } from './reference-types.ts'
import { makeNodeHandle } from './references.ts'
import { mismatch, type Taker, toBinding } from './taker.ts'
import { listValue, literalValue } from './wire-values.ts'

/** How `mapOver` calls a task for each item of lists. */
export interface MapOptions<I extends object = object> {
  /** Inputs that are the same for all items. The others are lists, of the same length. */
  readonly bind?: Partial<BindableInputs<I>> | undefined
  /** How many items run at once. Defaults to what the run allows; 0 means the same. */
  readonly concurrency?: number | undefined
  /** How many items have to succeed; with it those that failed are null. Defaults to all. */
  readonly minSuccesses?: number | undefined
  /** How many items have to succeed, from 0 to 1 of all, rounded up; with it those that failed are null. Defaults to 1. */
  readonly minSuccessRatio?: number | undefined
  /** Run all items, also when too many have failed for the map to succeed. Defaults to false. */
  readonly runAll?: boolean | undefined
  /**
   * What stands in the results for an item that failed: nothing (`'null'`), or why (`'result'`: every result is then `{ ok: true,
   * value }` or `{ ok: false, error }`). With it any number of items may fail, unless it is said how many have to succeed.
   */
  readonly onItemError?: 'null' | 'result' | undefined
}

type Bound<O> = O extends { readonly bind: infer B } ? keyof B : never

/** The inputs of a map: lists of what the task takes. */
export type MapInputs<I extends object, B extends PropertyKey = never> = {
  [K in keyof (I extends readonly unknown[] ? I : Omit<I, B>)]: K extends keyof I ? Bindable<readonly I[K][]> : never
}

type Tolerant =
  | { readonly minSuccesses: number }
  | { readonly minSuccessRatio: number }
  | { readonly onItemError: 'null' }

type Item<R, O> = O extends { readonly onItemError: 'result' } ? ItemResult<R> : O extends Tolerant ? R | null : R

/** A task that is called once for each item of lists. */
export interface MapTask<I extends object, R, O> {
  /** Adds a node for it, which gives the list of the results. */
  node(
    lists: MapInputs<I, Bound<O>>,
    options?: TaskNodeOptions,
  ): [R] extends [undefined | void] ? VoidNode : Ref<Item<R, O>[]>
}

/**
 * Calls a task once for each item of lists, as one node of a workflow:
 *
 *     const lengths = mapOver(measure, { bind: { unit: 'cm' }, concurrency: 8, minSuccessRatio: 0.9 }).node({ path: paths })
 *
 * @throws GraphError for what cannot be mapped, and for options that make no sense
 */
export function mapOver<I extends object, R, const O extends MapOptions<I>>(
  task: Task<I, R>,
  options?: O & MapOptions<I>,
): MapTask<I, R, O> {
  const definition = definitionOf(task)
  const what = `map over ${definition.name}`
  const map: MapOptions = options ?? {}
  checkMap(what, definition, map)
  function node(lists: object, nodeOptions?: TaskNodeOptions): object {
    return addMapNode(what, definition, map, lists, nodeOptions, node)
  }
  return { node } as MapTask<I, R, O>
}

function addMapNode(
  what: string,
  definition: TaskDefinition,
  map: MapOptions,
  lists: object,
  options: TaskNodeOptions | undefined,
  // biome-ignore lint/complexity/noBannedTypes: any function
  callee: Function,
): object {
  const scope = requireGraph(`${what}.node()`, callee)
  const { plain, target, wire } = readOptions(scope, options, callee, () => itemsOf(definition, options))
  const node = scope.add({ what, options: plain, callee })
  noteDeprecated(node, definition)
  const { interface: called } = definition
  checkOutputs(node, called)
  const { inputs, over } = bindMap(node, definition, map, lists)
  node.inputs = inputs
  if (map.onItemError === 'result' && called.outputs.length === 0) {
    throw new GraphError(`${called.owner} gives nothing: there are no results of its items`, node.place)
  }
  const minSuccess = toMinSuccess(map)
  node.isSingle = called.outputKind === 'single'
  node.outputs = new Map([...outputTypes(called)].map(([name, type]) => [name, literalTypes.list(itemType(type, map))]))
  node.toKind = (entities) => ({
    case: 'map',
    value: {
      entity: entities.indexOf(target),
      ...(wire === undefined ? {} : { overrides: wire }),
      over: [...over].sort(),
      concurrency: map.concurrency ?? 0,
      minSuccess,
      runAll: map.runAll ?? false,
      ...(map.onItemError === 'result' && { itemFailures: ItemFailures.RESULT }),
    },
  })
  return makeNodeHandle(node)
}

/** What is called for each item, and what is said of the node. */
function itemsOf(definition: TaskDefinition, options: TaskNodeOptions | undefined) {
  const { kind } = definition
  if (kind instanceof LaunchPlanKind) {
    const { options: plain } = kind.nodeTarget(definition, options)
    return { plain, target: kind.entityTarget(definition), wire: undefined }
  }
  const { plain, overrides } = splitOverrides(definition, options)
  return { plain, target: targetOf(overrides.definition), wire: overrides.wire }
}

function itemType(type: LiteralType, map: MapOptions): LiteralType {
  if (map.onItemError === 'result') return itemResultType(type)
  return toMinSuccess(map).case === undefined ? type : literalTypes.optional(type)
}

function toMinSuccess({ minSuccesses, minSuccessRatio, onItemError }: MapOptions) {
  if (minSuccesses !== undefined) return { case: 'minSuccesses', value: minSuccesses } as const
  if (minSuccessRatio !== undefined && (minSuccessRatio !== 1 || onItemError !== undefined)) {
    return { case: 'minSuccessRatio', value: minSuccessRatio } as const
  }
  return onItemError === undefined ? ({ case: undefined } as const) : ({ case: 'minSuccesses', value: 0 } as const)
}

function bindMap(
  node: BuiltNode,
  definition: TaskDefinition,
  { bind = {} }: MapOptions,
  lists: object,
): { readonly inputs: readonly Binding[]; readonly over: readonly string[] } {
  const { interface: called } = definition
  const given = toNamedGiven(
    node,
    called,
    definition.parameters === undefined ? lists : toNamedInputs(definition, lists),
  )
  const both = Object.keys(given).find((name) => name in bind)
  if (both !== undefined) throw new GraphError(`the input ${both} is both bound and given as a list`, node.place)
  const over = called.inputs.filter(({ name }) => given[name] !== undefined)
  if (over.length === 0) {
    throw new GraphError(`${node.what} needs a list for at least one of its inputs`, node.place)
  }
  const names = over.map(({ name }) => name)
  const rest = { ...called, inputs: called.inputs.filter(({ name }) => !names.includes(name)) }
  const bindings = over.map((variable) => toBinding(variable.name, bindList(node, variable, given[variable.name])))
  checkLengths(node, given)
  const unknown = Object.keys(given).filter((name) => !names.includes(name) && given[name] !== undefined)
  // The names that there are not are found among all.
  const others = { ...bind, ...Object.fromEntries(unknown.map((name) => [name, given[name]])) }
  return { inputs: [...bindings, ...bindInputs(node, rest, others)], over: names }
}

function bindList(node: BuiltNode, variable: Variable, given: unknown): Value {
  const { codec, where, name } = variable
  const type = literalTypes.list(codec.type)
  const taker: Taker = { scope: node.scope, node, where: `${where} (one list for all items)`, name, place: node.place }
  if (Array.isArray(given)) return bindItems(variable, given, taker)
  const bound = bindReferences(given, type, taker)
  if (bound === undefined) throw mismatch(taker, type, describeValue(given), 'Bind what is the same for all items.')
  return bound
}

function bindItems(variable: Variable, given: readonly unknown[], taker: Taker): Value {
  const items = given.map((item, index) =>
    bindVariable(variable, item, { ...taker, where: `${variable.where}[${index}]` }),
  )
  const literals = items.map(({ kind }) => (kind.case === 'literal' ? kind.value : undefined))
  return literals.every((literal) => literal !== undefined)
    ? literalValue(collectionLiteral(literals))
    : listValue(items)
}

/** Lists whose lengths are known already. */
function checkLengths(node: BuiltNode, given: Readonly<Record<string, unknown>>): void {
  const known = Object.entries(given).flatMap(([name, list]) =>
    Array.isArray(list) ? [{ name, size: list.length }] : [],
  )
  const [first] = known
  if (first === undefined || known.every(({ size }) => size === first.size)) return
  const list = known.map(({ name, size }) => `${name} has ${size}`).join(', ')
  throw new GraphError(`the lists of ${node.what} are not of the same length: ${list}`, node.place)
}

function checkOutputs(node: BuiltNode, { outputKind, outputs, owner }: TaskInterface): void {
  if (outputKind !== 'named') return
  const list = outputs.map(({ name, codec }) => `${name} (${describeType(codec.type)})`).join(', ')
  throw new GraphError(`${owner} has named outputs (${list}), and cannot be mapped`, {
    ...node.place,
    hint: 'Declare it with one `output`, an object if need be.',
  })
}

const mapKeys: ReadonlySet<string> = new Set([
  'bind',
  'concurrency',
  'minSuccesses',
  'minSuccessRatio',
  'runAll',
  'onItemError',
] satisfies (keyof MapOptions)[])

function checkMap(what: string, { kind }: TaskDefinition, options: MapOptions): void {
  const { concurrency, minSuccesses, minSuccessRatio, bind, onItemError } = options
  const refuse = (message: string, hint?: string): never => {
    throw new GraphError(`${what}: ${message}`, { hint })
  }
  if (isNodeKind(kind) && !(kind instanceof LaunchPlanKind))
    refuse('a workflow cannot be mapped', 'Map over a task, or over a launch plan of the workflow.')
  for (const key of Object.keys(options)) {
    if (mapKeys.has(key)) continue
    const meant = closest(key, [...mapKeys])
    const hint = `It takes ${[...mapKeys].join(', ')}; inputs are given to .node().`
    refuse(`there is no option ${key}${meant === undefined ? '' : `; did you mean ${meant}?`}`, hint)
  }
  if (concurrency !== undefined && !isCount(concurrency)) refuse('concurrency must be a whole number of 0 or more')
  if (minSuccesses !== undefined && !isCount(minSuccesses)) refuse('minSuccesses must be a whole number of 0 or more')
  if (minSuccessRatio !== undefined && !(minSuccessRatio >= 0 && minSuccessRatio <= 1))
    refuse('minSuccessRatio must be a number from 0 to 1')
  if (minSuccesses !== undefined && minSuccessRatio !== undefined)
    refuse('give either minSuccesses or minSuccessRatio, not both')
  if (onItemError !== undefined && onItemError !== 'null' && onItemError !== 'result')
    refuse("onItemError must be 'null' or 'result'")
  if (bind !== undefined && (typeof bind !== 'object' || bind === null)) refuse('bind must be an object of inputs')
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

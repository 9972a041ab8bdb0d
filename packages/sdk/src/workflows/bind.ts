import { closest, describeType, describeValue } from '@tern/core'
import type { Binding, Value } from '@tern/idl/graph'
import type { TaskInterface, Variable } from '../types/task-interface.ts'
import { bindReferences } from './bind-references.ts'
import { BindError } from './errors.ts'
import type { BuiltNode } from './graph-scope.ts'
import { describeRef, handleOf, outputsOfNode } from './references.ts'
import { literalOf } from './constants.ts'
import { type Taker, toBinding } from './taker.ts'
import { literalValue } from './wire-values.ts'

/**
 * Binds what a node is given to the inputs of what it calls.
 *
 * @throws BindError naming the input, the expected and the actual type
 */
export function bindInputs(node: BuiltNode, target: TaskInterface, given: unknown): Binding[] {
  const inputs = toNamedGiven(node, target, given)
  checkNames(node, target, inputs)
  const bindings: Binding[] = []
  for (const variable of target.inputs) {
    const value = inputs[variable.name]
    const taker = { scope: node.scope, node, where: variable.where, name: variable.name, place: node.place }
    if (value !== undefined) bindings.push(toBinding(variable.name, bindVariable(variable, value, taker)))
    else if (variable.fallback === undefined) throw missing(variable, taker)
    else if (variable.leftToDefault !== true)
      bindings.push(toBinding(variable.name, literalValue(literalOf(variable, undefined, taker))))
  }
  return bindings
}

/** Binds one value to an input or output with a schema. */
export function bindVariable(variable: Variable, given: unknown, taker: Taker): Value {
  const { type } = variable.codec
  const bound = bindReferences(given, type, { ...taker, schema: variable.schema })
  return bound ?? literalValue(literalOf(variable, given, taker))
}

/** What is given, by name: of a node with named outputs, those. */
export function toNamedGiven(
  node: BuiltNode,
  target: TaskInterface,
  given: unknown,
): Readonly<Record<string, unknown>> {
  if (given === undefined) return {}
  const handle = handleOf(given)
  if (handle?.kind === 'node' && handle.node.outputs.size > 0) return outputsOfNode(handle)
  if (typeof given === 'object' && given !== null && !Array.isArray(given) && handle === undefined)
    return given as Record<string, unknown>
  const actual = handle === undefined ? describeValue(given) : `the reference ${describeRef(handle)}`
  throw new BindError(`${target.owner} takes one object of inputs, got ${actual}`, { ...node.place, input: '', actual })
}

function checkNames(node: BuiltNode, target: TaskInterface, given: Readonly<Record<string, unknown>>): void {
  const names = target.inputs.map(({ name }) => name)
  const unknown = Object.keys(given).filter((name) => !names.includes(name))
  const [first] = unknown
  if (first === undefined) return
  if (target.fixedInputs?.includes(first)) {
    throw new BindError(`${target.owner} fixes the input ${first}, which cannot be given`, {
      ...node.place,
      input: first,
      hint: 'Leave it out, or make another plan with it among the defaults: plan.with({ … }).',
    })
  }
  const meant = closest(first, names)
  const known = names.length === 0 ? 'it takes no inputs' : `it takes ${names.join(', ')}`
  throw new BindError(
    `${target.owner} has no input ${unknown.join(', ')}: ${known}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    { ...node.place, input: first },
  )
}

function missing({ codec }: Variable, taker: Taker): BindError {
  const expected = describeType(codec.type)
  return new BindError(`${taker.where} (${expected}) was not given`, { ...taker.place, input: taker.name, expected })
}

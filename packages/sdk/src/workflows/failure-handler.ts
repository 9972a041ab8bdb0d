import { describeType, isCastable } from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { bindVariable } from './bind.ts'
import { inputRefs } from './input-refs.ts'
import { targetOf } from './call-node.ts'
import { GraphError } from './errors.ts'
import { BuiltNode, type GraphBuild } from './graph-scope.ts'
import { isNodeKind } from './node-kind.ts'
import { splitOverrides } from './node-overrides.ts'
import { toBinding } from './taker.ts'
import { errorValue, literalValue } from './wire-values.ts'

/** The input of a handler that is told what went wrong. */
const errorInput = 'err'

/**
 * Looks whether a task can handle the failures of a workflow: it takes what the workflow takes, what went wrong, and nothing
 * else that it needs.
 *
 * @throws GraphError naming both sides' inputs
 */
export function checkHandler(
  workflow: string,
  { inputs }: TaskInterface,
  handler: TaskDefinition,
  source: string | undefined,
): void {
  const taken = new Map(handler.interface.inputs.map((input) => [input.name, input]))
  const known = new Set(inputs.map(({ name }) => name))
  const problems = inputs.flatMap(({ name, codec, label }) => {
    const own = taken.get(name)
    if (own === undefined) return [`it does not take ${name} (${label})`]
    const isEqual = isCastable(codec.type, own.codec.type) && isCastable(own.codec.type, codec.type)
    return isEqual ? [] : [`its ${name} is ${own.label}, that of the workflow ${label}`]
  })
  for (const { name, codec, label, fallback } of handler.interface.inputs) {
    if (known.has(name)) continue
    if (name === errorInput) {
      if (!takesError(codec.type)) problems.push(`its ${name} is ${label}, and must be nodeFailure`)
    } else if (fallback === undefined) problems.push(`it needs ${name} (${label}), which the workflow does not have`)
  }
  if (problems.length === 0) return
  const list = (of: TaskInterface['inputs']) => of.map(({ name, codec }) => `${name}: ${describeType(codec.type)}`)
  throw new GraphError(`task ${handler.name} cannot handle its failures: ${problems.join('; ')}`, {
    graph: workflow,
    source,
    hint: `The workflow takes { ${list(inputs).join(', ')} }, the handler { ${list(handler.interface.inputs).join(', ')} }.`,
  })
}

function takesError(type: LiteralType): boolean {
  if (type.type.case === 'unionType') return type.type.value.variants.some(takesError)
  return type.type.case === 'simple' && (type.type.value === SimpleType.STRUCT || type.type.value === SimpleType.ERROR)
}

/** The node that calls the handler. It is none of the nodes of the graph. */
export function handlerNode(workflow: TaskInterface, handler: TaskDefinition): (build: GraphBuild) => BuiltNode {
  return function onFailure(build) {
    const what = `failure handler ${handler.name}`
    const node = new BuiltNode(build.root, { what, callee: onFailure }, `${build.prefix.replace('n', 'f')}n0`)
    const refs = inputRefs(build, workflow)
    const given = new Set(workflow.inputs.map(({ name }) => name))
    const used = new Set(build.usedInputs)
    node.inputs = handler.interface.inputs.flatMap((variable) => {
      const { name, where, codec, fallback } = variable
      if (name === errorInput && !given.has(name)) return [toBinding(name, errorValue())]
      const taker = { scope: build.root, node, where, name, place: node.place }
      if (given.has(name)) return [toBinding(name, bindVariable(variable, refs[name], taker))]
      return variable.leftToDefault ? [] : [toBinding(name, literalValue(codec.toLiteral(fallback?.value)))]
    })
    restoreUsed(build, used)
    const { kind } = handler
    const target = isNodeKind(kind) ? kind.nodeTarget(handler, undefined) : undefined
    // What a dynamic task makes cannot be part of a handler: it is called as the action that it is elsewhere.
    if (target !== undefined && target.declaresOutputs !== true) node.toKind = target.toKind
    else {
      const { overrides } = splitOverrides(handler, undefined)
      node.toKind = overrides.toKind(targetOf(overrides.definition))
    }
    return node
  }
}

// That the handler takes an input does not make it used.
function restoreUsed({ usedInputs }: GraphBuild, used: ReadonlySet<string>): void {
  for (const name of usedInputs) if (!used.has(name)) usedInputs.delete(name)
}

import type { LiteralType } from '@tern/idl/core'
import { create } from '@bufbuild/protobuf'
import { DeployedTaskSchema, EntitySchema } from '@tern/idl/graph'
import { toNamedInputs } from '../authoring/positional.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { Schema } from '../types/standard-schema.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { bindInputs } from './bind.ts'
import type { EntityTarget } from './entities.ts'
import { type BuiltNode, requireGraph } from './graph-scope.ts'
import { isNodeKind, type NodeTarget } from './node-kind.ts'
import { readOptions } from './node-options.ts'
import { splitOverrides } from './node-overrides.ts'
import type { TaskNodeOptions } from './reference-types.ts'
import { handleOf, makeNodeHandle } from './references.ts'

/** What makes a node that calls something. */
export interface NewCall {
  readonly target: NodeTarget
  readonly interface: TaskInterface
  readonly given: unknown
  /** The function that the body called. */
  // biome-ignore lint/complexity/noBannedTypes: any function
  readonly callee: Function
}

/** What `task.node(inputs, options)` does. */
export function addTaskNode(
  definition: TaskDefinition,
  given: object | undefined,
  options: TaskNodeOptions | undefined,
  // biome-ignore lint/complexity/noBannedTypes: any function
  callee: Function,
): object {
  const { kind, name, parameters, interface: called } = definition
  const target = readOptions(requireGraph(`task ${name}.node()`, callee), options, callee, () => {
    return isNodeKind(kind) ? kind.nodeTarget(definition, options) : taskTarget(definition, options)
  })
  const inputs = given === undefined || parameters === undefined ? given : toNamedInputs(definition, given)
  const handle = addCallNode({ target, interface: called, given: inputs, callee })
  noteDeprecated(handleOf(handle)?.node, definition)
  return handle
}

/** Notes that a node calls what is not to be called any more. */
export function noteDeprecated(node: BuiltNode | undefined, { name, options }: TaskDefinition): void {
  if (options.deprecated === '' || node === undefined) return
  const { deprecated } = node.scope.build
  if (!deprecated.has(name)) deprecated.set(name, { node: node.path, message: options.deprecated })
}

function taskTarget(definition: TaskDefinition, options: TaskNodeOptions | undefined): NodeTarget {
  const { plain, overrides } = splitOverrides(definition, options)
  const target = targetOf(overrides.definition)
  return { what: `task ${definition.name}`, options: plain, toKind: overrides.toKind(target) }
}

/** Adds a node that calls something, and gives what its outputs are to the body. */
export function addCallNode({ target, interface: called, given, callee }: NewCall): object {
  const { what, options, toKind, declaresOutputs = false } = target
  const node = requireGraph(`${what}.node()`, callee).add({ what, options, callee })
  node.outputs = outputTypes(called)
  node.schemas = outputSchemas(called)
  node.isSingle = called.outputKind === 'single'
  node.toKind = toKind
  node.declaresOutputs = declaresOutputs
  node.inputs = bindInputs(node, called, given)
  return makeNodeHandle(node)
}

/** What a task is among the entities of a workflow. */
export function targetOf(definition: TaskDefinition): EntityTarget {
  const { deployed, name, interface: called } = definition
  if (deployed === undefined) return { kind: 'task', definition }
  const known = references.get(definition)
  if (known !== undefined) return known
  const optionalInputs = called.inputs.filter(({ leftToDefault }) => leftToDefault).map((input) => input.name)
  const { version, project = '', domain = '' } = deployed
  const value = create(DeployedTaskSchema, { project, domain, name, version, interface: called.typed, optionalInputs })
  const entity = create(EntitySchema, { kind: { case: 'deployedTask', value } })
  const target: EntityTarget = { kind: 'reference', entity, definition }
  references.set(definition, target)
  return target
}

const references = new WeakMap<TaskDefinition, EntityTarget>()

const outputsByInterface = new WeakMap<TaskInterface, ReadonlyMap<string, LiteralType>>()

export function outputTypes(called: TaskInterface): ReadonlyMap<string, LiteralType> {
  let types = outputsByInterface.get(called)
  if (types === undefined) {
    types = new Map(called.outputs.map(({ name, codec }) => [name, codec.type]))
    outputsByInterface.set(called, types)
  }
  return types
}

const schemasByInterface = new WeakMap<TaskInterface, ReadonlyMap<string, Schema>>()

function outputSchemas(called: TaskInterface): ReadonlyMap<string, Schema> {
  let schemas = schemasByInterface.get(called)
  if (schemas === undefined) {
    schemas = new Map(called.outputs.map(({ name, schema }) => [name, schema]))
    schemasByInterface.set(called, schemas)
  }
  return schemas
}

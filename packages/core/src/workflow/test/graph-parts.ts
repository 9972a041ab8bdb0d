import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import {
  type BindingSchema,
  type BlockSchema,
  type Entity,
  EntitySchema,
  type FailurePolicy,
  type Graph,
  GraphSchema,
  type NodeSchema,
  type ValueSchema,
  type Workflow,
  WorkflowSchema,
} from '@tern/idl/graph'
import { InputsSchema, OutputsSchema } from '@tern/idl/task'
import { fromLiteral } from '../../from-literal.ts'
import { literalTypes } from '../../literal-types.ts'
import { toLiteral } from '../../to-literal.ts'
import { referenceOf } from './reference-text.ts'

export type NodeInit = MessageInitShape<typeof NodeSchema>
export type ValueInit = MessageInitShape<typeof ValueSchema>
export type Types = Readonly<Record<string, LiteralType>>

export const int = literalTypes.integer()
export const text = literalTypes.string()
export const ints = literalTypes.list(int)

/** A constant. */
export function constant(value: unknown, type: LiteralType = int): ValueInit {
  return { kind: { case: 'literal', value: toLiteral(value, type) } }
}

/** A reference, as text: `n0.x`, `inputs.x[1].name`, `n2/then0/n0.x`. */
export function ref(path: string): ValueInit {
  return { kind: { case: 'reference', value: referenceOf(path) } }
}

/** Texts are references. */
export function bindings(
  values: Readonly<Record<string, string | ValueInit>>,
): MessageInitShape<typeof BindingSchema>[] {
  return Object.keys(values)
    .sort()
    .map((name) => {
      const value = values[name]!
      return { name, value: typeof value === 'string' ? ref(value) : value }
    })
}

function variables(types: Types) {
  return { variables: Object.entries(types).map(([key, type]) => ({ key, value: { type } })) }
}

/** A task of which only the interface counts. */
export function task(inputTypes: Types, outputTypes: Types, name = 't'): Entity {
  const typed = { inputs: variables(inputTypes), outputs: variables(outputTypes) }
  return create(EntitySchema, {
    kind: {
      case: 'task',
      value: { shortName: name, taskTemplate: { type: 'test', id: { name }, metadata: {}, interface: typed } },
    },
  })
}

/** A workflow that is part of another. */
export function called(value: Graph): Entity {
  return create(EntitySchema, { kind: { case: 'workflow', value } })
}

export interface NodeOptions {
  readonly inputs?: Readonly<Record<string, string | ValueInit>>
  readonly upstream?: readonly string[]
  readonly name?: string
  readonly source?: { readonly file: string; readonly line: number }
}

/** A node that calls an entity. What it refers to beside it is upstream of it. */
export function call(id: string, entity: number, { inputs = {}, ...options }: NodeOptions = {}): NodeInit {
  return node(id, { case: 'call', value: { entity } }, { inputs, ...options })
}

export function node(
  id: string,
  kind: NonNullable<NodeInit['kind']>,
  options: NodeOptions & { outputs?: Types } = {},
): NodeInit {
  const { inputs = {}, upstream = [], outputs, name = '', source } = options
  const referred = Object.values(inputs).flatMap((value) => (typeof value === 'string' ? nodesIn(value) : []))
  return {
    id,
    name,
    inputs: bindings(inputs),
    upstream: [...new Set([...referred, ...upstream])],
    kind,
    ...(outputs !== undefined && { outputs: variables(outputs) }),
    ...(source !== undefined && { source }),
  }
}

function nodesIn(reference: string): string[] {
  const { node: path = '' } = referenceOf(reference) as { node?: string }
  return path === '' || path.includes('/') ? [] : [path]
}

export interface GraphOptions {
  readonly inputs?: Types
  readonly outputs?: Readonly<Record<string, readonly [LiteralType, string | ValueInit]>>
  readonly more?: { readonly failurePolicy?: FailurePolicy; readonly onFailure?: NodeInit }
}

export function graph(nodes: NodeInit[], { inputs = {}, outputs = {}, more = {} }: GraphOptions = {}): Graph {
  const types = Object.fromEntries(Object.entries(outputs).map(([name, [type]]) => [name, type]))
  const values = Object.fromEntries(Object.entries(outputs).map(([name, [, value]]) => [name, value]))
  return create(GraphSchema, {
    name: 'wf',
    interface: { inputs: variables(inputs), outputs: variables(types) },
    nodes,
    outputs: bindings(values),
    ...more,
  })
}

export function workflow(entities: Entity[], nodes: NodeInit[], options: GraphOptions = {}): Workflow {
  return create(WorkflowSchema, { format: 1, entities, graph: graph(nodes, options) })
}

export function block(
  nodes: NodeInit[],
  outputs: Readonly<Record<string, string | ValueInit>> = {},
): MessageInitShape<typeof BlockSchema> {
  return { nodes, outputs: bindings(outputs) }
}

export function inputs(values: Readonly<Record<string, unknown>>, types: Types): Uint8Array {
  return toBinary(
    InputsSchema,
    create(InputsSchema, {
      literals: Object.entries(values).map(([name, value]) => ({ name, value: toLiteral(value, types[name] ?? int) })),
    }),
  )
}

export function outputs(values: Readonly<Record<string, unknown>>, types: Types = {}): Uint8Array {
  return inputs(values, types)
}

export function decoded(bytes: Uint8Array): Record<string, unknown> {
  const { literals } = fromBinary(OutputsSchema, bytes)
  return Object.fromEntries(literals.map(({ name, value }) => [name, value && fromLiteral(value)]))
}

export const errorType: LiteralType = {
  $typeName: 'flyteidl2.core.LiteralType',
  type: { case: 'simple', value: SimpleType.ERROR },
}

import { create, fromBinary, fromJson, type JsonObject, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf'
import { fromOutputs, literalTypes, toLiteral } from '@tern/core'
import { workflowToCustom } from '@tern/core/workflow'
import { LiteralSchema, LiteralTypeSchema } from '@tern/idl/core'
import { type Workflow, WorkflowSchema } from '@tern/idl/graph'
import { InputsSchema, OutputsSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { SpecRecord } from '../../engine/model.ts'
import { toSpecRecord } from '../../store/specs.ts'

// Graphs as JSON, with little words for what comes often. All values are integers, or lists of them.

/** Inputs of a node: numbers are constants, texts references such as `n0.y` and `inputs.x[1]`. */
export type Given = Readonly<Record<string, number | string | JsonObject>>

export interface Parts {
  readonly entities?: ReadonlyArray<JsonObject>
  readonly nodes: ReadonlyArray<JsonObject>
  /** Names of inputs; those that end in `s` are lists. */
  readonly inputs?: ReadonlyArray<string>
  readonly outputs?: Given
  readonly more?: JsonObject
}

const integer = { simple: 'INTEGER' }

function typeOf(name: string): JsonObject {
  return name.endsWith('s') ? { collectionType: integer } : integer
}

export function variables(names: ReadonlyArray<string>): JsonObject {
  return { variables: names.map((key) => ({ key, value: { type: typeOf(key) } })) }
}

export function bound(given: Given): JsonValue[] {
  return Object.keys(given)
    .sort()
    .map((name) => ({ name, value: valueOf(given[name]!) }))
}

export function valueOf(value: number | string | JsonObject): JsonObject {
  if (typeof value === 'number') return { literal: literal(value) }
  return typeof value === 'string' ? { reference: reference(value) } : value
}

function literal(value: unknown): JsonObject {
  const type = Array.isArray(value) ? literalTypes.list(literalTypes.integer()) : literalTypes.integer()
  return toJson(LiteralSchema, toLiteral(value, type)) as JsonObject
}

export function reference(text: string): JsonObject {
  const dot = text.indexOf('.')
  const [output = '', ...path] = text.slice(dot + 1).match(/[^.[\]]+/g) ?? []
  const node = text.slice(0, dot)
  return {
    node: node === 'inputs' ? '' : node,
    output,
    path: path.map((step) => (/^\d+$/.test(step) ? { index: Number(step) } : { key: step })),
  }
}

/** A node. What it refers to beside it is upstream of it. */
export function node(id: string, kind: JsonObject, given: Given = {}, more: JsonObject = {}): JsonObject {
  const upstream = Object.values(given).flatMap((value) =>
    typeof value === 'string' && !value.startsWith('inputs.') && !value.includes('/') ? [value.split('.')[0]!] : [],
  )
  return { id, inputs: bound(given), upstream: [...new Set(upstream)], ...kind, ...more }
}

export function call(id: string, entity: number, given: Given = {}, more: JsonObject = {}): JsonObject {
  return node(id, { call: { entity } }, given, more)
}

/** A task of integers, of some type. */
export function task(
  name: string,
  inputs: ReadonlyArray<string>,
  outputs: ReadonlyArray<string>,
  metadata: JsonObject = {},
): JsonObject {
  return {
    task: {
      shortName: name,
      taskTemplate: {
        type: 'typescript',
        id: { name, version: 'v1' },
        metadata,
        interface: { inputs: variables(inputs), outputs: variables(outputs) },
      },
    },
  }
}

export function graph({ nodes, inputs = [], outputs = {}, more = {} }: Omit<Parts, 'entities'>): JsonObject {
  return {
    name: 'wf',
    interface: { inputs: variables(inputs), outputs: variables(Object.keys(outputs)) },
    nodes: [...nodes],
    outputs: bound(outputs),
    ...more,
  }
}

export function workflow({ entities = [], ...parts }: Parts): Workflow {
  return fromJson(WorkflowSchema, { format: 1, entities: [...entities], graph: graph(parts) })
}

/** The task that a workflow is. */
export function workflowTask(of: Workflow, metadata: JsonObject = {}): TaskSpec {
  return fromJson(TaskSpecSchema, {
    shortName: 'wf',
    taskTemplate: {
      type: 'workflow',
      id: { name: 'env.wf', version: 'v1' },
      metadata,
      interface: (toJson(WorkflowSchema, of) as { graph: { interface?: JsonObject } }).graph.interface ?? {},
      custom: workflowToCustom(of),
    },
  })
}

export function workflowSpec(of: Workflow, metadata: JsonObject = {}): SpecRecord {
  return toSpecRecord({ case: 'task', value: workflowTask(of, metadata) })
}

export function inputsOf(values: Readonly<Record<string, number | ReadonlyArray<number>>>): Uint8Array {
  const literals = Object.entries(values).map(([name, value]) => ({
    name,
    value: toLiteral(value, fromJson(LiteralTypeSchema, typeOf(Array.isArray(value) ? 's' : 'x'))),
  }))
  return toBinary(InputsSchema, create(InputsSchema, { literals }))
}

/** Inputs or outputs, decoded. */
export function valuesOf(bytes: Uint8Array | null | undefined): Record<string, unknown> {
  return fromOutputs(fromBinary(OutputsSchema, bytes ?? new Uint8Array()))
}

import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { literalTypes, toLiteral, typedInterface } from '@tern/core'
import { createWorkflow, workflowToCustom } from '@tern/core/workflow'
import type { LiteralType } from '@tern/idl/core'
import { type Entity, EntitySchema, GraphSchema, type NodeSchema, type ValueSchema } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'

type NodeInit = MessageInitShape<typeof NodeSchema>
type ValueInit = MessageInitShape<typeof ValueSchema>

const integer = literalTypes.integer()

/** Echo nodes, each of what the one before gives. */
export function echoChain(length: number): TaskSpec {
  const outputs = { variables: [{ key: 'x', value: { type: integer } }] }
  const nodes = Array.from({ length }, (_, index): NodeInit => {
    const before = index === 0 ? '' : `n${index - 1}`
    return {
      id: `n${index}`,
      inputs: [{ name: 'x', value: referenceTo(before, 'x') }],
      upstream: before === '' ? [] : [before],
      outputs,
      kind: { case: 'echo', value: {} },
    }
  })
  return workflowTask({
    name: 'echo-chain',
    entities: [],
    nodes,
    inputs: { x: integer },
    outputs: { out: [integer, referenceTo(`n${length - 1}`, 'x')] },
  })
}

/** A map node of the numbers from 0 to below `items` over a task with the input `x` and the output `o0`. */
export function mapOver(task: TaskSpec, items: number): TaskSpec {
  const list = literalTypes.list(integer)
  const numbers = toLiteral(
    Array.from({ length: items }, (_, index) => index),
    list,
  )
  return workflowTask({
    name: 'map',
    entities: [create(EntitySchema, { kind: { case: 'task', value: task } })],
    nodes: [
      {
        id: 'n0',
        inputs: [{ name: 'x', value: { kind: { case: 'literal', value: numbers } } }],
        kind: { case: 'map', value: { entity: 0, over: ['x'] } },
      },
    ],
    inputs: {},
    outputs: { out: [list, referenceTo('n0', 'o0')] },
  })
}

function referenceTo(node: string, output: string): ValueInit {
  return { kind: { case: 'reference', value: { node, output } } }
}

function workflowTask(parts: {
  readonly name: string
  readonly entities: Entity[]
  readonly nodes: NodeInit[]
  readonly inputs: Readonly<Record<string, LiteralType>>
  readonly outputs: Readonly<Record<string, readonly [LiteralType, ValueInit]>>
}): TaskSpec {
  const { name, entities, nodes, inputs } = parts
  const typed = typedInterface({
    inputs,
    outputs: Object.fromEntries(Object.entries(parts.outputs).map(([key, [type]]) => [key, type])),
  })
  const outputs = Object.entries(parts.outputs).map(([key, [, value]]) => ({ name: key, value }))
  const graph = create(GraphSchema, { name, interface: typed, nodes, outputs })
  return create(TaskSpecSchema, {
    shortName: name,
    taskTemplate: {
      type: 'workflow',
      id: { name: `bench.${name}` },
      metadata: {},
      interface: typed,
      custom: workflowToCustom(createWorkflow({ entities, graph })),
    },
  })
}

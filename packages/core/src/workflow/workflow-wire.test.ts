import { create, toBinary, toJsonString } from '@bufbuild/protobuf'
import { TaskTemplateSchema } from '@tern/idl/core'
import { type Entity, EntitySchema, type Graph, GraphSchema } from '@tern/idl/graph'
import { describe, expect, test } from 'vitest'
import { binaryLiteral, primitiveLiteral } from '../literal-messages.ts'
import {
  createWorkflow,
  workflowOfLiteral,
  workflowOfTemplate,
  workflowToCustom,
  workflowToLiteral,
} from './workflow-wire.ts'

function graph(): Graph {
  const value = { kind: { case: 'literal', value: primitiveLiteral({ case: 'integer', value: 5n }) } } as const
  return create(GraphSchema, {
    name: 'wf',
    nodes: [{ id: 'n0', inputs: [{ name: 'a', value }], kind: { case: 'echo', value: {} } }],
  })
}

function entity(config: Record<string, string>): Entity {
  return create(EntitySchema, { kind: { case: 'task', value: { taskTemplate: { type: 'x', config } } } })
}

describe('a workflow in a template', () => {
  test('comes back as it was', () => {
    const workflow = createWorkflow({ entities: [entity({ a: '1' })], graph: graph() })
    const template = create(TaskTemplateSchema, { custom: workflowToCustom(workflow) })
    expect(workflowOfTemplate(template)).toEqual(workflow)
  })

  test('is the same text whatever order its maps were made in', () => {
    const [one, other] = [
      { b: '1', a: '2' },
      { a: '2', b: '1' },
    ].map((config) =>
      create(TaskTemplateSchema, {
        custom: workflowToCustom(createWorkflow({ entities: [entity(config)], graph: graph() })),
      }),
    )
    expect(toJsonString(TaskTemplateSchema, one!)).toBe(toJsonString(TaskTemplateSchema, other!))
    expect(toBinary(TaskTemplateSchema, one!)).toEqual(toBinary(TaskTemplateSchema, other!))
  })

  test('is missed', () => {
    expect(() => workflowOfTemplate(create(TaskTemplateSchema))).toThrow('custom.graph')
  })

  test('of a form to come is refused', () => {
    const custom = workflowToCustom({ ...createWorkflow({ entities: [], graph: graph() }), format: 2 })
    expect(() => workflowOfTemplate({ custom })).toThrow('graph.format 2 is not understood')
  })

  test('that is none is refused with the reason', () => {
    expect(() => workflowOfTemplate({ custom: { graph: null } })).toThrow('custom.graph')
    expect(() => workflowOfTemplate({ custom: { graph: '{' } })).toThrow('the compiled graph cannot be read')
    expect(() => workflowOfTemplate({ custom: { graph: { entities: 'x' } } })).toThrow(
      /custom\.graph: the compiled graph cannot be read: .*entities/,
    )
  })
})

describe('a workflow as the output of a dynamic task', () => {
  test('comes back as it was', () => {
    const workflow = createWorkflow({ entities: [], graph: graph() })
    expect(workflowOfLiteral(workflowToLiteral(workflow))).toEqual(workflow)
  })

  test('is not mistaken for something else', () => {
    expect(() => workflowOfLiteral(undefined)).toThrow('the output graph is no binary literal')
    expect(() => workflowOfLiteral(binaryLiteral(new Uint8Array(), 'msgpack'))).toThrow('tern.workflow.v1.Workflow')
  })
})

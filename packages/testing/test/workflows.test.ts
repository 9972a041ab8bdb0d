import type { JsonObject } from '@bufbuild/protobuf'
import { NodePhase } from '@tern/idl/graph'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  integer,
  node,
  outputs,
  ref,
  startWorkflow,
  text,
  uploadTasks,
  variables,
  workflowOf,
} from './workflow-tasks.ts'

let server: TernServer
let specOf: (name: string) => JsonObject
beforeAll(async () => {
  server = await startTestServer()
  specOf = await uploadTasks(server.url, './graph-tasks.ts')
})
afterAll(() => server.stop())

const entities = () => ['graphs.count', 'graphs.shout', 'graphs.failing'].map((name) => ({ task: specOf(name) }))

/** Texts longer than eight characters are shouted. */
const branch: JsonObject = {
  branch: {
    cases: [
      {
        condition: {
          comparison: {
            operator: 'OPERATOR_GT',
            left: ref('n0.o0'),
            right: { literal: { scalar: { primitive: { integer: '8' } } } },
          },
        },
        block: {
          nodes: [node('n0', { call: { entity: 1 } }, { text: 'inputs.text' })],
          outputs: [{ name: 'said', value: { reference: { node: 'n1/then0/n0', output: 'text' } } }],
        },
      },
    ],
    otherwise: { outputs: outputs({ said: 'inputs.text' }) },
  },
  outputs: variables({ said: text }),
}

function graph(name: string, more: JsonObject = {}) {
  return workflowOf({
    entities: entities(),
    graph: {
      name,
      interface: { inputs: variables({ text }), outputs: variables({ length: integer, said: text }) },
      nodes: [
        node('n0', { call: { entity: 0 } }, { text: 'inputs.text' }),
        { ...node('n1', branch), upstream: ['n0'] },
        node('n2', { echo: {}, outputs: variables({ said: text }) }, { said: 'n1.said' }),
      ],
      outputs: outputs({ length: 'n0.o0', said: 'n2.said' }),
      ...more,
    },
  })
}

const url = () => server.url

test('functions, commands, echo nodes and a branch, one on the outputs of the other', async () => {
  const long = await startWorkflow(url, graph('long'), { text: 'a long text' })
  expect(await long.ended()).toMatchObject({ phase: 'SUCCEEDED', outputs: { length: 11, said: 'A LONG TEXT' } })
  const short = await startWorkflow(url, graph('short'), { text: 'short' })
  expect(await short.ended()).toMatchObject({ phase: 'SUCCEEDED', outputs: { length: 5, said: 'short' } })
  const { nodes } = await short.graph()
  expect(nodes.map(({ path, phase }) => [path, phase])).toEqual([
    ['n0', NodePhase.SUCCEEDED],
    ['n1', NodePhase.SUCCEEDED],
    ['n1/then0/n0', NodePhase.SKIPPED],
    ['n2', NodePhase.SUCCEEDED],
  ])
})

test('a node that fails is named by the workflow, with what it said', async () => {
  const nodes = [node('n0', { call: { entity: 2 } }, { text: 'inputs.text' })]
  const failing = workflowOf({
    entities: entities(),
    graph: { name: 'failing', interface: { inputs: variables({ text }) }, nodes },
  })
  const run = await startWorkflow(url, failing, { text: 'luck' })
  expect(await run.ended()).toMatchObject({
    phase: 'FAILED',
    error: expect.stringContaining('node n0 failed: no luck'),
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'
import { integer, listOf, node, variables, workflowOf } from './workflow-tasks.ts'

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
  await project.flyte('deploy', 'flows.py', 'env')
  await project.client.deployTask(mixed())
}, 400_000)
afterAll(() => project?.stop())

/** A Python task, by its name, and then once more for each of two values. */
function mixed() {
  const double = {
    deployedTask: {
      name: 'flows_python.double',
      interface: { inputs: variables({ x: integer }), outputs: variables({ o0: integer }) },
    },
  }
  const pair = { list: { items: [{ reference: { node: 'n0', output: 'o0' } }, { reference: { output: 'x' } }] } }
  return workflowOf({
    entities: [double],
    graph: {
      name: 'mixed',
      interface: { inputs: variables({ x: integer }), outputs: variables({ o0: integer }) },
      nodes: [
        node('n0', { call: { entity: 0 } }, { x: 'inputs.x' }),
        { id: 'n1', map: { entity: 0, over: ['x'] }, inputs: [{ name: 'x', value: pair }], upstream: ['n0'] },
        node('n2', { echo: {}, outputs: variables({ all: listOf(integer) }) }, { all: 'n1.o0' }),
      ],
      outputs: [{ name: 'o0', value: { reference: { node: 'n2', output: 'all', path: [{ index: 0 }] } } }],
    },
  })
}

test("Flyte's own command runs a workflow, which calls Python tasks", async () => {
  const output = await project.flyte('run', '--follow', 'deployed-task', 'flows.mixed', '--x', '5')
  const [name = ''] = /\br[a-z0-9]{19}\b/.exec(output) ?? []
  expect(await project.outputOf(name)).toBe(20)
})

test('a Python task calls a workflow by its name', async () => {
  expect(await project.outputOf(await project.runDeployed('flows_python.calls_workflow', { x: 3 }))).toBe(12)
})

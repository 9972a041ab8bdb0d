import { join } from 'node:path'
import { createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { fromOutputs, phaseName } from '@tern/core'
import { NodePhase, WorkflowService } from '@tern/idl/graph'
import { deployFile } from '@tern/sdk/bundle'
import { FlyteProject } from '@tern/test-support/flyte-project'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const files = join(import.meta.dirname, 'python')

let project: FlyteProject
beforeAll(async () => {
  project = await FlyteProject.start({ files })
  await project.flyte('deploy', 'graphs.py', 'env')
  await deployFile(project.client, join(files, 'graphs.ts'))
}, 400_000)
afterAll(() => project?.stop())

async function ended(task: string, inputs: Readonly<Record<string, unknown>>) {
  const run = await project.runDeployed(task, inputs)
  const { status, result } = await project.client.waitForAction(run)
  const { outputs } = await project.client.getActionData(run)
  return {
    run,
    phase: phaseName(status?.phase ?? 0),
    error: result.case === 'errorInfo' ? result.value.message : '',
    outputs: outputs === undefined ? {} : fromOutputs(outputs),
  }
}

async function nodesOf(run: string) {
  const transport = createConnectTransport({ baseUrl: project.url, httpVersion: '1.1' })
  const place = { org: 'tern', project: 'flytesnacks', domain: 'development' }
  const actionId = { run: { ...place, name: run }, name: 'a0' }
  const { nodes } = await createClient(WorkflowService, transport).getGraph({
    subject: { case: 'actionId', value: actionId },
  })
  return nodes
}

function phaseOf(phase: number): string | undefined {
  return Object.entries(NodePhase).find(([, value]) => value === phase)?.[0]
}

describe('a workflow with nodes of both languages', () => {
  test('passes values from TypeScript to Python and back', async () => {
    const { run, phase, error, outputs } = await ended('graphs.mixed', { site: 'oslo' })
    expect({ phase, error }).toEqual({ phase: 'SUCCEEDED', error: '' })
    expect(outputs).toEqual({ mean: 10, name: 'OSLO!', second: 15 })
    const nodes = await nodesOf(run)
    expect(Object.fromEntries(nodes.map((node) => [node.path, phaseOf(node.phase)]))).toEqual({
      n0: 'SUCCEEDED',
      n1: 'SUCCEEDED',
      n2: 'SUCCEEDED',
      n3: 'SUCCEEDED',
      'n3/then0/n0': 'SKIPPED',
      'n3/else/n0': 'SUCCEEDED',
      n4: 'SUCCEEDED',
    })
    expect(nodes.find(({ path }) => path === 'n2')?.map).toMatchObject({ total: 4, succeeded: 2, failed: 2 })
  })

  test('is called by a task, which calls a graph that is made of Python tasks, too', async () => {
    expect(await ended('graphs.around', { site: 'bern' })).toMatchObject({
      phase: 'SUCCEEDED',
      outputs: { o0: [15, 10, 20] },
    })
  })

  test('is called by a Python task', async () => {
    const { phase, error, outputs } = await ended('py_graphs.calls_mixed', { site: 'rome' })
    expect({ phase, error }).toEqual({ phase: 'SUCCEEDED', error: '' })
    expect(outputs['o0']).toBe("['10.0', '15.0', 'ROME!'] []")
  })

  test('fails in Python, with the error of Python, and calls a handler in Python', async () => {
    const { run, phase, error } = await ended('graphs.failing', { site: 'x' })
    expect({ phase, error }).toEqual({ phase: 'FAILED', error: expect.stringContaining('node n1 failed: ') })
    expect(error).toContain('-1.5 is negative')
    const handler = (await nodesOf(run)).find(({ path }) => path === 'fn0')
    expect(handler?.phase).toBe(NodePhase.SUCCEEDED)
    const { outputs } = await project.client.getActionData(run, handler?.action ?? '')
    expect(outputs && fromOutputs(outputs)).toEqual({ o0: 'x: n1 ValueError 1' })
  })
})

import { fromBinary, fromJson } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { ActionPhase, type ActionIdentifier } from '@tern/idl/common'
import { type GetGraphResponse, NodePhase, type Workflow } from '@tern/idl/graph'
import { InputsSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Attempt } from '../../executors/executor.ts'
import { workflowExecutors } from '../../workflows/test/executors.ts'
import {
  bound,
  call,
  graph,
  inputsOf,
  node,
  reference,
  task,
  variables,
  workflow,
  workflowTask,
} from '../../workflows/test/graphs.ts'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place, projectId } from '../test/fixtures.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi({ executors: workflowExecutors })
})
afterAll(() => api.close())

const one = task('one', ['x'], ['y'])
const two = task('two', ['x'], ['y'])
const boom = { code: 'Error', message: 'boom', kind: 'user', recoverable: false } as const

/** A branch on its input, a workflow inside, a map, and a node behind all of them. */
function everything(): Workflow {
  const inner = {
    workflow: graph({ nodes: [call('n0', 1, { x: 'inputs.a' })], inputs: ['a'], outputs: { b: 'n0.y' } }),
  }
  const comparison = {
    operator: 'OPERATOR_GT',
    left: { reference: reference('inputs.x') },
    right: { literal: { scalar: { primitive: { integer: '10' } } } },
  }
  const branch = {
    branch: {
      cases: [
        {
          condition: { comparison },
          block: { nodes: [call('n0', 1, { x: 1 })], outputs: bound({ v: 'n0/then0/n0.y' }) },
        },
      ],
      otherwise: { outputs: bound({ v: 'inputs.x' }) },
    },
    outputs: variables(['v']),
  }
  return workflow({
    entities: [one, two, inner],
    nodes: [
      node('n0', branch),
      call('n1', 0, { x: 'n0.v' }, { name: 'first' }),
      call('n2', 2, { a: 'n1.y' }),
      node('n3', { map: { entity: 0, over: ['x'] } }, { x: 'inputs.xs' }, { upstream: ['n1'] }),
      call('n4', 0, { x: 'n2.b' }, { upstream: ['n2', 'n3'] }),
    ],
    inputs: ['x', 'xs'],
    outputs: { out: 'n4.y' },
  })
}

describe('GetGraph', () => {
  eachTransport((transport) => {
    let clients: Clients
    const answered = new Set<Attempt>()
    beforeAll(() => {
      clients = createClients(transport.connect(api.url))
    })

    async function start(spec: TaskSpec, inputs: Parameters<typeof inputsOf>[0] = {}): Promise<ActionIdentifier> {
      const { run } = await clients.runs.createRun({
        id: { case: 'projectId', value: projectId },
        task: { case: 'taskSpec', value: spec },
        inputWrapper: { case: 'inputs', value: fromBinary(InputsSchema, inputsOf(inputs)) },
      })
      return run!.action!.id!
    }

    async function attempt(run: ActionIdentifier, name: string): Promise<Attempt> {
      const find = (): Attempt | undefined =>
        api.executor.attempts.find(
          (each) => each.run.run === run.run?.name && each.spec.taskName === name && !answered.has(each),
        )
      await api.executor.until(() => find() !== undefined)
      const found = find()!
      answered.add(found)
      return found
    }

    function answer({ handle }: Attempt, y: number): void {
      api.executor.host.succeeded(handle, { bytes: inputsOf({ y }) }, Date.now(), Date.now())
    }

    async function phases(actionId: ActionIdentifier): Promise<Record<string, keyof typeof NodePhase>> {
      const { nodes } = await clients.workflows.getGraph({ subject: { case: 'actionId', value: actionId } })
      return Object.fromEntries(nodes.map(({ path, phase }) => [path, nameOf(phase)]))
    }

    async function ended(actionId: ActionIdentifier): Promise<ActionPhase> {
      for await (const { details } of clients.runs.watchActionDetails({ actionId })) {
        const { phase = ActionPhase.UNSPECIFIED, endTime } = details?.status ?? {}
        if (endTime !== undefined) return phase
      }
      return ActionPhase.UNSPECIFIED
    }

    test('of a deployed workflow is its graph', async () => {
      const spec = workflowTask(everything())
      const taskId = { ...place, name: `env.graph${Math.random()}`, version: 'v1' }
      await clients.tasks.deployTask({ taskId, spec })
      const found = await clients.workflows.getGraph({ subject: { case: 'taskId', value: taskId } })
      expect(found.workflow).toEqual(everything())
      expect(found.nodes).toEqual([])
    })

    test('of an action says how far its nodes have come', async () => {
      const root = await start(workflowTask(everything()), { x: 3, xs: [1, 2] })
      const first = await attempt(root, 'one')
      expect(await phases(root)).toEqual({ n0: 'SUCCEEDED', 'n0/then0/n0': 'SKIPPED', n1: 'QUEUED' })
      answer(first, 5)
      const inside = await attempt(root, 'two')
      const [item] = [await attempt(root, 'one'), await attempt(root, 'one')]
      answer(item!, 6)
      await expect
        .poll(async () => (await graphOf(root)).nodes.find(({ path }) => path === 'n3')?.map)
        .toMatchObject({ total: 2, started: 2, succeeded: 1, failed: 0 })
      expect(await phases(root)).toMatchObject({ n1: 'SUCCEEDED', n2: 'RUNNING', 'n2/n0': 'QUEUED', n3: 'RUNNING' })
      const { nodes } = await graphOf(root)
      expect(nodes.find(({ path }) => path === 'n0')).toMatchObject({ taken: 'else', action: '' })
      expect(nodes.find(({ path }) => path === 'n2/n0')).toMatchObject({ action: inside.action })
      expect(nodes.find(({ path }) => path === 'n1')).toMatchObject({
        startedAt: expect.anything(),
        endedAt: expect.anything(),
      })
      const again = await clients.workflows.getGraph({
        subject: { case: 'actionId', value: root },
        withoutWorkflow: true,
      })
      expect(again.workflow).toBeUndefined()
      expect(again.nodes).toEqual(nodes)
      await clients.runs.abortRun({ runId: root.run! })
      await ended(root)
      expect(await phases(root)).toMatchObject({ n1: 'SUCCEEDED', n2: 'ABORTED', 'n2/n0': 'ABORTED', n3: 'ABORTED' })
      expect(await phases(root)).not.toHaveProperty('n4')
    })

    test('says which node failed, and what was not done for that', async () => {
      const nodes = [call('n0', 0, { x: 1 }), call('n1', 1, { x: 2 }), call('n2', 0, { x: 'n0.y' })]
      const root = await start(workflowTask(workflow({ entities: [one, two], nodes })))
      const { handle } = await attempt(root, 'one')
      await attempt(root, 'two')
      api.executor.host.failed(handle, boom, Date.now(), Date.now())
      expect(await ended(root)).toBe(ActionPhase.FAILED)
      const found = await graphOf(root)
      expect(found.nodes.map(({ path, phase, error }) => [path, nameOf(phase), error])).toEqual([
        ['n0', 'FAILED', 'boom'],
        ['n1', 'ABORTED', expect.any(String)],
      ])
    })

    test('names the run that a launch plan has started', async () => {
      const taskId = { ...place, domain: 'production', name: 'nightly', version: 'v1' }
      const spec = fromJson(TaskSpecSchema, task('nightly', [], ['y']).task!)
      await clients.tasks.deployTask({ taskId, spec })
      const plan = { launchPlan: { name: 'nightly', domain: 'production', interface: { outputs: variables(['y']) } } }
      const root = await start(workflowTask(workflow({ entities: [plan], nodes: [call('n0', 0)] })))
      const find = (): Attempt | undefined =>
        api.executor.attempts.find(({ spec, run }) => spec.taskName === 'env.launched' && !seen.has(run.run))
      await api.executor.until(() => find() !== undefined)
      const { run } = find()!
      seen.add(run.run)
      await expect
        .poll(async () => (await graphOf(root)).nodes[0]?.run)
        .toMatchObject({ name: run.run, domain: 'production' })
      await clients.runs.abortRun({ runId: root.run! })
    })

    test('shows failure handlers that are runs of their own, since their workflow was aborted (F-10)', async () => {
      const handled = (handler: number) => ({ onFailure: call('fn0', handler, { x: 'inputs.x' }) })
      const within = { workflow: graph({ nodes: [call('n0', 0, { x: 'inputs.x' })], inputs: ['x'], more: handled(1) }) }
      const cleaning = { workflow: graph({ nodes: [call('n0', 1, { x: 'inputs.x' })], inputs: ['x'] }) }
      const of = workflow({
        entities: [one, two, within, cleaning],
        nodes: [call('n0', 2, { x: 5 })],
        inputs: ['x'],
        more: handled(3),
      })
      const root = await start(workflowTask(of), { x: 7 })
      await attempt(root, 'one')
      expect(await phases(root)).toEqual({ n0: 'RUNNING', 'n0/n0': 'QUEUED' })
      await clients.runs.abortRun({ runId: root.run!, reason: 'enough' })
      expect(await ended(root)).toBe(ActionPhase.ABORTED)
      const both = { n0: 'ABORTED', 'n0/n0': 'ABORTED', 'n0/fn0': 'QUEUED', fn0: 'RUNNING' }
      await expect.poll(() => phases(root), { timeout: 10_000 }).toEqual(both)
      const { nodes } = await graphOf(root)
      const [inner, outer] = nodes.slice(2)
      expect(nodes.slice(0, 2).map(({ run }) => run)).toEqual([undefined, undefined])
      answer(await attempt({ ...root, run: inner!.run! }, 'two'), 1)
      api.executor.host.failed(
        (await attempt({ ...root, run: outer!.run! }, 'two')).handle,
        boom,
        Date.now(),
        Date.now(),
      )
      await expect.poll(() => phases(root), { timeout: 10_000 }).toMatchObject({ 'n0/fn0': 'SUCCEEDED', fn0: 'FAILED' })
      expect((await graphOf(root)).nodes.slice(2)).toMatchObject([
        { path: 'n0/fn0', action: '', error: '', startedAt: expect.anything(), endedAt: expect.anything() },
        { path: 'fn0', error: 'node n0 failed: boom', run: { name: outer!.run!.name, ...place } },
      ])
    })

    test('shows the failure handler of the last attempt, where the workflow ran out of time (F-10)', async () => {
      const nodes = [call('n0', 0, { x: 5 })]
      const of = workflow({ entities: [one, two], nodes, more: { onFailure: call('fn0', 1, { x: 1 }) } })
      const root = await start(workflowTask(of, { timeout: '0.050s', retries: { retries: 1 } }))
      expect(await ended(root)).toBe(ActionPhase.TIMED_OUT)
      await expect.poll(() => phases(root), { timeout: 10_000 }).toEqual({ n0: 'ABORTED', fn0: 'QUEUED' })
      const [, handler] = (await graphOf(root)).nodes
      answer(await attempt({ ...root, run: handler!.run! }, 'two'), 1)
      await expect.poll(() => phases(root), { timeout: 10_000 }).toEqual({ n0: 'ABORTED', fn0: 'SUCCEEDED' })
    })

    async function graphOf(actionId: ActionIdentifier): Promise<GetGraphResponse> {
      return clients.workflows.getGraph({ subject: { case: 'actionId', value: actionId } })
    }

    test('is refused for what is no workflow, and for what there is not', async () => {
      const version = `v${Math.random()}`
      const taskId = { ...place, name: 'env.main', version }
      await expectRefused(
        clients.workflows.getGraph({ subject: { case: 'taskId', value: taskId } }),
        Code.NotFound,
        'is not deployed',
      )
      await clients.tasks.deployTask({ taskId, spec: aTaskSpec({ version }) })
      await expectRefused(
        clients.workflows.getGraph({ subject: { case: 'taskId', value: taskId } }),
        Code.FailedPrecondition,
        'task env.main is no workflow',
      )
      const actionId = { run: { org: 'tern', ...place, name: 'none-such' }, name: 'a0' }
      await expectRefused(
        clients.workflows.getGraph({ subject: { case: 'actionId', value: actionId } }),
        Code.NotFound,
        'none-such',
      )
      await expectRefused(clients.workflows.getGraph({}), Code.InvalidArgument, 'subject')
    })

    test.each([
      [workflow({ entities: [one], nodes: [call('n0', 0)] }), 'workflow wf, node n0: input x, integer, is not bound'],
      [
        workflow({ entities: [one], nodes: [call('n0', 0, { x: 'n1.y' }), call('n1', 0, { x: 'n0.y' })] }),
        'it waits for itself: n0 → n1 → n0',
      ],
      [
        workflow({ entities: [{ deployedTask: { name: 'env.absent' } }], nodes: [call('n0', 0)] }),
        'workflow wf, task env.absent: it is not deployed in flytesnacks/development',
      ],
      [
        workflow({
          entities: [{ deployedTask: { name: 'env.there', interface: { inputs: variables(['zs']) } } }],
          nodes: [call('n0', 0, { zs: { list: {} } })],
        }),
        'workflow wf, task env.there: it has no input zs',
      ],
    ])(
      'R-5: a graph that is not sound, or calls what is not there, is not deployed, nor run %#',
      async (of, message) => {
        const there = { ...place, name: 'env.there', version: 'v1' }
        await clients.tasks.deployTask({ taskId: there, spec: aTaskSpec({ name: 'env.there' }) })
        const taskId = { ...place, name: 'env.bad', version: 'v1' }
        await expectRefused(clients.tasks.deployTask({ taskId, spec: workflowTask(of) }), Code.InvalidArgument, message)
        await expectRefused(start(workflowTask(of)), Code.InvalidArgument, message)
      },
    )
  })
})

const seen = new Set<string>()

function nameOf(phase: NodePhase): keyof typeof NodePhase {
  return (Object.entries(NodePhase).find(([, value]) => value === phase)?.[0] ??
    'UNSPECIFIED') as keyof typeof NodePhase
}

import { create, fromJson, type JsonObject } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { OnLimit } from '@tern/idl/launchplan'
import { HttpMethod } from '@tern/idl/notification'
import { SettingState } from '@tern/idl/settings'
import { RunSpecSchema, TaskSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { workflowExecutors } from '../../workflows/test/executors.ts'
import { call, task, variables, workflow, workflowTask } from '../../workflows/test/graphs.ts'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, outputsOf, place } from '../test/fixtures.ts'
import { integer, PlanKit, text } from '../test/launch-plans.ts'
import { freshName } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'

let api: TestApi
let clients: Clients
let kit: PlanKit
let script: Script

beforeAll(async () => {
  api = await startApi({
    executors: (host, storage) =>
      workflowExecutors(host, storage, { launch: (...called) => api.planNodes.launch(...called) }),
  })
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  kit = new PlanKit(api, clients)
  script = new Script(api)
  await kit.deployTasks()
})
afterAll(() => api.close())

interface PlanNode {
  readonly name: string
  readonly version?: string
  readonly inputs?: ReadonlyArray<string>
  readonly optional?: ReadonlyArray<string>
}

/** A workflow of one node, which calls a launch plan of `env.main`. */
function calling({ name, version = '', inputs = ['x'], optional = [] }: PlanNode, given: Record<string, number>) {
  const launchPlan: JsonObject = {
    name,
    version,
    interface: { inputs: variables(inputs), outputs: variables(['o0']) },
    optionalInputs: [...optional],
  }
  return workflowTask(
    workflow({ entities: [{ launchPlan }], nodes: [call('n0', 0, given)], outputs: { out: 'n0.o0' } }),
  )
}

/** Runs it, and gives the name of its run. */
async function run(node: PlanNode, given: Record<string, number> = {}, runSpec = create(RunSpecSchema)) {
  const name = freshName('wf')
  const id = { case: 'runId' as const, value: { ...place, name } }
  await clients.runs.createRun({ id, task: { case: 'taskSpec', value: calling(node, given) }, runSpec })
  return name
}

/** The run that the node has started, once it is there. */
async function childOf(plan: string, count = 1): Promise<string> {
  await expect.poll(() => kit.runsOf('launch_plan_name', plan), { timeout: 20_000 }).toHaveLength(count)
  return (await kit.runsOf('launch_plan_name', plan)).at(-1)!
}

async function endOf(name: string) {
  const root = () => api.repositories.actions.find({ ...place, run: name, action: 'a0' })
  await expect.poll(async () => (await root())?.endedAt, { timeout: 20_000 }).toEqual(expect.any(Number))
  const { details } = await clients.runs.getActionDetails({ actionId: { run: { ...place, name }, name: 'a0' } })
  return details!
}

describe('a node of a launch plan', () => {
  test('starts a run of it: fixed inputs, those bound, its defaults, and its options before those of the caller (L-8, L-11)', async () => {
    const labels = { values: { team: 'etl', kind: 'plan' } }
    const { id } = await kit.deploy({
      fixedInputs: [text('label', 'fixed')],
      runSpec: create(RunSpecSchema, { labels, queue: 'slow', rawDataStorage: { rawDataPrefix: '/data/plan' } }),
    })
    const inherited = create(RunSpecSchema, {
      labels: { values: { kind: 'caller', owner: 'me' } },
      queue: 'fast',
      maxActionConcurrency: 3,
    })
    const parent = await run({ name: id.name }, { x: 5 }, inherited)
    const child = await childOf(id.name)
    expect(await kit.valuesOf(child)).toEqual({ label: 'fixed', x: 5n })
    const { runSpec } = await kit.detailsOf(child)
    expect(runSpec).toMatchObject({
      queue: 'slow',
      maxActionConcurrency: 3,
      rawDataStorage: { rawDataPrefix: '/data/plan' },
    })
    expect(runSpec?.labels?.values).toMatchObject({
      team: 'etl',
      kind: 'plan',
      owner: 'me',
      'launch-plan': id.name,
      'launch-plan-version': 'v1',
      'detached-from-run': parent,
    })
    await script.succeed(child, 'a0', outputsOf(8))
    expect((await endOf(parent)).status?.phase).toBe(ActionPhase.SUCCEEDED)
  })

  test('names the version, or takes the active one when it starts (L-14)', async () => {
    const { id } = await kit.deploy({ defaultInputs: [integer('x', 1)] })
    await kit.deploy({ defaultInputs: [integer('x', 2)] }, { name: id.name, version: 'v2', activate: false })
    await run({ name: id.name, version: 'v2', optional: ['x'] })
    expect(await kit.valuesOf(await childOf(id.name))).toMatchObject({ x: 2n })
    const active = await kit.deploy({ defaultInputs: [integer('x', 1)] })
    await run({ name: active.id.name, optional: ['x'] })
    expect(await kit.valuesOf(await childOf(active.id.name))).toMatchObject({ x: 1n })
  })

  test('runs the default launch plan of a task (L-6)', async () => {
    const name = freshName('env.plain')
    const spec = fromJson(TaskSpecSchema, task(name, ['x'], ['o0'])['task']!)
    await clients.tasks.deployTask({ taskId: { ...place, name, version: 'v1' }, spec })
    await run({ name }, { x: 6 })
    expect(await kit.valuesOf(await childOf(name))).toEqual({ x: 6n })
  })

  test('its run has the notifications of the plan, and not those of the caller (L-8)', async () => {
    const rulesOf = (url: string) => ({
      case: 'notificationRules' as const,
      value: {
        rules: [
          {
            onPhases: [ActionPhase.FAILED],
            delivery: { case: 'deliveryTemplate' as const, value: { webhook: { url, method: HttpMethod.POST } } },
          },
        ],
      },
    })
    const told = (url: string) => create(RunSpecSchema, { notificationSettings: rulesOf(url) })
    const { id } = await kit.deploy({ runSpec: told('https://plan.test') })
    await run({ name: id.name }, { x: 1 }, told('https://caller.test'))
    const child = await childOf(id.name)
    const { notifications } = await clients.notifications.listNotifications({ runId: { ...place, name: child } })
    expect(notifications.map(({ target }) => target)).toEqual(['https://plan.test'])
  })

  test('fails where the plan lets no more run, and says which do (L-13)', async () => {
    const { id } = await kit.deploy({ concurrency: { maxRuns: 1, onLimit: OnLimit.SKIP } })
    const first = await kit.launch(id.name, { inputs: { literals: [integer('x', 1)] } })
    const { result } = await endOf(await run({ name: id.name }, { x: 2 }))
    const message = `node n0 failed: launch plan ${id.name} has 1 run under way, and at most 1 may be: ${first}`
    expect(result).toMatchObject({ case: 'errorInfo', value: { message: expect.stringContaining(message) } })
  })

  test('waits where the plan queues, and goes on when a run ends (L-13)', async () => {
    const { id } = await kit.deploy({ concurrency: { maxRuns: 1, onLimit: OnLimit.QUEUE } })
    const first = await kit.launch(id.name, { inputs: { literals: [integer('x', 1)] } })
    const parent = await run({ name: id.name }, { x: 2 })
    await expect.poll(() => kit.runsOf('launch_plan_name', id.name)).toHaveLength(2)
    const second = (await kit.runsOf('launch_plan_name', id.name)).find((name) => name !== first)!
    await script.succeed(first, 'a0', outputsOf(1))
    await script.succeed(second, 'a0', outputsOf(2))
    expect((await endOf(parent)).status?.phase).toBe(ActionPhase.SUCCEEDED)
  })
})

test('options of the launch go before those of the plan, and those before the settings (L-11)', async () => {
  const there = { ...place, domain: 'staging' }
  const text = (stringValue: string) => ({ state: SettingState.VALUE, stringValue })
  const labels = {
    state: SettingState.VALUE,
    mapValue: { entries: { from: 'settings', by: 'settings', at: 'settings' } },
  }
  await clients.settings.createSettings({
    key: there,
    settings: { run: { defaultQueue: text('of-settings') }, labels },
  })
  const taskId = { ...there, name: 'env.main', version: 'v1' }
  await clients.tasks.deployTask({ taskId, spec: aTaskSpec() })
  const id = { ...there, name: 'nightly', version: 'v1' }
  const labelled = (values: Record<string, string>) => create(RunSpecSchema, { labels: { values } })
  const spec = { taskId, fixedInputs: [integer('x', 1)], runSpec: labelled({ from: 'plan', by: 'plan' }) }
  await clients.launchPlans.deployLaunchPlan({ id, spec, activate: true })
  const { run } = await clients.launchPlans.launch({ id, runSpec: labelled({ from: 'launch' }) })
  const { details } = await clients.runs.getRunDetails({ runId: run!.action!.id!.run! })
  expect(details?.runSpec?.queue).toBe('of-settings')
  expect(details?.runSpec?.labels?.values).toMatchObject({ from: 'launch', by: 'plan', at: 'settings' })
})

describe('a workflow with a node of a launch plan is refused', () => {
  async function refused(node: PlanNode, given: Record<string, number>, message: string) {
    const taskId = { ...place, name: freshName('env.wf'), version: 'v1' }
    const deployed = clients.tasks.deployTask({ taskId, spec: calling(node, given) })
    await expectRefused(deployed, Code.InvalidArgument, message)
    await expectRefused(run(node, given), Code.InvalidArgument, message)
  }

  test('where there is none of the name, or no such version', async () => {
    await refused({ name: 'none' }, { x: 1 }, 'workflow wf, launch plan none: there is no launch plan none')
    const { id } = await kit.deploy({})
    await refused(
      { name: id.name, version: 'v9' },
      { x: 1 },
      `launch plan ${id.name} version v9: launch plan ${id.name} has no version v9`,
    )
  })

  test('where none is active, and no version is named (L-14)', async () => {
    const { id } = await kit.deploy({}, { activate: false })
    await refused({ name: id.name }, { x: 1 }, 'has no active version')
    await clients.tasks.deployTask({
      taskId: { ...place, name: freshName('env.wf'), version: 'v1' },
      spec: calling({ name: id.name, version: 'v1' }, { x: 1 }),
    })
  })

  test('where a fixed input is bound (L-9)', async () => {
    const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)] })
    await refused({ name: id.name }, { x: 1 }, `launch plan ${id.name}: its input x is fixed`)
  })

  test('where the interface is another', async () => {
    const { id } = await kit.deploy({})
    await refused(
      { name: id.name, inputs: ['label', 'x'] },
      { label: 1, x: 1 },
      'its input label is string, and not integer',
    )
    await refused({ name: id.name, inputs: ['x', 'y'] }, { x: 1, y: 1 }, 'it has no input y')
    await refused({ name: id.name, inputs: [] }, {}, 'it needs an input x')
    await refused({ name: id.name, optional: ['x'] }, {}, 'its input x has no default, and cannot be left out')
  })
})

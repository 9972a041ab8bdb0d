import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { Filter_Function } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place, projectId } from '../test/fixtures.ts'
import { cron, every, integer, main, PlanKit, text, timed } from '../test/launch-plans.ts'
import { freshName } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

eachTransport((transport) => {
  let clients: Clients
  let kit: PlanKit
  beforeAll(async () => {
    clients = createClients(transport.connect(api.url))
    kit = new PlanKit(api, clients)
    await kit.deployTasks()
  })

  describe('deploying', () => {
    test('what is fixed is no parameter, what has a default may be left out (L-2, L-3)', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [text('label', 'mine')] })
      const { launchPlan } = await clients.launchPlans.getLaunchPlan({ id: { ...id, version: '' } })
      expect(launchPlan).toMatchObject({ id, active: true, isDefault: false })
      expect(launchPlan?.parameters.map(({ name, parameter }) => [name, parameter?.behavior.case])).toEqual([
        ['label', 'default'],
      ])
      expect(launchPlan?.interface?.inputs?.variables.map(({ key }) => key)).toEqual(['label'])
      expect(launchPlan?.interface?.outputs?.variables.map(({ key }) => key)).toEqual(['o0'])
    })

    test('the same again does nothing, other content under the same version is refused (L-5)', async () => {
      const spec = { taskId: main, fixedInputs: [integer('x', 1)] }
      const { id, launchPlan } = await kit.deploy(spec, { activate: false })
      const again = await clients.launchPlans.deployLaunchPlan({ id, spec })
      expect(again.launchPlan).toEqual(launchPlan)
      // A value that is moved from the fixed ones to the defaults is another plan (BUG-12).
      const moved = clients.launchPlans.deployLaunchPlan({
        id,
        spec: { taskId: main, defaultInputs: [integer('x', 1)] },
      })
      await expectRefused(moved, Code.AlreadyExists, 'has a version v1, which says something else')
      await expectRefused(
        clients.launchPlans.deployLaunchPlan({ id: { ...id, version: '' }, spec }),
        Code.InvalidArgument,
        'id.version',
      )
    })

    test('inputs that the task has not, or of another type, are refused by name (L-3)', async () => {
      await expectRefused(
        kit.deploy({ fixedInputs: [integer('lable', 1)] }),
        Code.InvalidArgument,
        'spec.fixed_inputs.lable: task env.main version v1 has no such input; did you mean label?',
      )
      await expectRefused(
        kit.deploy({ defaultInputs: [text('x', 'seven')] }),
        Code.InvalidArgument,
        'spec.default_inputs.x: expected integer',
      )
      await expectRefused(
        kit.deploy({ fixedInputs: [integer('x', 1), integer('x', 2)] }),
        Code.InvalidArgument,
        'spec.fixed_inputs.x: is there twice',
      )
    })

    test('the task has to be there', async () => {
      await expectRefused(
        kit.deploy({ taskId: { ...place, name: 'env.none', version: 'v9' } }),
        Code.NotFound,
        'task env.none version v9 is not deployed',
      )
      const id = { project: 'nowhere', domain: 'development', name: 'plan', version: 'v1' }
      await expectRefused(
        clients.launchPlans.deployLaunchPlan({ id, spec: { taskId: main } }),
        Code.NotFound,
        'nowhere',
      )
    })

    test('what is of one run cannot hold for all', async () => {
      const relatedTo = { ...place, name: 'other' }
      await expectRefused(
        kit.deploy({ runSpec: create(RunSpecSchema, { relatedTo }) }),
        Code.InvalidArgument,
        'spec.run_spec.related_to: is of one run',
      )
    })

    test.each([
      ['Feb 30 (S-2)', cron('0 0 30 2 *'), 'spec.schedule.cron'],
      ['two fields (S-2)', cron('* *'), 'spec.schedule.cron'],
      ['a rate of nothing (S-4, BUG-10)', every(0), 'spec.schedule.rate.value'],
    ])('a schedule that cannot be is refused: %s', async (_, schedule, message) => {
      const refused = kit.deploy({ schedule, fixedInputs: [integer('x', 1)] })
      await expectRefused(refused, Code.InvalidArgument, message)
    })

    test.each([
      ['is not there', 'abc', 'the input "abc"', 'has no input "abc"'],
      ['takes no datetime', 'label', 'the input label', 'is string, which does not take a datetime'],
    ])('the input for the kickoff time %s (S-5, BUG-11)', async (_, kickoff, __, message) => {
      const refused = kit.deploy({ taskId: timed, schedule: cron('@daily', kickoff), fixedInputs: [integer('x', 1)] })
      await expectRefused(refused, Code.InvalidArgument, message)
    })

    test('a schedule needs values for all inputs that have none, but for the kickoff time (S-7)', async () => {
      await expectRefused(
        kit.deploy({ taskId: timed, schedule: cron('@daily') }),
        Code.InvalidArgument,
        'spec.schedule: the inputs at, x of task env.timed version v1 have no value',
      )
      const { launchPlan } = await kit.deploy({
        taskId: timed,
        schedule: cron('@daily', 'at'),
        defaultInputs: [integer('x', 1)],
      })
      expect(launchPlan.nextLaunchAt).toBeDefined()
    })
  })

  describe('the default launch plan (L-6)', () => {
    test('every task has one of its name, which fixes nothing', async () => {
      const name = freshName('env.task')
      await clients.tasks.deployTask({ taskId: { ...main, name }, spec: aTaskSpec({ name }) })
      const { launchPlan } = await clients.launchPlans.getLaunchPlan({ id: { ...place, name } })
      expect(launchPlan).toMatchObject({ isDefault: true, active: true, id: { name, version: 'v1' } })
      expect(launchPlan?.parameters.map(({ name, parameter }) => [name, parameter?.behavior.case])).toEqual([
        ['label', 'default'],
        ['x', 'required'],
      ])
      const run = await kit.launch(name, { inputs: { literals: [integer('x', 3)] } })
      expect(await kit.valuesOf(run)).toEqual({ x: 3n, label: 'none' })
      await expectRefused(
        clients.launchPlans.activateLaunchPlan({ id: { ...place, name } }),
        Code.FailedPrecondition,
        'is the default launch plan of a task',
      )
      await expectRefused(
        clients.launchPlans.deactivateLaunchPlan({ id: { ...place, name } }),
        Code.FailedPrecondition,
        'is the default launch plan of a task',
      )
    })

    test('a plan of that name takes its place', async () => {
      const name = freshName('env.task')
      const task = { ...main, name }
      await clients.tasks.deployTask({ taskId: task, spec: aTaskSpec({ name }) })
      await kit.deploy({ taskId: task, fixedInputs: [integer('x', 9)] }, { name, version: 'mine' })
      const { launchPlan } = await clients.launchPlans.getLaunchPlan({ id: { ...place, name } })
      expect(launchPlan).toMatchObject({ isDefault: false, id: { version: 'mine' } })
      await expectRefused(
        clients.launchPlans.getLaunchPlan({ id: { ...place, name, version: 'v1' } }),
        Code.NotFound,
        'has no version v1',
      )
    })
  })

  test('requests that name no plan, or none that there is, are refused', async () => {
    const { getLaunchPlan, activateLaunchPlan, deactivateLaunchPlan } = clients.launchPlans
    for (const call of [getLaunchPlan, activateLaunchPlan, deactivateLaunchPlan]) {
      await expectRefused(call({}), Code.InvalidArgument, 'id: value is required')
      await expectRefused(call({ id: { ...place, name: 'a/b' } }), Code.InvalidArgument, 'id.name')
      await expectRefused(call({ id: { ...place, name: 'none' } }), Code.NotFound, 'there is no launch plan none')
    }
  })

  describe('lists', () => {
    test('have each name once, those of a task, and the default one first', async () => {
      const name = freshName('env.task')
      const task = { ...main, name }
      await clients.tasks.deployTask({ taskId: task, spec: aTaskSpec({ name }) })
      const [a, b] = [freshName('a'), freshName('b')]
      await kit.deploy({ taskId: task, fixedInputs: [integer('x', 1)] }, { name: b })
      await kit.deploy({ taskId: task }, { name: a, activate: false })
      await kit.deploy({ taskId: task, description: 'newer' }, { name: a, version: 'v2', activate: false })
      const value = { $typeName: 'flyteidl2.task.TaskName' as const, org: '', ...place, name }
      const scope = { case: 'taskName' as const, value }
      const list = async (request = {}) => {
        const { launchPlans, token } = await clients.launchPlans.listLaunchPlans({ request, scope })
        return { names: launchPlans.map(({ id, isDefault }) => [id?.name, id?.version, isDefault]), token }
      }
      expect((await list()).names).toEqual([
        [name, 'v1', true],
        [a, 'v2', false],
        [b, 'v1', false],
      ])
      const first = await list({ limit: 1 })
      expect((await list({ limit: 1, token: first.token })).names).toEqual([[b, 'v1', false]])
      const active = { field: 'active', function: Filter_Function.EQUAL, values: ['true'] }
      expect((await list({ filters: [active] })).names).toEqual([[b, 'v1', false]])
      const all = await clients.launchPlans.listLaunchPlans({
        request: { filters: [{ field: 'task_name', function: Filter_Function.EQUAL, values: [name] }] },
        scope: { case: 'projectId', value: projectId },
      })
      expect(all.launchPlans.map(({ id }) => id?.name)).toEqual([a, b])
      await expectRefused(
        clients.launchPlans.listLaunchPlans({ request: { limit: 10_000 }, scope }),
        Code.InvalidArgument,
        'limit',
      )
    })
  })
})

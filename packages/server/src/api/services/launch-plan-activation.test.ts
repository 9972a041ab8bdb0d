import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { fromLiteral, literalTypes } from '@tern/core'
import { RunSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place } from '../test/fixtures.ts'
import { cron, every, integer, main, PlanKit, planTriggerOf, text, timed } from '../test/launch-plans.ts'
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

  describe('activating', () => {
    test('at most one version is active; the one before is told (L-14)', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)] })
      await kit.deploy({ fixedInputs: [integer('x', 2)] }, { name: id.name, version: 'v2', activate: false })
      await expectRefused(
        clients.launchPlans.activateLaunchPlan({ id: { ...id, version: '' } }),
        Code.InvalidArgument,
        'has several versions; name one of v2, v1',
      )
      const activated = await clients.launchPlans.activateLaunchPlan({ id: { ...id, version: 'v2' } })
      expect(activated).toMatchObject({ previousVersion: 'v1', launchPlan: { active: true, id: { version: 'v2' } } })
      expect(await kit.valuesOf(await kit.launch(id.name))).toMatchObject({ x: 2n })
      const { launchPlans } = await clients.launchPlans.listLaunchPlans({ scope: { case: 'versionsOf', value: id } })
      expect(launchPlans.map((plan) => [plan.id?.version, plan.active])).toEqual([
        ['v2', true],
        ['v1', false],
      ])
      const off = await clients.launchPlans.deactivateLaunchPlan({ id: { ...id, version: '' } })
      expect(off.previousVersion).toBe('v2')
      expect((await clients.launchPlans.deactivateLaunchPlan({ id: { ...id, version: '' } })).previousVersion).toBe('')
      await expectRefused(kit.launch(id.name), Code.FailedPrecondition, 'has no active version')
      const missing = { ...id, version: 'v3' }
      await expectRefused(clients.launchPlans.activateLaunchPlan({ id: missing }), Code.NotFound, 'has no version v3')
    })

    test('versions that are activated at once leave one active (L-14)', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)] }, { activate: false })
      const versions = ['v1', 'v2', 'v3', 'v4']
      for (const version of versions.slice(1)) {
        const schedule = every(version === 'v3' ? 60 : 30)
        await kit.deploy({ fixedInputs: [integer('x', 1)], schedule }, { name: id.name, version, activate: false })
      }
      await Promise.all(versions.map((version) => clients.launchPlans.activateLaunchPlan({ id: { ...id, version } })))
      const { launchPlans } = await clients.launchPlans.listLaunchPlans({ scope: { case: 'versionsOf', value: id } })
      const [active, ...others] = launchPlans.filter(({ active }) => active)
      expect(others).toEqual([])
      const trigger = await api.repositories.triggers.find(planTriggerOf('env.main', id.name))
      expect(trigger?.active ?? false).toBe(active?.id?.version !== 'v1' && trigger?.deletedAt === null)
      expect(active?.nextLaunchAt === undefined).toBe(active?.id?.version === 'v1')
    })

    test('the schedule is that of the active version, and goes when none is (L-14)', async () => {
      const { id, launchPlan } = await kit.deploy({ fixedInputs: [integer('x', 1)], schedule: every(30) })
      expect(launchPlan.nextLaunchAt).toBeDefined()
      await kit.deploy(
        { taskId: timed, fixedInputs: [integer('x', 2)], schedule: cron('@daily', 'at') },
        {
          name: id.name,
          version: 'v2',
        },
      )
      const moved = { name: planTriggerOf('env.timed', id.name) }
      await expectRefused(
        clients.triggers.getTriggerDetails({ name: planTriggerOf('env.main', id.name) }),
        Code.NotFound,
        'does not exist',
      )
      expect((await clients.triggers.getTriggerDetails(moved)).trigger).toMatchObject({ spec: { active: true } })
      await clients.launchPlans.deactivateLaunchPlan({ id: { ...id, version: '' } })
      expect((await clients.triggers.getTriggerDetails(moved)).trigger).toMatchObject({ spec: { active: false } })
      await kit.deploy({ fixedInputs: [integer('x', 3)] }, { name: id.name, version: 'v3' })
      await expectRefused(clients.triggers.getTriggerDetails(moved), Code.NotFound, 'does not exist')
    })

    test('the trigger of a plan is changed with the plan alone', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)], schedule: every(30) })
      const name = planTriggerOf('env.main', id.name)
      const refusals = [
        clients.triggers.updateTriggers({ names: [name], active: false }),
        clients.triggers.deleteTriggers({ names: [name] }),
      ]
      for (const refused of refusals) {
        await expectRefused(refused, Code.FailedPrecondition, `is the schedule of launch plan ${id.name}`)
      }
      const automationSpec = {
        type: TriggerAutomationSpecType.TYPE_SCHEDULE,
        automation: { case: 'schedule' as const, value: every(5) },
      }
      const own = clients.triggers.deployTrigger({ name, spec: { taskVersion: 'v1' }, automationSpec })
      await expectRefused(own, Code.InvalidArgument, 'are those of launch plans')
      // Deploying the task makes the triggers that it comes with its only ones, but for those of launch plans.
      await clients.tasks.deployTask({ taskId: main, spec: aTaskSpec() })
      expect((await clients.triggers.getTriggerDetails({ name })).trigger).toMatchObject({ spec: { active: true } })
    })

    test('the trigger of a plan shows what its runs have', async () => {
      const runSpec = create(RunSpecSchema, { labels: { values: { team: 'etl' } } })
      const defaultInputs = [integer('x', 2), text('label', 'plan')]
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)], defaultInputs, runSpec, schedule: every(30) })
      const { trigger } = await clients.triggers.getTriggerDetails({ name: planTriggerOf('env.main', id.name) })
      expect(trigger?.spec).toMatchObject({
        taskVersion: 'v1',
        runSpec: { labels: { values: { team: 'etl' } } },
        inputWrapper: { case: 'inputs', value: { literals: [integer('x', 1), text('label', 'plan')] } },
      })
      expect(trigger?.description).toBe(`Launch plan ${id.name}`)
    })

    test('a run of its trigger is one of the plan, with the nominal time (S-5)', async () => {
      const fixedInputs = [integer('x', 4)]
      const runSpec = create(RunSpecSchema, { labels: { values: { team: 'etl' } } })
      const { id } = await kit.deploy({ taskId: timed, fixedInputs, runSpec, schedule: cron('@daily', 'at') })
      const name = freshName('fired')
      await clients.runs.createRun({
        id: { case: 'runId', value: { ...place, name } },
        task: { case: 'triggerName', value: planTriggerOf('env.timed', id.name) },
        runStartTime: timestampFromMs(Date.parse('2026-05-01T00:00:00Z')),
      })
      const { literals } = await kit.inputsOf(name)
      expect(fromLiteral(literals.find(({ name }) => name === 'at')!.value!, literalTypes.datetime())).toEqual(
        new Date('2026-05-01T00:00:00Z'),
      )
      expect((await kit.detailsOf(name)).runSpec?.labels?.values).toMatchObject({ team: 'etl', 'launch-plan': id.name })
      expect(await kit.runsOf('launch_plan_name', id.name)).toEqual([name])
    })
  })
})

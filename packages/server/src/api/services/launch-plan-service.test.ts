import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { fromLiteral, literalTypes, toLiteral, typedInterface } from '@tern/core'
import { Filter_Function } from '@tern/idl/common'
import { type LaunchPlanSpecSchema, type LaunchRequestSchema, OnLimit } from '@tern/idl/launchplan'
import {
  FixedRateUnit,
  InputsSchema,
  type NamedLiteral,
  RunSpecSchema,
  type TaskSpec,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place, projectId } from '../test/fixtures.ts'
import { freshName } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

type SpecInit = Exclude<MessageInitShape<typeof LaunchPlanSpecSchema>, { readonly $typeName: string }>

type LaunchInit = Exclude<MessageInitShape<typeof LaunchRequestSchema>, { readonly $typeName: string }>

const main = { ...place, name: 'env.main', version: 'v1' } as const

function integer(name: string, value: number): NamedLiteral {
  return { $typeName: 'flyteidl2.task.NamedLiteral', name, value: toLiteral(value, literalTypes.integer()) }
}

function text(name: string, value: string): NamedLiteral {
  return { $typeName: 'flyteidl2.task.NamedLiteral', name, value: toLiteral(value, literalTypes.string()) }
}

const cron = (expression: string, kickoffTimeInputArg = '') => ({
  expression: { case: 'cron' as const, value: { expression, timezone: '' } },
  kickoffTimeInputArg,
})

const every = (value: number) => ({
  expression: { case: 'rate' as const, value: { value, unit: FixedRateUnit.MINUTE } },
})

/** A task that takes the time it is started at. */
function aTimedTask(name: string): TaskSpec {
  const spec = aTaskSpec({ name })
  const inputs = { x: literalTypes.integer(), label: literalTypes.string(), at: literalTypes.datetime() }
  spec.taskTemplate!.interface = typedInterface({ inputs, outputs: { o0: literalTypes.integer() } })
  return spec
}

const timed = { ...place, name: 'env.timed', version: 'v1' } as const

/** What the code of a run was given. */
async function inputsMessageOf(run: string) {
  const attemptOf = () => api.executor.attempts.find((attempt) => attempt.run.run === run)
  await api.executor.until(() => attemptOf() !== undefined)
  const { inputs } = attemptOf() as { readonly inputs: { readonly bytes: Uint8Array } }
  return fromBinary(InputsSchema, inputs.bytes)
}

async function inputsOf(run: string): Promise<Record<string, unknown>> {
  const values = (await inputsMessageOf(run)).literals.map(({ name, value }) => {
    const scalar = value?.value.case === 'scalar' ? value.value.value.value : undefined
    return [name, scalar?.case === 'primitive' ? scalar.value.value.value : undefined]
  })
  return Object.fromEntries(values)
}

eachTransport((transport) => {
  let clients: Clients
  beforeAll(async () => {
    clients = createClients(transport.connect(api.url))
    await clients.tasks.deployTask({ taskId: main, spec: aTaskSpec() })
    await clients.tasks.deployTask({ taskId: timed, spec: aTimedTask('env.timed') })
  })

  /** Deploys a version, active unless said otherwise, and gives its identifier. */
  async function deploy(spec: SpecInit, { name = freshName('plan'), version = 'v1', activate = true } = {}) {
    const id = { ...place, name, version }
    const { launchPlan } = await clients.launchPlans.deployLaunchPlan({ id, spec: { taskId: main, ...spec }, activate })
    return { id, launchPlan: launchPlan! }
  }

  const named = ({
    version: _,
    ...name
  }: {
    readonly version: string
    project: string
    domain: string
    name: string
  }) => name

  /** Launches it, and gives the run's name. */
  async function launch(name: string, request: Omit<LaunchInit, 'id'> = {}) {
    const { run } = await clients.launchPlans.launch({ ...request, id: { ...place, name } })
    return run!.action!.id!.run!.name
  }

  async function detailsOf(run: string) {
    const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: run } })
    return details!
  }

  async function runsOf(field: string, value: string): Promise<string[]> {
    const filters = [{ field, function: Filter_Function.EQUAL, values: [value] }]
    const { runs } = await clients.runs.listRuns({
      request: { filters },
      scopeBy: { case: 'projectId', value: projectId },
    })
    return runs.map(({ action }) => action!.id!.run!.name).sort()
  }

  const taskId = main
  const triggerOf = (task: string, plan: string) => ({ ...place, taskName: task, name: `launch-plan:${plan}` })

  describe('deploying', () => {
    test('what is fixed is no parameter, what has a default may be left out (L-2, L-3)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [text('label', 'mine')] })
      const { launchPlan } = await clients.launchPlans.getLaunchPlan({ id: named(id) })
      expect(launchPlan).toMatchObject({ id, active: true, isDefault: false })
      expect(launchPlan?.parameters.map(({ name, parameter }) => [name, parameter?.behavior.case])).toEqual([
        ['label', 'default'],
      ])
      expect(launchPlan?.interface?.inputs?.variables.map(({ key }) => key)).toEqual(['label'])
      expect(launchPlan?.interface?.outputs?.variables.map(({ key }) => key)).toEqual(['o0'])
    })

    test('the same again does nothing, other content under the same version is refused (L-5)', async () => {
      const spec = { taskId, fixedInputs: [integer('x', 1)] }
      const { id, launchPlan } = await deploy(spec, { activate: false })
      const again = await clients.launchPlans.deployLaunchPlan({ id, spec })
      expect(again.launchPlan).toEqual(launchPlan)
      // A value that is moved from the fixed ones to the defaults is another plan (BUG-12).
      const moved = clients.launchPlans.deployLaunchPlan({ id, spec: { taskId, defaultInputs: [integer('x', 1)] } })
      await expectRefused(moved, Code.AlreadyExists, 'has a version v1, which says something else')
      await expectRefused(
        clients.launchPlans.deployLaunchPlan({ id: { ...id, version: '' }, spec }),
        Code.InvalidArgument,
        'id.version',
      )
    })

    test('inputs that the task has not, or of another type, are refused by name (L-3)', async () => {
      await expectRefused(
        deploy({ fixedInputs: [integer('lable', 1)] }),
        Code.InvalidArgument,
        'spec.fixed_inputs.lable: task env.main version v1 has no such input; did you mean label?',
      )
      await expectRefused(
        deploy({ defaultInputs: [text('x', 'seven')] }),
        Code.InvalidArgument,
        'spec.default_inputs.x: expected integer',
      )
      await expectRefused(
        deploy({ fixedInputs: [integer('x', 1), integer('x', 2)] }),
        Code.InvalidArgument,
        'spec.fixed_inputs.x: is there twice',
      )
    })

    test('the task has to be there', async () => {
      await expectRefused(
        deploy({ taskId: { ...place, name: 'env.none', version: 'v9' } }),
        Code.NotFound,
        'task env.none version v9 is not deployed',
      )
      const id = { project: 'nowhere', domain: 'development', name: 'plan', version: 'v1' }
      await expectRefused(clients.launchPlans.deployLaunchPlan({ id, spec: { taskId } }), Code.NotFound, 'nowhere')
    })

    test('what is of one run cannot hold for all', async () => {
      const relatedTo = { ...place, name: 'other' }
      await expectRefused(
        deploy({ runSpec: create(RunSpecSchema, { relatedTo }) }),
        Code.InvalidArgument,
        'spec.run_spec.related_to: is of one run',
      )
    })

    test.each([
      ['Feb 30 (S-2)', cron('0 0 30 2 *'), 'spec.schedule.cron'],
      ['two fields (S-2)', cron('* *'), 'spec.schedule.cron'],
      ['a rate of nothing (S-4, BUG-10)', every(0), 'spec.schedule.rate.value'],
    ])('a schedule that cannot be is refused: %s', async (_, schedule, message) => {
      const refused = deploy({ schedule, fixedInputs: [integer('x', 1)] })
      await expectRefused(refused, Code.InvalidArgument, message)
    })

    test.each([
      ['is not there', 'abc', 'the input "abc"', 'has no input "abc"'],
      ['takes no datetime', 'label', 'the input label', 'is string, which does not take a datetime'],
    ])('the input for the kickoff time %s (S-5, BUG-11)', async (_, kickoff, __, message) => {
      const refused = deploy({ taskId: timed, schedule: cron('@daily', kickoff), fixedInputs: [integer('x', 1)] })
      await expectRefused(refused, Code.InvalidArgument, message)
    })

    test('a schedule needs values for all inputs that have none, but for the kickoff time (S-7)', async () => {
      await expectRefused(
        deploy({ taskId: timed, schedule: cron('@daily') }),
        Code.InvalidArgument,
        'spec.schedule: the inputs at, x of task env.timed version v1 have no value',
      )
      const { launchPlan } = await deploy({
        taskId: timed,
        schedule: cron('@daily', 'at'),
        defaultInputs: [integer('x', 1)],
      })
      expect(launchPlan.nextLaunchAt).toBeDefined()
    })
  })

  describe('launching', () => {
    test('fixed inputs, then those given, then the defaults of the plan, then those of the task (L-2)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [text('label', 'plan')] })
      expect(await inputsOf(await launch(id.name))).toEqual({ x: 7n, label: 'plan' })
      const given = await launch(id.name, { inputs: { literals: [text('label', 'caller')] } })
      expect(await inputsOf(given)).toEqual({ x: 7n, label: 'caller' })
      const other = await deploy({ fixedInputs: [integer('x', 7)] })
      expect(await inputsOf(await launch(other.id.name))).toEqual({ x: 7n, label: 'none' })
    })

    test('of an input that is both fixed and a default, the fixed value wins (L-2)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [integer('x', 8)] })
      expect(await inputsOf(await launch(id.name))).toMatchObject({ x: 7n })
    })

    test('a fixed input cannot be given (L-9)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)] })
      const refused = launch(id.name, { inputs: { literals: [integer('x', 7)] } })
      await expectRefused(refused, Code.InvalidArgument, 'inputs.x: the launch plan fixes this input')
    })

    test('what is missing or unknown is refused by name (L-3)', async () => {
      const { id } = await deploy({})
      await expectRefused(launch(id.name), Code.InvalidArgument, 'inputs.x')
      const unknown = launch(id.name, { inputs: { literals: [integer('x', 1), integer('y', 1)] } })
      await expectRefused(unknown, Code.InvalidArgument, 'inputs.y')
    })

    test('options of the launch go before those of the plan, and labels one by one (L-11)', async () => {
      const labels = { values: { team: 'etl', kind: 'plan' } }
      const runSpec = create(RunSpecSchema, { labels, maxActionConcurrency: 4, queue: 'slow' })
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], runSpec, context: { tenant: 'a' } })
      const own = create(RunSpecSchema, { labels: { values: { kind: 'caller' } }, queue: 'fast' })
      const details = await detailsOf(await launch(id.name, { runSpec: own }))
      expect(details.runSpec).toMatchObject({ maxActionConcurrency: 4, queue: 'fast' })
      expect(details.runSpec?.labels?.values).toEqual({
        team: 'etl',
        kind: 'caller',
        'launch-plan': id.name,
        'launch-plan-version': 'v1',
      })
    })

    test('the context of the plan flows to the run, but for what is given', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)], context: { tenant: 'a', region: 'eu' } })
      const run = await launch(id.name, { inputs: { context: [{ key: 'tenant', value: 'b' }] } })
      expect((await inputsMessageOf(run)).context.map(({ key, value }) => [key, value])).toEqual([
        ['tenant', 'b'],
        ['region', 'eu'],
      ])
    })

    test('the same request under the same name is the same run, another one is refused', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)] })
      const runName = freshName('same')
      expect(await launch(id.name, { runName })).toBe(runName)
      expect(await launch(id.name, { runName })).toBe(runName)
      const other = launch(id.name, { runName, inputs: { literals: [text('label', 'other')] } })
      await expectRefused(other, Code.AlreadyExists, `run ${runName} exists already`)
    })

    test('runs are found by their launch plan, and its version', async () => {
      const version = freshName('v')
      const { id } = await deploy({ fixedInputs: [integer('x', 7)] }, { version })
      const runs = [await launch(id.name), await launch(id.name)].sort()
      expect(await runsOf('launch_plan_name', id.name)).toEqual(runs)
      expect(await runsOf('launch_plan_version', version)).toEqual(runs)
    })

    test('without a version it takes an active one', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 7)] }, { activate: false })
      await expectRefused(launch(id.name), Code.FailedPrecondition, 'has no active version')
      const { run } = await clients.launchPlans.launch({ id })
      expect(run).toBeDefined()
      await expectRefused(launch('nothing'), Code.NotFound, 'there is no launch plan nothing, and no task of that name')
      await expectRefused(clients.launchPlans.launch({}), Code.InvalidArgument, 'id')
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
      const run = await launch(name, { inputs: { literals: [integer('x', 3)] } })
      expect(await inputsOf(run)).toEqual({ x: 3n, label: 'none' })
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
      await deploy({ taskId: task, fixedInputs: [integer('x', 9)] }, { name, version: 'mine' })
      const { launchPlan } = await clients.launchPlans.getLaunchPlan({ id: { ...place, name } })
      expect(launchPlan).toMatchObject({ isDefault: false, id: { version: 'mine' } })
      await expectRefused(
        clients.launchPlans.getLaunchPlan({ id: { ...place, name, version: 'v1' } }),
        Code.NotFound,
        'has no version v1',
      )
    })
  })

  describe('activating', () => {
    test('at most one version is active; the one before is told (L-14)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 1)] })
      await deploy({ fixedInputs: [integer('x', 2)] }, { name: id.name, version: 'v2', activate: false })
      await expectRefused(
        clients.launchPlans.activateLaunchPlan({ id: named(id) }),
        Code.InvalidArgument,
        'has several versions; name one of v2, v1',
      )
      const activated = await clients.launchPlans.activateLaunchPlan({ id: { ...id, version: 'v2' } })
      expect(activated).toMatchObject({ previousVersion: 'v1', launchPlan: { active: true, id: { version: 'v2' } } })
      expect(await inputsOf(await launch(id.name))).toMatchObject({ x: 2n })
      const { launchPlans } = await clients.launchPlans.listLaunchPlans({ scope: { case: 'versionsOf', value: id } })
      expect(launchPlans.map((plan) => [plan.id?.version, plan.active])).toEqual([
        ['v2', true],
        ['v1', false],
      ])
      const off = await clients.launchPlans.deactivateLaunchPlan({ id: named(id) })
      expect(off.previousVersion).toBe('v2')
      expect((await clients.launchPlans.deactivateLaunchPlan({ id: named(id) })).previousVersion).toBe('')
      await expectRefused(launch(id.name), Code.FailedPrecondition, 'has no active version')
      const missing = { ...id, version: 'v3' }
      await expectRefused(clients.launchPlans.activateLaunchPlan({ id: missing }), Code.NotFound, 'has no version v3')
    })

    test('versions that are activated at once leave one active (L-14)', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 1)] }, { activate: false })
      const versions = ['v1', 'v2', 'v3', 'v4']
      for (const version of versions.slice(1)) {
        const schedule = every(version === 'v3' ? 60 : 30)
        await deploy({ fixedInputs: [integer('x', 1)], schedule }, { name: id.name, version, activate: false })
      }
      await Promise.all(versions.map((version) => clients.launchPlans.activateLaunchPlan({ id: { ...id, version } })))
      const { launchPlans } = await clients.launchPlans.listLaunchPlans({ scope: { case: 'versionsOf', value: id } })
      const [active, ...others] = launchPlans.filter(({ active }) => active)
      expect(others).toEqual([])
      const trigger = await api.repositories.triggers.find({ ...triggerOf('env.main', id.name) })
      expect(trigger?.active ?? false).toBe(active?.id?.version !== 'v1' && trigger?.deletedAt === null)
      expect(active?.nextLaunchAt === undefined).toBe(active?.id?.version === 'v1')
    })

    test('the schedule is that of the active version, and goes when none is (L-14)', async () => {
      const { id, launchPlan } = await deploy({ fixedInputs: [integer('x', 1)], schedule: every(30) })
      expect(launchPlan.nextLaunchAt).toBeDefined()
      await deploy(
        { taskId: timed, fixedInputs: [integer('x', 2)], schedule: cron('@daily', 'at') },
        {
          name: id.name,
          version: 'v2',
        },
      )
      const moved = { name: triggerOf('env.timed', id.name) }
      await expectRefused(
        clients.triggers.getTriggerDetails({ name: triggerOf('env.main', id.name) }),
        Code.NotFound,
        'does not exist',
      )
      expect((await clients.triggers.getTriggerDetails(moved)).trigger).toMatchObject({ spec: { active: true } })
      await clients.launchPlans.deactivateLaunchPlan({ id: named(id) })
      expect((await clients.triggers.getTriggerDetails(moved)).trigger).toMatchObject({ spec: { active: false } })
      await deploy({ fixedInputs: [integer('x', 3)] }, { name: id.name, version: 'v3' })
      await expectRefused(clients.triggers.getTriggerDetails(moved), Code.NotFound, 'does not exist')
    })

    test('the trigger of a plan is changed with the plan alone', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 1)], schedule: every(30) })
      const name = triggerOf('env.main', id.name)
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

    test('a run of its trigger is one of the plan, with the nominal time (S-5)', async () => {
      const fixedInputs = [integer('x', 4)]
      const runSpec = create(RunSpecSchema, { labels: { values: { team: 'etl' } } })
      const { id } = await deploy({ taskId: timed, fixedInputs, runSpec, schedule: cron('@daily', 'at') })
      const name = freshName('fired')
      await clients.runs.createRun({
        id: { case: 'runId', value: { ...place, name } },
        task: { case: 'triggerName', value: triggerOf('env.timed', id.name) },
        runStartTime: timestampFromMs(Date.parse('2026-05-01T00:00:00Z')),
      })
      const { literals } = await inputsMessageOf(name)
      expect(fromLiteral(literals.find(({ name }) => name === 'at')!.value!, literalTypes.datetime())).toEqual(
        new Date('2026-05-01T00:00:00Z'),
      )
      expect((await detailsOf(name)).runSpec?.labels?.values).toMatchObject({ team: 'etl', 'launch-plan': id.name })
      expect(await runsOf('launch_plan_name', id.name)).toEqual([name])
    })
  })

  describe('lists', () => {
    test('have each name once, those of a task, and the default one first', async () => {
      const name = freshName('env.task')
      const task = { ...main, name }
      await clients.tasks.deployTask({ taskId: task, spec: aTaskSpec({ name }) })
      const [a, b] = [freshName('a'), freshName('b')]
      await deploy({ taskId: task, fixedInputs: [integer('x', 1)] }, { name: b })
      await deploy({ taskId: task }, { name: a, activate: false })
      await deploy({ taskId: task, description: 'newer' }, { name: a, version: 'v2', activate: false })
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

  describe('concurrency (L-13)', () => {
    test('skip: a run that would be one too many is refused, which names those under way', async () => {
      const { id } = await deploy({
        fixedInputs: [integer('x', 1)],
        concurrency: { maxRuns: 2, onLimit: OnLimit.SKIP },
      })
      const runs = [await launch(id.name), await launch(id.name)]
      await expectRefused(
        launch(id.name),
        Code.ResourceExhausted,
        `launch plan ${id.name} has 2 runs under way, and at most 2 may be: ${runs[1]}, ${runs[0]}`,
      )
      await clients.runs.abortRun({ runId: { ...place, name: runs[0]! } })
      expect(await launch(id.name)).toBeDefined()
    })

    test('all versions count, also those that have no limit', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 1)] })
      const first = await launch(id.name)
      await deploy({ fixedInputs: [integer('x', 1)], concurrency: { maxRuns: 1 } }, { name: id.name, version: 'v2' })
      await expectRefused(launch(id.name), Code.ResourceExhausted, '1 run under way, and at most 1 may be')
      await clients.runs.abortRun({ runId: { ...place, name: first } })
      await launch(id.name)
    })

    test('of many at once no more begin than may', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 1)], concurrency: { maxRuns: 3 } })
      const results = await Promise.allSettled(Array.from({ length: 12 }, () => launch(id.name)))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
      expect(await runsOf('launch_plan_name', id.name)).toHaveLength(3)
    })

    test('a repeated request is the run that it made, and takes no other place', async () => {
      const { id } = await deploy({ fixedInputs: [integer('x', 1)], concurrency: { maxRuns: 1 } })
      const runName = freshName('same')
      expect(await launch(id.name, { runName })).toBe(runName)
      expect(await launch(id.name, { runName })).toBe(runName)
    })
  })
})

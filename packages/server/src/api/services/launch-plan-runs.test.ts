import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { OnLimit } from '@tern/idl/launchplan'
import { RunSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { place } from '../test/fixtures.ts'
import { integer, PlanKit, text } from '../test/launch-plans.ts'
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

  describe('launching', () => {
    test('fixed inputs, then those given, then the defaults of the plan, then those of the task (L-2)', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [text('label', 'plan')] })
      expect(await kit.valuesOf(await kit.launch(id.name))).toEqual({ x: 7n, label: 'plan' })
      const given = await kit.launch(id.name, { inputs: { literals: [text('label', 'caller')] } })
      expect(await kit.valuesOf(given)).toEqual({ x: 7n, label: 'caller' })
      const other = await kit.deploy({ fixedInputs: [integer('x', 7)] })
      expect(await kit.valuesOf(await kit.launch(other.id.name))).toEqual({ x: 7n, label: 'none' })
    })

    test('of an input that is both fixed and a default, the fixed value wins (L-2)', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)], defaultInputs: [integer('x', 8)] })
      expect(await kit.valuesOf(await kit.launch(id.name))).toMatchObject({ x: 7n })
    })

    test('a fixed input cannot be given (L-9)', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)] })
      const refused = kit.launch(id.name, { inputs: { literals: [integer('x', 7)] } })
      await expectRefused(refused, Code.InvalidArgument, 'inputs.x: the launch plan fixes this input')
    })

    test('what is missing or unknown is refused by name (L-3)', async () => {
      const { id } = await kit.deploy({})
      await expectRefused(kit.launch(id.name), Code.InvalidArgument, 'inputs.x')
      const unknown = kit.launch(id.name, { inputs: { literals: [integer('x', 1), integer('y', 1)] } })
      await expectRefused(unknown, Code.InvalidArgument, 'inputs.y')
    })

    test('options of the launch go before those of the plan, and labels one by one (L-11)', async () => {
      const labels = { values: { team: 'etl', kind: 'plan' } }
      const runSpec = create(RunSpecSchema, { labels, maxActionConcurrency: 4, queue: 'slow' })
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)], runSpec, context: { tenant: 'a' } })
      const own = create(RunSpecSchema, { labels: { values: { kind: 'caller' } }, queue: 'fast' })
      const details = await kit.detailsOf(await kit.launch(id.name, { runSpec: own }))
      expect(details.runSpec).toMatchObject({ maxActionConcurrency: 4, queue: 'fast' })
      expect(details.runSpec?.labels?.values).toEqual({
        team: 'etl',
        kind: 'caller',
        'launch-plan': id.name,
        'launch-plan-version': 'v1',
      })
    })

    test('the context of the plan flows to the run, but for what is given', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)], context: { tenant: 'a', region: 'eu' } })
      const run = await kit.launch(id.name, { inputs: { context: [{ key: 'tenant', value: 'b' }] } })
      expect((await kit.inputsOf(run)).context.map(({ key, value }) => [key, value])).toEqual([
        ['tenant', 'b'],
        ['region', 'eu'],
      ])
    })

    test('the same request under the same name is the same run, another one is refused', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)] })
      const runName = freshName('same')
      expect(await kit.launch(id.name, { runName })).toBe(runName)
      expect(await kit.launch(id.name, { runName })).toBe(runName)
      const other = kit.launch(id.name, { runName, inputs: { literals: [text('label', 'other')] } })
      await expectRefused(other, Code.AlreadyExists, `run ${runName} exists already`)
    })

    test('runs are found by their launch plan, and its version', async () => {
      const version = freshName('v')
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)] }, { version })
      const runs = [await kit.launch(id.name), await kit.launch(id.name)].sort()
      expect(await kit.runsOf('launch_plan_name', id.name)).toEqual(runs)
      expect(await kit.runsOf('launch_plan_version', version)).toEqual(runs)
    })

    test('without a version it takes an active one', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 7)] }, { activate: false })
      await expectRefused(kit.launch(id.name), Code.FailedPrecondition, 'has no active version')
      const { run } = await clients.launchPlans.launch({ id })
      expect(run).toBeDefined()
      await expectRefused(
        kit.launch('nothing'),
        Code.NotFound,
        'there is no launch plan nothing, and no task of that name',
      )
      await expectRefused(clients.launchPlans.launch({}), Code.InvalidArgument, 'id')
    })
  })

  describe('concurrency (L-13)', () => {
    test('skip: a run that would be one too many is refused, which names those under way', async () => {
      const { id } = await kit.deploy({
        fixedInputs: [integer('x', 1)],
        concurrency: { maxRuns: 2, onLimit: OnLimit.SKIP },
      })
      const runs = [await kit.launch(id.name), await kit.launch(id.name)]
      await expectRefused(
        kit.launch(id.name),
        Code.ResourceExhausted,
        `launch plan ${id.name} has 2 runs under way, and at most 2 may be: ${runs[1]}, ${runs[0]}`,
      )
      await clients.runs.abortRun({ runId: { ...place, name: runs[0]! } })
      expect(await kit.launch(id.name)).toBeDefined()
    })

    test('all versions count, also those that have no limit', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)] })
      const first = await kit.launch(id.name)
      await kit.deploy(
        { fixedInputs: [integer('x', 1)], concurrency: { maxRuns: 1 } },
        { name: id.name, version: 'v2' },
      )
      await expectRefused(kit.launch(id.name), Code.ResourceExhausted, '1 run under way, and at most 1 may be')
      await clients.runs.abortRun({ runId: { ...place, name: first } })
      await kit.launch(id.name)
    })

    test('of many at once no more begin than may', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)], concurrency: { maxRuns: 3 } })
      const results = await Promise.allSettled(Array.from({ length: 12 }, () => kit.launch(id.name)))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
      expect(await kit.runsOf('launch_plan_name', id.name)).toHaveLength(3)
    })

    test('a repeated request is the run that it made, and takes no other place', async () => {
      const { id } = await kit.deploy({ fixedInputs: [integer('x', 1)], concurrency: { maxRuns: 1 } })
      const runName = freshName('same')
      expect(await kit.launch(id.name, { runName })).toBe(runName)
      expect(await kit.launch(id.name, { runName })).toBe(runName)
    })
  })
})

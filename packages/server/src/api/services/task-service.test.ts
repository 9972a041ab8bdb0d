import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { Filter_Function, Sort_Direction } from '@tern/idl/common'
import {
  DocumentationEntitySchema,
  EnvironmentSchema,
  TaskTriggerSchema,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place, projectId } from '../test/fixtures.ts'
import { startRun } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
let now = 1_700_000_000_000
beforeAll(async () => {
  api = await startApi({ clock: { now: () => now++ } })
})
afterAll(() => api.close())

let serial = 0
function freshName(): string {
  serial += 1
  return `env${serial}.main`
}

const scope = { case: 'projectId', value: projectId } as const

eachTransport((transport) => {
  let tasks: Clients['tasks']
  let projects: Clients['projects']
  let runs: Clients['runs']
  beforeAll(() => {
    ;({ tasks, projects, runs } = createClients(transport.connect(api.url)))
  })

  const deploy = (name: string, version: string, spec = aTaskSpec({ name, version })) =>
    tasks.deployTask({ taskId: { ...place, name, version }, spec })

  test('a deployed task is returned with its spec', async () => {
    const name = freshName()
    await deploy(name, 'v1')
    const { details } = await tasks.getTaskDetails({ taskId: { ...place, name, version: 'v1' } })
    expect(details?.taskId).toMatchObject({ org: 'tern', ...place, name, version: 'v1' })
    expect(details?.metadata).toMatchObject({ shortName: 'main', environmentName: 'env', shortDescription: 'a task' })
    expect(details?.metadata?.deployedAt).toBeDefined()
    expect(details?.spec?.taskTemplate?.id).toMatchObject({ org: 'tern', name })
  })

  test('deploying a version again replaces its spec and keeps its date', async () => {
    const name = freshName()
    const taskId = { ...place, name, version: 'v1' }
    await deploy(name, 'v1')
    const before = await tasks.getTaskDetails({ taskId })
    await deploy(name, 'v1', { ...aTaskSpec({ name }), shortName: 'other' })
    const { details } = await tasks.getTaskDetails({ taskId })
    expect(details?.spec?.shortName).toBe('other')
    expect(details?.metadata?.deployedAt).toEqual(before.details?.metadata?.deployedAt)
  })

  test('long descriptions are cut between characters', async () => {
    const name = freshName()
    const kites = '🪁'.repeat(3000)
    const spec = aTaskSpec({ name })
    spec.environment = create(EnvironmentSchema, { name: 'env', description: kites })
    spec.documentation = create(DocumentationEntitySchema, { shortDescription: kites, longDescription: kites })
    await deploy(name, 'v1', spec)
    const { details } = await tasks.getTaskDetails({ taskId: { ...place, name, version: 'v1' } })
    expect(details?.spec?.environment?.description).toBe('🪁'.repeat(255))
    expect(details?.spec?.documentation).toMatchObject({
      shortDescription: '🪁'.repeat(255),
      longDescription: '🪁'.repeat(2048),
    })
  })

  test('a list has the latest version of each task: the one deployed last for the first time', async () => {
    const [one, two] = [freshName(), freshName()]
    await deploy(one, 'v1')
    await deploy(one, 'v2')
    await deploy(two, 'v1')
    await deploy(one, 'v1')
    const only = { field: 'name', function: Filter_Function.VALUE_IN, values: [one, two] }
    const found = await tasks.listTasks({ scopeBy: scope, request: { filters: [only] } })
    expect(found.tasks.map(({ taskId }) => [taskId?.name, taskId?.version])).toEqual([
      [two, 'v1'],
      [one, 'v2'],
    ])
    expect(found.metadata?.filteredTotal).toBe(2)
    expect(found.metadata?.total).toBeGreaterThanOrEqual(2)
  })

  test('a filter does not bring back an older version', async () => {
    const name = freshName()
    await deploy(name, 'v1')
    await deploy(name, 'v2')
    const filters = [
      { field: 'name', function: Filter_Function.EQUAL, values: [name] },
      { field: 'version', function: Filter_Function.EQUAL, values: ['v1'] },
    ]
    expect((await tasks.listTasks({ scopeBy: scope, request: { filters } })).tasks).toEqual([])
  })

  test('the latest version is found the way clients look for it', async () => {
    const name = freshName()
    await deploy(name, 'v1')
    await deploy(name, 'v2')
    const { tasks: found } = await tasks.listTasks({
      scopeBy: scope,
      request: {
        limit: 1,
        filters: [{ field: 'name', function: Filter_Function.EQUAL, values: [name] }],
        sortBy: { key: 'created_at', direction: Sort_Direction.DESCENDING },
      },
    })
    expect(found.map(({ taskId }) => taskId?.version)).toEqual(['v2'])
  })

  test('a list has the latest run of each task, in any version', async () => {
    const name = freshName()
    const filters = [{ field: 'name', function: Filter_Function.EQUAL, values: [name] }]
    const latestRun = async () => {
      const { tasks: found } = await tasks.listTasks({ scopeBy: scope, request: { filters } })
      return found[0]?.taskSummary?.latestRun
    }
    await deploy(name, 'v1')
    expect(await latestRun()).toBeUndefined()
    const task = { case: 'taskId', value: { ...place, name, version: 'v1' } } as const
    await startRun(runs, { task })
    const run = await startRun(runs, { task })
    await deploy(name, 'v2')
    expect(await latestRun()).toMatchObject({ runId: { ...place, name: run }, phase: 1, rootTaskName: name })
  })

  test('versions tell when they were deployed first, by whom, and their own latest run', async () => {
    const name = freshName()
    const of = (version: string) => ({ case: 'taskId', value: { ...place, name, version } }) as const
    const headers = { 'x-auth-request-user': 'ada' }
    await tasks.deployTask({ taskId: of('v1').value, spec: aTaskSpec({ name, version: 'v1' }) }, { headers })
    for (const version of ['v2', 'v3']) await deploy(name, version)
    await startRun(runs, { task: of('v1') })
    const first = await startRun(runs, { task: of('v1') })
    const second = await startRun(runs, { task: of('v2') })
    const { versions } = await tasks.listVersions({ taskName: { ...place, name } })
    expect(versions).toMatchObject([
      { version: 'v3' },
      { version: 'v2', latestRun: { runId: { ...place, name: second }, phase: 1, rootTaskName: name } },
      {
        version: 'v1',
        latestRun: { runId: { ...place, name: first } },
        deployedBy: { principal: { value: { id: { subject: 'ada' } } } },
      },
    ])
    expect(versions[0]?.latestRun).toBeUndefined()
    expect(versions[0]?.deployedBy).toBeUndefined()
    const times = versions.map(({ deployedAt }) => Number(deployedAt?.seconds) * 1e9 + (deployedAt?.nanos ?? 0))
    expect(times.toSorted((a, b) => b - a)).toEqual(times)
  })

  test('totals are right on every page, also on one that is empty', async () => {
    const [one, two] = [freshName(), freshName()]
    for (const name of [one, two]) for (const version of ['v1', 'v2']) await deploy(name, version)
    const all = (await tasks.listTasks({ scopeBy: scope, request: { limit: 1 } })).metadata
    expect(all?.total).toBe(all?.filteredTotal)
    const only = { field: 'name', function: Filter_Function.VALUE_IN, values: [one, two] }
    const first = await tasks.listTasks({ scopeBy: scope, request: { limit: 1, filters: [only] } })
    const request = { limit: 1, filters: [only], token: first.token }
    const second = await tasks.listTasks({ scopeBy: scope, request })
    for (const { metadata } of [first, second]) expect(metadata).toMatchObject({ total: all?.total, filteredTotal: 2 })
    expect(second.token).toBe('')
    const nothing = { field: 'name', function: Filter_Function.EQUAL, values: ['nothing'] }
    const empty = await tasks.listTasks({ scopeBy: scope, request: { filters: [nothing] } })
    expect(empty).toMatchObject({ tasks: [], token: '', metadata: { total: all?.total, filteredTotal: 0 } })
    const by = { filterBy: { case: 'deployedBy', value: 'nobody' } } as const
    const others = await tasks.listTasks({ scopeBy: scope, knownFilters: [by] })
    expect(others).toMatchObject({ tasks: [], metadata: { total: all?.total, filteredTotal: 0 } })
  })

  test('entrypoints are listed alone', async () => {
    const [begins, plain] = [freshName(), freshName()]
    await deploy(plain, 'v1')
    const spec = aTaskSpec({ name: begins, version: 'v1' })
    if (spec.taskTemplate?.metadata !== undefined) spec.taskTemplate.metadata.isEntrypoint = true
    await tasks.deployTask({ taskId: { ...place, name: begins, version: 'v1' }, spec })
    const only = { field: 'name', function: Filter_Function.VALUE_IN, values: [begins, plain] }
    for (const [value, name] of [
      [true, begins],
      [false, plain],
    ] as const) {
      const by = { filterBy: { case: 'isEntrypoint', value } } as const
      const found = await tasks.listTasks({ scopeBy: scope, knownFilters: [by], request: { filters: [only] } })
      expect(found.tasks.map(({ taskId }) => taskId?.name)).toEqual([name])
      expect(found.metadata?.filteredTotal).toBe(1)
    }
  })

  test('every documented field filters and sorts', async () => {
    const name = freshName()
    const spec = aTaskSpec({ name, version: 'v1' })
    spec.environment = create(EnvironmentSchema, { name: 'env', description: 'about 100%' })
    const trigger = create(TaskTriggerSchema, { name: 'by hand', spec: { active: true } })
    await tasks.deployTask(
      { taskId: { ...place, name, version: 'v1' }, spec, triggers: [trigger] },
      { headers: { 'x-auth-request-user': `user of ${name}` } },
    )
    await deploy(freshName(), 'v1')
    const { EQUAL, CONTAINS, ENDS_WITH, GREATER_THAN } = Filter_Function
    const filters: ReadonlyArray<readonly [field: string, fn: Filter_Function, value: string]> = [
      ['project', EQUAL, place.project],
      ['domain', EQUAL, place.domain],
      ['name', EQUAL, name],
      ['version', EQUAL, 'v1'],
      ['environment', EQUAL, 'env'],
      ['function_name', EQUAL, 'main'],
      ['deployed_by', ENDS_WITH, name],
      ['created_at', GREATER_THAN, '2023-01-01T00:00:00Z'],
      ['updated_at', GREATER_THAN, '2023-01-01T00:00:00Z'],
      ['trigger_name', EQUAL, 'by hand'],
      ['total_triggers', EQUAL, '1'],
      ['active_triggers', EQUAL, '1'],
      ['trigger_types', EQUAL, String(1 << TriggerAutomationSpecType.TYPE_NONE)],
      ['env_description', CONTAINS, '100%'],
      ['short_description', CONTAINS, 'task'],
      ['task_type', EQUAL, 'typescript'],
    ]
    const only = { field: 'name', function: EQUAL, values: [name] }
    for (const [field, fn, value] of filters) {
      const request = {
        filters: [only, { field, function: fn, values: [value] }],
        sortByFields: [{ key: field, direction: Sort_Direction.ASCENDING }],
      }
      const found = await tasks.listTasks({ scopeBy: scope, request })
      expect([field, ...found.tasks.map(({ taskId }) => taskId?.name)]).toEqual([field, name])
    }
    for (const field of ['version', 'created_at']) {
      const value = field === 'version' ? 'v1' : '2023-01-01T00:00:00Z'
      const fn = field === 'version' ? EQUAL : GREATER_THAN
      const request = {
        filters: [{ field, function: fn, values: [value] }],
        sortByFields: [{ key: field, direction: Sort_Direction.DESCENDING }],
      }
      const { versions } = await tasks.listVersions({ taskName: { ...place, name }, request })
      expect(versions.map(({ version }) => version)).toEqual(['v1'])
    }
  })

  test('what stands for anything in other patterns means itself in a filter', async () => {
    const name = `100%_of.${freshName()}`
    await deploy(name, 'v1')
    const find = async (value: string) => {
      const filters = [
        { field: 'name', function: Filter_Function.CONTAINS, values: [value] },
        { field: 'name', function: Filter_Function.ENDS_WITH, values: [name.slice(-10)] },
      ]
      const { tasks: found } = await tasks.listTasks({ scopeBy: scope, request: { filters } })
      return found.map(({ taskId }) => taskId?.name)
    }
    expect(await find('0%_of')).toEqual([name])
    expect(await find('1%of')).toEqual([])
    expect(await find('100__of')).toEqual([])
  })

  test('many clients that deploy the same task at once all succeed', async () => {
    const name = freshName()
    const triggers = ['a', 'b', 'c'].map((each) => create(TaskTriggerSchema, { name: each, spec: { active: true } }))
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        tasks.deployTask({
          taskId: { ...place, name, version: `v${index % 4}` },
          spec: aTaskSpec({ name, version: `v${index % 4}` }),
          triggers: triggers.filter((_, each) => (index + each) % 3 > 0),
        }),
      ),
    )
    const { versions } = await tasks.listVersions({ taskName: { ...place, name } })
    const only = { field: 'name', function: Filter_Function.EQUAL, values: [name] }
    const { tasks: latest } = await tasks.listTasks({ scopeBy: scope, request: { filters: [only] } })
    expect(latest.map(({ taskId }) => taskId?.version)).toEqual([versions[0]?.version])
  })

  test('pages lead through all tasks and end without a token', async () => {
    const names = [freshName(), freshName(), freshName(), freshName()]
    for (const name of names) await deploy(name, 'v1')
    const seen: string[] = []
    let pages = 0
    for (let token = ''; ; pages++) {
      const request = {
        limit: 2,
        token,
        filters: [{ field: 'name', function: Filter_Function.VALUE_IN, values: names }],
      }
      const page = await tasks.listTasks({ scopeBy: scope, request })
      seen.push(...page.tasks.map(({ taskId }) => taskId?.name ?? ''))
      token = page.token
      if (token === '') break
    }
    expect(seen).toEqual([...names].reverse())
    expect(pages).toBe(1)
  })

  test('versions are listed newest first', async () => {
    const name = freshName()
    for (const version of ['v1', 'v2', 'v3']) await deploy(name, version)
    const { versions } = await tasks.listVersions({ taskName: { ...place, name } })
    expect(versions.map(({ version }) => version)).toEqual(['v3', 'v2', 'v1'])
    const first = await tasks.listVersions({ taskName: { ...place, name }, request: { limit: 2 } })
    const request = { limit: 2, token: first.token }
    const second = await tasks.listVersions({ taskName: { ...place, name }, request })
    expect(second.versions.map(({ version }) => version)).toEqual(['v1'])
    expect((await tasks.listVersions({ taskName: { ...place, name: 'nothing' } })).versions).toEqual([])
  })

  test('what cannot be is refused', async () => {
    const taskId = { ...place, name: freshName(), version: 'v1' }
    const spec = aTaskSpec()
    await expectRefused(tasks.deployTask({ spec }), Code.InvalidArgument, 'task_id')
    await expectRefused(tasks.deployTask({ taskId }), Code.InvalidArgument, 'spec')
    const slashed = { ...taskId, name: `a/${taskId.name}` }
    await expectRefused(tasks.deployTask({ taskId: slashed, spec }), Code.InvalidArgument, 'must not contain "/"')
    const long = 'x'.repeat(10_000_000)
    await expectRefused(tasks.deployTask({ taskId: { ...taskId, name: long }, spec }), Code.InvalidArgument, 'name')
    await expectRefused(
      tasks.deployTask({ taskId: { ...taskId, version: long }, spec }),
      Code.InvalidArgument,
      'version',
    )
    await expectRefused(tasks.getTaskDetails({ taskId: { ...taskId, name: long } }), Code.InvalidArgument, 'name')
    await expectRefused(tasks.deployTask({ taskId: { ...taskId, project: 'nowhere' }, spec }), Code.NotFound, 'nowhere')
    await expectRefused(tasks.deployTask({ taskId: { ...taskId, domain: 'moon' }, spec }), Code.NotFound, 'moon')
    await expectRefused(tasks.getTaskDetails({ taskId }), Code.NotFound, taskId.name)
    await expectRefused(tasks.listTasks({}), Code.InvalidArgument, 'scope_by')
    await expectRefused(tasks.listVersions({}), Code.InvalidArgument, 'task_name')
    await expectRefused(tasks.listTasks({ scopeBy: scope, request: { limit: 201 } }), Code.InvalidArgument, '201')
    const colour = { field: 'colour', function: Filter_Function.EQUAL, values: ['red'] }
    await expectRefused(
      tasks.listTasks({ scopeBy: scope, request: { filters: [colour] } }),
      Code.InvalidArgument,
      'colour',
    )
    const { token } = await tasks.listTasks({ scopeBy: scope, request: { limit: 1 } })
    const elsewhere = { case: 'org', value: 'tern' } as const
    await expectRefused(
      tasks.listTasks({ scopeBy: elsewhere, request: { token } }),
      Code.InvalidArgument,
      'another query',
    )
    const archived = `archived-${taskId.name.split('.')[0]}`
    await projects.createProject({ project: { id: archived, state: 1 } })
    await expectRefused(
      tasks.deployTask({ taskId: { ...taskId, project: archived }, spec }),
      Code.FailedPrecondition,
      'archived',
    )
  })
})

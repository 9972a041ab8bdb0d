import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { Filter_Function, RelationType, Sort_Direction } from '@tern/idl/common'
import { RunSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import type { Run } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec, inputsOf, outputsOf, place, projectId } from '../test/fixtures.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'

const { EQUAL, NOT_EQUAL, GREATER_THAN, GREATER_THAN_OR_EQUAL, LESS_THAN, LESS_THAN_OR_EQUAL } = Filter_Function
const { CONTAINS, CONTAINS_CASE_INSENSITIVE, VALUE_IN, ENDS_WITH, NOT_ENDS_WITH } = Filter_Function

let api: TestApi
let runs: Clients['runs']

/** `live` has a label only, `done` has ended, `timed` is of a trigger; `done` and `timed` were started by somebody. */
beforeAll(async () => {
  api = await startApi()
  const clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  runs = clients.runs
  await clients.tasks.deployTask({
    taskId: { ...place, name: 'env.daily', version: 'v7' },
    spec: aTaskSpec({ name: 'env.daily', version: 'v7' }),
    triggers: [
      {
        name: 'noon_100%',
        spec: { active: false, inputWrapper: { case: 'inputs', value: inputsOf(7) } },
        automationSpec: {
          type: TriggerAutomationSpecType.TYPE_SCHEDULE,
          automation: {
            case: 'schedule',
            value: { expression: { case: 'cron', value: { expression: '0 12 * * *', timezone: 'UTC' } } },
          },
        },
      },
    ],
  })
  const id = (name: string) => ({ case: 'runId', value: { ...place, name } }) as const
  const payload = Buffer.from(JSON.stringify({ sub: 'ada' })).toString('base64url')
  const ada = { headers: { authorization: `Bearer e30.${payload}.x` } }
  const relation = { relatedTo: { ...place, name: 'live' }, relationType: RelationType.RERUN }
  const labels = { values: { season: 'Été' } }
  await runs.createRun(aRunRequest({ id: id('live'), source: 2, runSpec: create(RunSpecSchema, { labels }) }))
  await runs.createRun(aRunRequest({ id: id('done'), source: 1, runSpec: create(RunSpecSchema, { relation }) }), ada)
  const timed = { ...place, taskName: 'env.daily', name: 'noon_100%' }
  await runs.createRun({ id: id('timed'), task: { case: 'triggerName', value: timed } }, ada)
  const script = new Script(api)
  await script.succeed('done', 'a0', outputsOf(1))
  await script.enqueue('live', 'a0', 'c1', 'grp')
})
afterAll(() => api.close())

const nameOf = (run: Run | undefined): string => run?.action?.id?.run?.name ?? ''
const scopeBy = { case: 'projectId', value: projectId } as const

async function listRuns(field: string, fn: Filter_Function, ...values: string[]): Promise<string[]> {
  const filters = [{ field, function: fn, values }]
  return (await runs.listRuns({ scopeBy, request: { filters } })).runs.map(nameOf).sort()
}

async function listActions(run: string, field: string, fn: Filter_Function, ...values: string[]): Promise<string[]> {
  const request = { filters: [{ field, function: fn, values }] }
  const { actions } = await runs.listActions({ runId: { ...place, name: run }, request })
  return actions.map(({ id }) => id?.name ?? '')
}

const fields = [
  'project',
  'domain',
  'run_name',
  'phase',
  'action_type',
  'run_source',
  'created_by_subject',
  'trigger_task_name',
  'trigger_name',
  'trigger_revision',
  'trigger_type',
  'task_project',
  'task_domain',
  'task_name',
  'task_version',
  'function_name',
  'created_at',
  'updated_at',
  'ended_at',
  'duration_ms',
]

describe('every field of the protocol', () => {
  /** All, one on a page. */
  async function runsBy(key: string, direction: Sort_Direction): Promise<string[]> {
    const names: string[] = []
    for (let token = ''; ; ) {
      const request = { limit: 1, token, sortByFields: [{ key, direction }] }
      const page = await runs.listRuns({ scopeBy, request })
      names.push(...page.runs.map(nameOf))
      token = page.token
      if (token === '') return names
    }
  }

  async function actionsBy(key: string, direction: Sort_Direction): Promise<string[]> {
    const names: string[] = []
    for (let token = ''; ; ) {
      const request = { limit: 1, token, sortByFields: [{ key, direction }] }
      const page = await runs.listActions({ runId: { ...place, name: 'live' }, request })
      names.push(...page.actions.map(({ id }) => id?.name ?? ''))
      token = page.token
      if (token === '') return names
    }
  }

  test.each(fields)('orders runs and actions, page by page, both ways: %s', async (key) => {
    for (const list of [runsBy, actionsBy]) {
      const up = await list(key, Sort_Direction.ASCENDING)
      expect(new Set(up).size).toBe(list === runsBy ? 3 : 2)
      expect(await list(key, Sort_Direction.DESCENDING)).toEqual(up.toReversed())
    }
  })

  test.each([
    ['ended_at', 'done'],
    ['duration_ms', 'done'],
    ['trigger_name', 'timed'],
    ['trigger_type', 'timed'],
  ])('has rows without it after the others when ascending: %s', async (key, first) => {
    expect((await runsBy(key, Sort_Direction.ASCENDING))[0]).toBe(first)
  })

  test.each([
    ['project', EQUAL, ['flytesnacks'], ['done', 'live', 'timed']],
    ['domain', NOT_EQUAL, ['staging'], ['done', 'live', 'timed']],
    ['run_name', VALUE_IN, ['live'], ['live']],
    ['run_name', VALUE_IN, ['live', 'done', 'nothing'], ['done', 'live']],
    ['phase', LESS_THAN, ['5'], ['live', 'timed']],
    ['phase', EQUAL, ['ACTION_PHASE_SUCCEEDED'], ['done']],
    ['action_type', EQUAL, ['1'], ['done', 'live', 'timed']],
    ['action_type', EQUAL, ['2'], []],
    ['run_source', EQUAL, ['RUN_SOURCE_CLI'], ['live']],
    ['run_source', VALUE_IN, ['RUN_SOURCE_WEB', 'RUN_SOURCE_SCHEDULE_TRIGGER'], ['done', 'timed']],
    ['created_by_subject', EQUAL, ['ada'], ['done', 'timed']],
    ['trigger_task_name', EQUAL, ['env.daily'], ['timed']],
    ['trigger_name', CONTAINS, ['_100%'], ['timed']],
    ['trigger_name', CONTAINS, ['n%100'], []],
    ['trigger_name', CONTAINS, ['noon-'], []],
    ['trigger_name', ENDS_WITH, ['%'], ['timed']],
    ['trigger_name', ENDS_WITH, ['_%'], []],
    ['trigger_revision', GREATER_THAN_OR_EQUAL, ['1'], ['timed']],
    ['trigger_type', EQUAL, ['TYPE_SCHEDULE'], ['timed']],
    ['trigger_type', VALUE_IN, ['2'], ['timed']],
    ['trigger_type', EQUAL, ['3'], []],
    ['task_project', EQUAL, ['flytesnacks'], ['done', 'live', 'timed']],
    ['task_domain', EQUAL, ['development'], ['done', 'live', 'timed']],
    ['task_name', NOT_ENDS_WITH, ['.daily'], ['done', 'live']],
    ['task_version', EQUAL, ['v7'], ['timed']],
    ['function_name', CONTAINS_CASE_INSENSITIVE, ['DAIL'], ['timed']],
    ['labels.season', CONTAINS_CASE_INSENSITIVE, ['ÉT'], ['live']],
    ['created_at', GREATER_THAN, ['2020-01-01 00:00:00'], ['done', 'live', 'timed']],
    ['created_at', GREATER_THAN, ['2020-01-01 00:00:00.123456+00'], ['done', 'live', 'timed']],
    ['updated_at', LESS_THAN_OR_EQUAL, ['2020-01-01'], []],
    ['ended_at', GREATER_THAN, ['2020-01-01T00:00:00Z'], ['done']],
    ['duration_ms', GREATER_THAN_OR_EQUAL, ['0'], ['done']],
    ['duration_ms', GREATER_THAN, ['999999999999'], []],
  ])('filters runs: %s', async (field, fn, values, expected) => {
    expect(await listRuns(field, fn, ...values)).toEqual(expected)
  })

  test.each([
    ['run_name', EQUAL, ['live'], ['a0', 'c1']],
    ['project', EQUAL, ['other'], []],
    ['domain', EQUAL, ['development'], ['a0', 'c1']],
    ['action_type', EQUAL, ['ACTION_TYPE_TASK'], ['a0', 'c1']],
    ['run_source', EQUAL, ['RUN_SOURCE_CLI'], ['a0']],
    ['created_by_subject', EQUAL, ['ada'], []],
    ['trigger_task_name', EQUAL, ['env.daily'], []],
    ['trigger_name', EQUAL, ['noon_100%'], []],
    ['trigger_revision', EQUAL, ['1'], []],
    ['trigger_type', EQUAL, ['2'], []],
    ['task_name', EQUAL, ['env.leaf'], ['c1']],
    ['phase', VALUE_IN, ['1'], ['a0', 'c1']],
  ])('filters actions: %s', async (field, fn, values, expected) => {
    expect(await listActions('live', field, fn, ...values)).toEqual(expected)
  })

  test('is refused a value or a function that means nothing for it', async () => {
    await expectRefused(listRuns('phase', EQUAL, '99999999999'), Code.InvalidArgument, 'phase')
    await expectRefused(listRuns('phase', CONTAINS, '1'), Code.InvalidArgument, 'CONTAINS')
    await expectRefused(listRuns('created_at', ENDS_WITH, 'Z'), Code.InvalidArgument, 'ENDS_WITH')
    await expectRefused(listRuns('run_source', EQUAL, 'constructor'), Code.InvalidArgument, 'constructor')
    await expectRefused(listRuns('task_name', EQUAL, 'a\0b'), Code.InvalidArgument, 'NUL')
    await expectRefused(listRuns('task_name', VALUE_IN), Code.InvalidArgument, 'no value')
    const many = Array.from({ length: 501 }, String)
    await expectRefused(listRuns('task_name', VALUE_IN, ...many), Code.InvalidArgument, '501 values')
    const filters = many.map((value) => ({ field: 'task_name', function: EQUAL, values: [value] }))
    await expectRefused(runs.listRuns({ scopeBy, request: { filters } }), Code.InvalidArgument, '501 filters')
    await expectRefused(listRuns('task_name', Filter_Function.EXISTS, 'x'), Code.InvalidArgument, 'EXISTS')
  })
})

test('filters are all to hold', async () => {
  const filters = [
    { field: 'created_by_subject', function: EQUAL, values: ['ada'] },
    { field: 'task_name', function: EQUAL, values: ['env.main'] },
  ]
  const page = await runs.listRuns({ scopeBy, request: { filters } })
  expect(page.runs.map(nameOf)).toEqual(['done'])
})

test('a token is good for its own query only', async () => {
  const sorted = (key: string) => ({ limit: 1, sortByFields: [{ key, direction: Sort_Direction.ASCENDING }] })
  const { token } = await runs.listRuns({ scopeBy, request: sorted('created_at') })
  const list = (request: object, scope: Parameters<typeof runs.listRuns>[0]['scopeBy'] = scopeBy) =>
    runs.listRuns({ scopeBy: scope ?? scopeBy, request: { ...request, token } })
  const filters = [{ field: 'task_name', function: EQUAL, values: ['env.main'] }]
  await expectRefused(list(sorted('updated_at')), Code.InvalidArgument, 'another query')
  await expectRefused(list({ ...sorted('created_at'), filters }), Code.InvalidArgument, 'another query')
  await expectRefused(list(sorted('created_at'), { case: 'org', value: 'tern' }), Code.InvalidArgument, 'another query')
  const ofActions = runs.listActions({ runId: { ...place, name: 'live' }, request: { ...sorted('created_at'), token } })
  await expectRefused(ofActions, Code.InvalidArgument, 'another query')
  expect((await list({ ...sorted('created_at'), limit: 2 })).runs).toHaveLength(2)
})

test('a run says what triggered it, and which run it is related to', async () => {
  const find = async (name: string) => {
    const request = { filters: [{ field: 'run_name', function: EQUAL, values: [name] }] }
    return (await runs.listRuns({ scopeBy, request })).runs[0]?.action?.metadata
  }
  expect(await find('timed')).toMatchObject({
    triggerName: 'noon_100%',
    triggerId: { name: { ...place, taskName: 'env.daily', name: 'noon_100%' }, revision: 1n },
    triggerType: { type: TriggerAutomationSpecType.TYPE_SCHEDULE, automation: { case: 'schedule' } },
    executedBy: { principal: { value: { id: { subject: 'ada' } } } },
  })
  expect((await find('done'))?.relation).toMatchObject({ relatedTo: { name: 'live' }, relationType: 1 })
})

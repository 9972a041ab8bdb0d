import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { Filter_Function, Sort_Direction } from '@tern/idl/common'
import { ActionType, type Run } from '@tern/idl/workflow'
import { RunSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { outputsOf, place, projectId } from '../test/fixtures.ts'
import { startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const nameOf = (run: Run | undefined): string => run?.action?.id?.run?.name ?? ''

eachTransport((transport) => {
  let runs: Clients['runs']
  let script: Script
  beforeAll(() => {
    runs = createClients(transport.connect(api.url)).runs
    script = new Script(api)
  })

  describe('lists', () => {
    const scope = { case: 'projectId', value: projectId } as const

    test('of runs are paged, in the order asked for', async () => {
      const names = [await startRun(runs), await startRun(runs), await startRun(runs)]
      const filters = [{ field: 'name', function: Filter_Function.VALUE_IN, values: names }]
      const sortBy = { key: 'created_at', direction: Sort_Direction.ASCENDING }
      const first = await runs.listRuns({ scopeBy: scope, request: { limit: 2, filters, sortBy } })
      const request = { limit: 2, filters, sortBy, token: first.token }
      const second = await runs.listRuns({ scopeBy: scope, request })
      expect([...first.runs, ...second.runs].map(nameOf)).toEqual(names)
      expect(second.token).toBe('')
    })

    test('of runs have those that have not ended first', async () => {
      const [ended, live] = [await startRun(runs), await startRun(runs)]
      await script.succeed(ended, 'a0', outputsOf(1))
      const filters = [{ field: 'name', function: Filter_Function.VALUE_IN, values: [ended, live] }]
      const { runs: found } = await runs.listRuns({ scopeBy: scope, request: { filters } })
      expect(found.map(nameOf)).toEqual([live, ended])
    })

    test('of runs are filtered as clients do', async () => {
      const name = await startRun(runs)
      const own = { field: 'run_name', function: Filter_Function.EQUAL, values: [name] }
      const count = async (field: string, fn: Filter_Function, values: string[]) => {
        const filters = [own, { field, function: fn, values }]
        return (await runs.listRuns({ scopeBy: scope, request: { filters } })).runs.length
      }
      const { EQUAL, VALUE_IN, CONTAINS, GREATER_THAN_OR_EQUAL, LESS_THAN, ENDS_WITH } = Filter_Function
      expect(await count('phase', VALUE_IN, ['1', '2', '3', '4'])).toBe(1)
      expect(await count('phase', VALUE_IN, ['5'])).toBe(0)
      expect(await count('task_name', EQUAL, ['env.main'])).toBe(1)
      expect(await count('task_name', CONTAINS, ['v.m'])).toBe(1)
      expect(await count('task_name', CONTAINS, ['V.M'])).toBe(0)
      expect(await count('task_name', CONTAINS, ['%'])).toBe(0)
      expect(await count('task_name', Filter_Function.CONTAINS_CASE_INSENSITIVE, ['V.M'])).toBe(1)
      expect(await count('task_name', ENDS_WITH, ['.main'])).toBe(1)
      expect(await count('created_at', GREATER_THAN_OR_EQUAL, ['2020-01-01T00:00:00Z'])).toBe(1)
      expect(await count('created_at', LESS_THAN, ['2020-01-01T00:00:00Z'])).toBe(0)
      expect(await count('created_by', EQUAL, ['nobody'])).toBe(0)
    })

    test('of runs are filtered by label', async () => {
      const labels = { values: { team: 'a', 'cost-center': '7' } }
      const name = await startRun(runs, { runSpec: create(RunSpecSchema, { labels }) })
      const other = await startRun(runs)
      const find = async (field: string, fn: Filter_Function, ...values: string[]) => {
        const own = { field: 'run_name', function: Filter_Function.VALUE_IN, values: [name, other] }
        const filters = [own, { field, function: fn, values }]
        return (await runs.listRuns({ scopeBy: scope, request: { filters } })).runs.map(nameOf)
      }
      expect(await find('labels.team', Filter_Function.EQUAL, 'a')).toEqual([name])
      expect(await find('labels.team', Filter_Function.EQUAL, 'b')).toEqual([])
      expect(await find('labels.cost-center', Filter_Function.EXISTS)).toEqual([name])
      expect(await find('labels.cost-center', Filter_Function.NOT_EXISTS)).toEqual([other])
    })

    test('of runs have scopes', async () => {
      const name = await startRun(runs)
      const own = { filters: [{ field: 'name', function: Filter_Function.EQUAL, values: [name] }] }
      const count = async (scopeBy: Parameters<typeof runs.listRuns>[0]['scopeBy']) =>
        (await runs.listRuns({ scopeBy: scopeBy ?? { case: undefined }, request: own })).runs.length
      const task = { ...place, name: 'env.main' }
      expect(await count({ case: 'org', value: 'tern' })).toBe(1)
      expect(await count({ case: 'projectId', value: { ...projectId, domain: 'staging' } })).toBe(0)
      expect(await count({ case: 'taskName', value: task })).toBe(1)
      expect(await count({ case: 'taskId', value: { ...task, version: 'v2' } })).toBe(0)
      expect(await count({ case: 'triggerName', value: { ...task, taskName: 'env.main' } })).toBe(0)
    })

    test('of actions are in order of creation, with all there is to show', async () => {
      const name = await startRun(runs)
      for (const child of ['c1', 'c2', 'c3']) await script.enqueue(name, 'a0', child, 'grp')
      const seen: string[] = []
      for (let token = ''; ; ) {
        const page = await runs.listActions({ runId: { ...place, name }, request: { limit: 3, token } })
        seen.push(...page.actions.map(({ id }) => id?.name ?? ''))
        for (const action of page.actions.filter(({ id }) => id?.name !== 'a0')) {
          expect(action.metadata).toMatchObject({
            parent: 'a0',
            group: 'grp',
            actionType: ActionType.TASK,
            funtionName: 'env.leaf',
            spec: { case: 'task', value: { taskType: 'typescript', id: { name: 'env.leaf' } } },
          })
        }
        token = page.token
        if (token === '') break
      }
      expect(seen).toEqual(['a0', 'c1', 'c2', 'c3'])
      const filters = [{ field: 'parent_name', function: Filter_Function.EQUAL, values: ['a0'] }]
      const children = await runs.listActions({ runId: { ...place, name }, request: { filters } })
      expect(children.actions).toHaveLength(3)
      expect((await runs.listActions({ runId: { ...place, name: 'nothing' } })).actions).toEqual([])
    })

    test('refuse what they do not have', async () => {
      const list = (request: Parameters<typeof runs.listRuns>[0]['request']) =>
        runs.listRuns({ scopeBy: scope, request: request ?? {} })
      const filter = (field: string, fn: Filter_Function, ...values: string[]) => ({
        filters: [{ field, function: fn, values }],
      })
      await expectRefused(list({ limit: 201 }), Code.InvalidArgument, '201')
      await expectRefused(list({ token: 'nonsense' }), Code.InvalidArgument, 'nonsense')
      await expectRefused(list(filter('colour', Filter_Function.EQUAL, 'red')), Code.InvalidArgument, 'colour')
      await expectRefused(list(filter('phase', Filter_Function.EQUAL)), Code.InvalidArgument, 'no value')
      await expectRefused(list(filter('phase', Filter_Function.EQUAL, 'red')), Code.InvalidArgument, 'red')
      await expectRefused(list(filter('phase', Filter_Function.EQUAL, '1', '2')), Code.InvalidArgument, '2 values')
      await expectRefused(
        list(filter('phase', Filter_Function.VALUE_NOT_IN, '1')),
        Code.InvalidArgument,
        'VALUE_NOT_IN',
      )
      await expectRefused(list(filter('created_at', Filter_Function.EQUAL, 'noon')), Code.InvalidArgument, 'noon')
      await expectRefused(list({ sortBy: { key: 'colour' } }), Code.InvalidArgument, 'colour')
      await expectRefused(runs.listRuns({}), Code.InvalidArgument, 'scope_by')
      await expectRefused(runs.listActions({}), Code.InvalidArgument, 'run_id')
    })
  })
})

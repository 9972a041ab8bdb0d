import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { Filter_Function, Sort_Direction } from '@tern/idl/common'
import {
  FixedRateUnit,
  RunSpecSchema,
  TaskTriggerSchema,
  type TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { FiringState, TriggerRevisionAction } from '@tern/idl/trigger'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, inputsOf, place, projectId } from '../test/fixtures.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
let now = 1_700_000_000_000
beforeAll(async () => {
  api = await startApi({ clock: { now: () => now++ } })
})
afterAll(() => api.close())

let serial = 0
function freshTask(): string {
  serial += 1
  return `env${serial}.main`
}

type Automation = MessageInitShape<typeof TriggerAutomationSpecSchema>

function cron(expression: string, timezone = ''): Automation {
  return {
    type: TriggerAutomationSpecType.TYPE_SCHEDULE,
    automation: {
      case: 'schedule',
      value: { expression: { case: 'cron', value: { expression, timezone } }, kickoffTimeInputArg: '' },
    },
  }
}

function aTrigger(name: string, overrides: { readonly active?: boolean; readonly automation?: Automation } = {}) {
  return create(TaskTriggerSchema, {
    name,
    spec: { active: overrides.active ?? true, inputWrapper: { case: 'inputs', value: inputsOf(1) } },
    automationSpec: overrides.automation ?? cron('@daily'),
  })
}

function withPolicy(annotation: string, value: string) {
  const runSpec = create(RunSpecSchema, { annotations: { values: { [annotation]: value } } })
  return create(TaskTriggerSchema, { name: 'a', spec: { active: true, runSpec }, automationSpec: cron('@daily') })
}

const { DEPLOY, ACTIVATE, DEACTIVATE, DELETE } = TriggerRevisionAction

eachTransport((transport) => {
  let tasks: Clients['tasks']
  let triggers: Clients['triggers']
  let firings: Clients['firings']
  beforeAll(() => {
    ;({ tasks, triggers, firings } = createClients(transport.connect(api.url)))
  })

  const deployTask = (name: string, version: string, list: ReturnType<typeof aTrigger>[], headers = {}) =>
    tasks.deployTask(
      { taskId: { ...place, name, version }, spec: aTaskSpec({ name, version }), triggers: list },
      { headers },
    )
  const nameOf = (taskName: string, name: string) => ({ ...place, taskName, name })
  const get = async (taskName: string, name: string) =>
    (await triggers.getTriggerDetails({ name: nameOf(taskName, name) })).trigger
  const historyOf = async (taskName: string, name: string) =>
    (await triggers.getTriggerRevisionHistory({ name: nameOf(taskName, name) })).triggers.map(({ action }) => action)
  const summaryOf = async (name: string, version: string) =>
    (await tasks.getTaskDetails({ taskId: { ...place, name, version } })).details?.metadata?.triggersSummary?.summary

  test('triggers are deployed with their task, and tell what they are', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('nightly')], { 'x-auth-request-user': 'ada' })
    const trigger = await get(task, 'nightly')
    expect(trigger?.id).toMatchObject({ name: { org: 'tern', ...nameOf(task, 'nightly') }, revision: 1n })
    expect(trigger?.spec).toMatchObject({ active: true, taskVersion: 'v1', inputWrapper: { case: 'inputs' } })
    expect(trigger?.automationSpec?.automation).toMatchObject({ case: 'schedule' })
    expect(trigger?.metadata?.deployedBy?.principal).toMatchObject({ value: { id: { subject: 'ada' } } })
    expect(trigger?.status?.deletedAt).toBeUndefined()
    expect(await summaryOf(task, 'v1')).toMatchObject({ case: 'details', value: { name: 'nightly', active: true } })
  })

  test('a deployment replaces the set: missing ones go, changed ones get a revision, others none', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('same'), aTrigger('changed'), aTrigger('gone')])
    expect(await summaryOf(task, 'v1')).toMatchObject({ case: 'stats', value: { total: 3, active: 3 } })
    await deployTask(task, 'v1', [aTrigger('same'), aTrigger('changed', { automation: cron('@hourly') })])
    expect(await historyOf(task, 'same')).toEqual([DEPLOY])
    expect(await historyOf(task, 'changed')).toEqual([DEPLOY, DEPLOY])
    expect(await historyOf(task, 'gone')).toEqual([DELETE, DEPLOY])
    await expectRefused(get(task, 'gone'), Code.NotFound, 'gone')
    expect(await summaryOf(task, 'v1')).toMatchObject({ case: 'stats', value: { total: 2, active: 2 } })
  })

  test('triggers move to the version deployed last, and no list detaches them all', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a')])
    await deployTask(task, 'v2', [aTrigger('a')])
    expect(await summaryOf(task, 'v1')).toBeUndefined()
    expect(await summaryOf(task, 'v2')).toMatchObject({ case: 'details', value: { name: 'a' } })
    await deployTask(task, 'v3', [])
    expect(await summaryOf(task, 'v2')).toBeUndefined()
    expect(await historyOf(task, 'a')).toEqual([DELETE, DEPLOY, DEPLOY])
    await deployTask(task, 'v3', [aTrigger('a')])
    expect((await get(task, 'a'))?.id?.revision).toBe(4n)
  })

  test('the only trigger is shown in lists of tasks as it was deployed', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('täglich um 9', { automation: cron('0 9 * * *', 'Europe/Berlin') })])
    const filter = { field: 'name', function: Filter_Function.EQUAL, values: [task] }
    const list = await tasks.listTasks({
      scopeBy: { case: 'projectId', value: projectId },
      request: { filters: [filter] },
    })
    expect(list.tasks[0]?.metadata?.triggersSummary?.summary).toMatchObject({
      value: {
        name: 'täglich um 9',
        automationSpec: {
          automation: { value: { expression: { value: { expression: '0 9 * * *', timezone: 'Europe/Berlin' } } } },
        },
      },
    })
  })

  test('a long description is cut between characters', async () => {
    const task = freshTask()
    const spec = { active: true, description: '🪁'.repeat(3000) }
    await deployTask(task, 'v1', [
      create(TaskTriggerSchema, { ...aTrigger('a'), spec: { ...aTrigger('a').spec!, ...spec } }),
    ])
    expect((await get(task, 'a'))?.spec?.description).toBe('🪁'.repeat(255))
    expect((await get(task, 'a'))?.description).toBe('🪁'.repeat(255))
  })

  test('switching on and off makes revisions, and says who did it', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a'), aTrigger('b')])
    const names = [nameOf(task, 'a'), nameOf(task, 'b'), nameOf(task, 'a')]
    await triggers.updateTriggers({ names, active: false }, { headers: { 'x-auth-request-user': 'bob' } })
    await triggers.updateTriggers({ names, active: false })
    expect(await get(task, 'a')).toMatchObject({
      spec: { active: false },
      metadata: { updatedBy: { principal: { value: { id: { subject: 'bob' } } } } },
    })
    expect(await summaryOf(task, 'v1')).toMatchObject({ value: { total: 2, active: 0 } })
    await triggers.updateTriggers({ names, active: true })
    expect(await historyOf(task, 'b')).toEqual([ACTIVATE, DEACTIVATE, DEPLOY])
  })

  test('names that are not there are refused, and nothing is changed', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a')])
    const names = [nameOf(task, 'a'), nameOf(task, 'nobody')]
    await expectRefused(triggers.updateTriggers({ names, active: false }), Code.NotFound, 'nobody')
    await expectRefused(triggers.deleteTriggers({ names }), Code.NotFound, 'nobody')
    expect(await historyOf(task, 'a')).toEqual([DEPLOY])
    await expectRefused(triggers.updateTriggers({ names: [], active: true }), Code.InvalidArgument, 'names')
    await expectRefused(triggers.deleteTriggers({ names: [] }), Code.InvalidArgument, 'names')
    await expectRefused(triggers.getTriggerDetails({}), Code.InvalidArgument, 'name')
    await expectRefused(triggers.getTriggerRevisionDetails({}), Code.InvalidArgument, 'id')
    await expectRefused(triggers.getTriggerRevisionHistory({}), Code.InvalidArgument, 'name')
  })

  test('deleting is soft and can be repeated; revisions stay', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a')])
    await triggers.deleteTriggers({ names: [nameOf(task, 'a')] })
    await triggers.deleteTriggers({ names: [nameOf(task, 'a')] })
    const id = { name: nameOf(task, 'a'), revision: 2n }
    const { trigger } = await triggers.getTriggerRevisionDetails({ id })
    expect(trigger?.status?.deletedAt).toBeDefined()
    expect((await triggers.getTriggerRevisionDetails({ id: { ...id, revision: 1n } })).trigger?.spec?.active).toBe(true)
    await expectRefused(
      triggers.getTriggerRevisionDetails({ id: { ...id, revision: 9n } }),
      Code.NotFound,
      'no revision 9',
    )
    await expectRefused(triggers.updateTriggers({ names: [id.name], active: true }), Code.NotFound, 'a')
    expect(
      (await triggers.listTriggers({ scopeBy: { case: 'taskName', value: { ...place, name: task } } })).triggers,
    ).toEqual([])
  })

  test('deploying with the revision one has seen refuses when it is not the present one', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [])
    const deploy = (revision: bigint, expression: string) =>
      triggers.deployTrigger({
        name: nameOf(task, 'a'),
        revision,
        spec: { active: true, taskVersion: 'v1' },
        automationSpec: cron(expression),
      })
    expect((await deploy(0n, '@daily')).trigger?.id?.revision).toBe(1n)
    expect((await deploy(1n, '@hourly')).trigger?.id?.revision).toBe(2n)
    await expectRefused(deploy(1n, '@weekly'), Code.FailedPrecondition, 'is at revision 2, not 1')
    expect((await deploy(0n, '@hourly')).trigger?.id?.revision).toBe(2n)
  })

  test('many at once leave revisions without a gap', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a')])
    const names = [nameOf(task, 'a')]
    await Promise.all(
      Array.from({ length: 6 }, (_, index) => triggers.updateTriggers({ names, active: index % 2 === 1 })),
    )
    const { triggers: revisions } = await triggers.getTriggerRevisionHistory({ name: names[0]! })
    expect(revisions.map(({ id }) => Number(id?.revision))).toEqual(
      Array.from({ length: revisions.length }, (_, index) => revisions.length - index),
    )
    expect(Number((await get(task, 'a'))?.id?.revision)).toBe(revisions.length)
  })

  test('lists can be paged, filtered and sorted', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a'), aTrigger('b', { active: false }), aTrigger('c'), aTrigger('d')])
    const scopeBy = { case: 'taskId', value: { ...place, name: task, version: 'v1' } } as const
    const list = async (request: Parameters<typeof triggers.listTriggers>[0]['request']) => {
      const page = await triggers.listTriggers({ scopeBy, ...(request && { request }) })
      return { names: page.triggers.map(({ id }) => id?.name?.name), token: page.token }
    }
    const first = await list({ limit: 3 })
    expect(first.names).not.toContain('b')
    expect(await list({ limit: 3, token: first.token })).toEqual({ names: ['b'], token: '' })
    const active = { field: 'active', function: Filter_Function.EQUAL, values: ['false'] }
    expect((await list({ filters: [active] })).names).toEqual(['b'])
    const byName = { key: 'name', direction: Sort_Direction.ASCENDING }
    expect((await list({ sortByFields: [byName] })).names).toEqual(['a', 'b', 'c', 'd'])
    await expectRefused(list({ filters: [{ ...active, field: 'colour' }] }), Code.InvalidArgument, 'colour')
    await expectRefused(list({ filters: [{ ...active, values: ['maybe'] }] }), Code.InvalidArgument, 'true or false')
    const elsewhere = { case: 'org', value: 'tern' } as const
    await expectRefused(
      triggers.listTriggers({ scopeBy: elsewhere, request: { token: first.token } }),
      Code.InvalidArgument,
      'another query',
    )
    const history = {
      name: nameOf(task, 'a'),
      request: { filters: [{ field: 'action', function: Filter_Function.EQUAL, values: ['DELETE'] }] },
    }
    expect((await triggers.getTriggerRevisionHistory(history)).triggers).toEqual([])
  })

  test('the kinds of triggers that a task has are kept with it', async () => {
    const task = freshTask()
    const kindsOf = async () => {
      const filters = [{ field: 'name', function: Filter_Function.EQUAL, values: [task] }]
      const found: number[] = []
      for (const kinds of [0, 2, 4, 6]) {
        const kind = { field: 'trigger_types', function: Filter_Function.EQUAL, values: [String(kinds)] }
        const scopeBy = { case: 'projectId', value: projectId } as const
        const { tasks: list } = await tasks.listTasks({ scopeBy, request: { filters: [...filters, kind] } })
        if (list.length > 0) found.push(kinds)
      }
      return found
    }
    const byHand = aTrigger('b', { automation: { type: TriggerAutomationSpecType.TYPE_NONE } })
    await deployTask(task, 'v1', [])
    expect(await kindsOf()).toEqual([0])
    await deployTask(task, 'v1', [aTrigger('a'), byHand])
    expect(await kindsOf()).toEqual([(1 << TriggerAutomationSpecType.TYPE_SCHEDULE) + 2])
    await triggers.deleteTriggers({ names: [nameOf(task, 'a')] })
    expect(await kindsOf()).toEqual([1 << TriggerAutomationSpecType.TYPE_NONE])
  })

  test('every documented field of triggers and revisions filters and sorts', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a')])
    const scopeBy = { case: 'taskName', value: { ...place, name: task } } as const
    const { EQUAL, GREATER_THAN } = Filter_Function
    const sorted = (field: string, fn: Filter_Function, value: string) => ({
      filters: [{ field, function: fn, values: [value] }],
      sortByFields: [{ key: field, direction: Sort_Direction.ASCENDING }],
    })
    const fields: ReadonlyArray<readonly [string, Filter_Function, string]> = [
      ['project', EQUAL, place.project],
      ['domain', EQUAL, place.domain],
      ['task_name', EQUAL, task],
      ['name', EQUAL, 'a'],
      ['active', EQUAL, 'true'],
      ['deployed_at', GREATER_THAN, '2023-01-01T00:00:00Z'],
      ['updated_at', GREATER_THAN, '2023-01-01T00:00:00Z'],
      ['task_version', EQUAL, 'v1'],
      ['automation_type', EQUAL, 'TYPE_SCHEDULE'],
    ]
    for (const field of fields) {
      const { triggers: found } = await triggers.listTriggers({ scopeBy, request: sorted(...field) })
      expect([field[0], found.length]).toEqual([field[0], 1])
    }
    const ofRevisions: typeof fields = [
      ['revision', EQUAL, '1'],
      ['deployed_at', GREATER_THAN, '2023-01-01T00:00:00Z'],
      ['updated_at', GREATER_THAN, '2023-01-01T00:00:00Z'],
      ['action', EQUAL, 'TRIGGER_REVISION_ACTION_DEPLOY'],
    ]
    for (const field of ofRevisions) {
      const request = { name: nameOf(task, 'a'), request: sorted(...field) }
      const { triggers: found } = await triggers.getTriggerRevisionHistory(request)
      expect([field[0], found.length]).toEqual([field[0], 1])
    }
  })

  test('when triggers fire next: in their order, by their time zone, and never while they are off', async () => {
    const task = freshTask()
    const rate = { value: 90, unit: FixedRateUnit.MINUTE, startTime: timestampFromMs(0) }
    await deployTask(task, 'v1', [
      aTrigger('daily', { automation: cron('0 9 * * *', 'Europe/Berlin') }),
      aTrigger('off', { active: false }),
      aTrigger('rate', {
        automation: {
          type: TriggerAutomationSpecType.TYPE_SCHEDULE,
          automation: {
            case: 'schedule',
            value: { expression: { case: 'rate', value: rate }, kickoffTimeInputArg: '' },
          },
        },
      }),
    ])
    const names = ['rate', 'off', 'daily'].map((name) => nameOf(task, name))
    const upcoming = async (limit?: number) => {
      const { triggers: found } = await firings.listUpcomingFirings({ names, ...(limit !== undefined && { limit }) })
      return found.map(({ name, scheduledAt }) => [
        name?.name,
        ...scheduledAt.map((at) => timestampDate(at).toISOString().slice(0, 16)),
      ])
    }
    // It is the evening of 2023-11-14.
    expect(await upcoming(2)).toEqual([
      ['rate', '2023-11-14T22:30', '2023-11-15T00:00'],
      ['off'],
      ['daily', '2023-11-15T08:00', '2023-11-16T08:00'],
    ])
    expect((await upcoming()).map(({ length }) => length - 1)).toEqual([1, 0, 1])
    await triggers.deleteTriggers({ names: [nameOf(task, 'rate')] })
    expect((await upcoming())[0]).toEqual(['rate'])
    await expectRefused(firings.listUpcomingFirings({}), Code.InvalidArgument, 'names')
    await expectRefused(firings.listUpcomingFirings({ names, limit: 101 }), Code.InvalidArgument, 'limit')
    await expectRefused(firings.listUpcomingFirings({ names: [nameOf(task, 'none')] }), Code.NotFound, 'none')
  })

  test('what became of the instants of a trigger is listed, in pages', async () => {
    const task = freshTask()
    await deployTask(task, 'v1', [aTrigger('a')])
    const { STARTED, SKIPPED } = FiringState
    const rows = [1, 2, 3].map((index) => ({
      key: nameOf(task, 'a'),
      at: index * 60_000,
      state: index === 2 ? SKIPPED : STARTED,
      runName: `r${index}`,
      otherRunName: index === 2 ? 'r1' : '',
      failures: 0,
      failingSince: null,
      message: index === 2 ? 'a run of the trigger was under way' : '',
      nextAttemptAt: null,
      updatedAt: 0,
    }))
    await api.repositories.firings.record(rows)
    const name = nameOf(task, 'a')
    const page = await firings.listFirings({ name, request: { limit: 2 } })
    expect(page.firings).toMatchObject([
      { runName: 'r3', state: STARTED },
      { runName: 'r2', state: SKIPPED, otherRunName: 'r1', message: 'a run of the trigger was under way' },
    ])
    const rest = await firings.listFirings({ name, request: { limit: 2, token: page.token } })
    expect([rest.firings.map(({ runName }) => runName), rest.token]).toEqual([['r1'], ''])
    const skipped = { field: 'state', function: Filter_Function.EQUAL, values: ['SKIPPED'] }
    const left = await firings.listFirings({ name, request: { filters: [skipped] } })
    expect(left.firings.map(({ runName }) => runName)).toEqual(['r2'])
    await triggers.deleteTriggers({ names: [name] })
    expect((await firings.listFirings({ name })).firings).toHaveLength(3)
    await expectRefused(firings.listFirings({}), Code.InvalidArgument, 'name')
    await expectRefused(firings.listFirings({ name: nameOf(task, 'nobody') }), Code.NotFound, 'nobody')
    const colour = { field: 'colour', function: Filter_Function.EQUAL, values: ['red'] }
    await expectRefused(firings.listFirings({ name, request: { filters: [colour] } }), Code.InvalidArgument, 'colour')
    await expectRefused(
      firings.listFirings({ name: nameOf(task, 'b'), request: { token: page.token } }),
      Code.NotFound,
      'b',
    )
  })

  describe('what cannot be is refused, and nothing changes', () => {
    const schedule = (value: object): Automation => ({
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: { case: 'schedule', value },
    })
    test.each<[string, ReturnType<typeof aTrigger>[], string]>([
      ['six fields', [aTrigger('a', { automation: cron('0 0 9 * * *') })], 'seconds and years'],
      ['a day that never comes', [aTrigger('a', { automation: cron('0 0 31 2 *') })], 'never comes true'],
      ['an unknown zone', [aTrigger('a', { automation: cron('@daily', 'Moon/Base') })], 'not a time zone'],
      ['the same name twice', [aTrigger('a'), aTrigger('a')], 'two triggers'],
      ['no name', [aTrigger('')], 'name'],
      ['a slash', [aTrigger('a/b')], 'a/b'],
      ['no schedule', [aTrigger('a', { automation: { type: TriggerAutomationSpecType.TYPE_SCHEDULE } })], 'schedule'],
      ['six fields of AWS', [aTrigger('a', { automation: cron('0 9 ? * MON-FRI *') })], 'written as for AWS'],
      ['text of 10 MB for a schedule', [aTrigger('a', { automation: cron('1'.repeat(10_000_000)) })], 'longer than'],
      [
        'text of 10 MB for a zone',
        [aTrigger('a', { automation: cron('@daily', 'x'.repeat(10_000_000)) })],
        'time zone',
      ],
      ['text of 10 MB for a name', [aTrigger('x'.repeat(10_000_000))], 'name'],
      [
        'an unknown policy for what was missed',
        [withPolicy('tern/catch-up', 'some')],
        'annotations["tern/catch-up"]: "some" is not one of all, latest, none or a number up to 10000',
      ],
      ['too much to make up for', [withPolicy('tern/catch-up', '10001')], 'a number up to 10000'],
      [
        'an unknown policy for overlaps',
        [withPolicy('tern/overlap', 'x'.repeat(10_000_000))],
        'annotations["tern/overlap"]',
      ],
      [
        'a rate of zero',
        [
          aTrigger('a', {
            automation: schedule({ expression: { case: 'rate', value: { value: 0, unit: FixedRateUnit.DAY } } }),
          }),
        ],
        'value',
      ],
      [
        'a kickoff time that the task does not take',
        [
          aTrigger('a', {
            automation: schedule({
              expression: { case: 'cron', value: { expression: '@daily', timezone: '' } },
              kickoffTimeInputArg: 'at',
            }),
          }),
        ],
        'no input "at", only label, x',
      ],
    ])('%s', async (_what, list, problem) => {
      const task = freshTask()
      await expectRefused(deployTask(task, 'v1', list), Code.InvalidArgument, problem)
      await expectRefused(
        tasks.getTaskDetails({ taskId: { ...place, name: task, version: 'v1' } }),
        Code.NotFound,
        task,
      )
    })

    test('a trigger of a task that is not there', async () => {
      const spec = { active: true, taskVersion: 'v1' }
      const name = nameOf('env.nothing', 'a')
      await expectRefused(
        triggers.deployTrigger({ name, spec, automationSpec: cron('@daily') }),
        Code.NotFound,
        'env.nothing',
      )
      await expectRefused(
        triggers.deployTrigger({ name, automationSpec: cron('@daily') }),
        Code.InvalidArgument,
        'spec',
      )
      const moon = { ...name, project: 'moon' }
      await expectRefused(
        triggers.deployTrigger({ name: moon, spec, automationSpec: cron('@daily') }),
        Code.NotFound,
        'moon',
      )
    })
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { ActionPhase, Filter_Function, Sort_Direction } from '@tern/idl/common'
import type { TaskGroup, WatchGroupsRequest, WatchGroupsResponse } from '@tern/idl/workflow'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec, outputsOf, place } from '../test/fixtures.ts'
import { freshName } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const { ABORTED, FAILED, QUEUED, SUCCEEDED } = ActionPhase

eachTransport((transport) => {
  let runs: Clients['runs']
  let script: Script
  let task: string
  beforeAll(() => {
    runs = createClients(transport.connect(api.url)).runs
    script = new Script(api)
  })
  beforeEach(() => {
    task = `env.${freshName('task')}`
  })

  type Request = Exclude<Parameters<Clients['runs']['watchGroups']>[0], WatchGroupsRequest>

  const scopeBy = { case: 'projectId', value: { name: place.project, domain: place.domain } } as const
  const startDate = timestampFromMs(0)
  const ofTask = (name: string, fn: Filter_Function = Filter_Function.EQUAL) => ({
    filters: [{ field: 'task_name', function: fn, values: [name] }],
  })
  /** Of the task of this test alone. */
  const own = (): Request => ({ scopeBy, startDate, request: ofTask(task) })

  async function start(name = task, headers: Record<string, string> = {}): Promise<string> {
    const run = freshName()
    const value = aTaskSpec({ name })
    const id = { case: 'runId', value: { ...place, name: run } } as const
    await runs.createRun(aRunRequest({ id, task: { case: 'taskSpec', value } }), { headers })
    return run
  }

  /** What there is, of a window that has ended. */
  async function snapshot(request: Request): Promise<TaskGroup[]> {
    const groups: TaskGroup[] = []
    // What was created in this very millisecond is in it, too.
    await delay(2)
    const endDate = timestampFromMs(Date.now() - 1)
    let last: WatchGroupsResponse | undefined
    for await (last of runs.watchGroups({ endDate, ...request })) groups.push(...last.taskGroups)
    expect(last?.sentinel).toBe(true)
    return groups
  }

  /** Reads messages until one is as wanted. */
  async function watchUntil(
    request: Request,
    onMessage: (groups: TaskGroup[], index: number) => Promise<boolean> | boolean,
  ): Promise<void> {
    const stop = new AbortController()
    let index = 0
    try {
      for await (const { taskGroups } of runs.watchGroups(request, { signal: stop.signal })) {
        if (await onMessage(taskGroups, index++)) stop.abort()
      }
    } catch (error) {
      expect(error).toMatchObject({ code: Code.Canceled })
    }
    expect(stop.signal.aborted).toBe(true)
  }

  test('groups of runs have everything that is known of them', async () => {
    const token = Buffer.from(JSON.stringify({ sub: 'ada' })).toString('base64url')
    const done = await start(task, { authorization: `Bearer e30.${token}.x` })
    await script.succeed(done, 'a0', outputsOf(1))
    const [user, system, aborted, live] = [await start(), await start(), await start(), await start()]
    await script.fail(user, 'a0', { code: 'RowError', message: 'bad', recoverable: false })
    for (const number of [1, 2, 3, 4]) {
      await script.fail(system, 'a0', { code: 'Lost', message: 'gone', kind: 'system' }, number)
    }
    await runs.abortRun({ runId: { ...place, name: aborted } })
    const groups = await snapshot(own())
    expect(groups).toMatchObject([
      {
        taskName: task,
        environmentName: 'env',
        shortName: task.slice(4),
        totalRuns: 5n,
        averageFailureRate: 2 / 5,
        errorCounts: { userError: 1n, systemError: 1n, unspecifiedError: 0n },
        phaseCounts: [
          { phase: QUEUED, count: 1n },
          { phase: SUCCEEDED, count: 1n },
          { phase: FAILED, count: 2n },
          { phase: ABORTED, count: 1n },
        ],
        recentStatuses: [
          { runName: live, phase: QUEUED },
          { runName: aborted, phase: ABORTED },
          { runName: system, phase: FAILED },
          { runName: user, phase: FAILED },
          { runName: done, phase: SUCCEEDED },
        ],
        createdBy: [{ principal: { value: { id: { subject: 'ada' } } } }],
        shouldDelete: false,
      },
    ])
    const { latestRunTime, latestFinishedTime, averageDuration, averageTimeToRunning } = groups[0]!
    expect([latestRunTime, latestFinishedTime, averageDuration, averageTimeToRunning]).not.toContain(undefined)
  })

  test('runs outside of the window are not counted', async () => {
    await start()
    const before = timestampFromMs(1000)
    expect(await snapshot({ ...own(), endDate: before })).toEqual([])
    expect(await snapshot({ ...own(), startDate: timestampFromMs(Date.now() + 60_000) })).toEqual([])
    const elsewhere = { case: 'projectId', value: { name: place.project, domain: 'staging' } } as const
    expect(await snapshot({ ...own(), scopeBy: elsewhere })).toEqual([])
  })

  test('changes are told as they happen, and the stream goes on', async () => {
    await start()
    let second = ''
    await watchUntil(own(), async (groups, index) => {
      if (index === 0) {
        expect(groups).toMatchObject([{ totalRuns: 1n }])
        second = await start()
        await script.fail(second, 'a0', { code: 'RowError', message: 'bad', recoverable: false })
      }
      return groups[0]?.errorCounts?.userError === 1n && groups[0].totalRuns === 2n
    })
  })

  test('a group that no longer has runs is taken back', async () => {
    const run = await start()
    const { filters } = ofTask(task)
    const live = { field: 'phase', function: Filter_Function.LESS_THAN, values: ['5'] }
    await watchUntil({ ...own(), request: { filters: [...filters, live] } }, async (groups, index) => {
      if (index === 0) await runs.abortRun({ runId: { ...place, name: run } })
      return groups.some(({ taskName, shouldDelete }) => taskName === task && shouldDelete)
    })
  })

  test('order and limit are the ones asked for, also when they change', async () => {
    const names = ['a', 'b', 'c'].map((letter) => `${task}.${letter}`)
    for (const name of names) await start(name)
    await start(names[1])
    const request = (key: string, direction: Sort_Direction, limit = 2) => ({
      ...own(),
      request: { ...ofTask(`${task}.`, Filter_Function.CONTAINS), limit, sortByFields: [{ key, direction }] },
    })
    const tasksIn = (groups: TaskGroup[]) => groups.map(({ taskName }) => taskName.slice(-1)).join('')
    const { ASCENDING, DESCENDING } = Sort_Direction
    expect(tasksIn(await snapshot(request('total_runs', DESCENDING)))).toBe('bc')
    expect(tasksIn(await snapshot(request('task_name', ASCENDING, 3)))).toBe('abc')
    const knownSortFields = [{ sortBy: { case: 'createdAt' as const, value: ASCENDING } }]
    expect(tasksIn(await snapshot({ ...request('task_name', DESCENDING, 3), knownSortFields }))).toBe('acb')
    await watchUntil(request('total_runs', DESCENDING, 1), async (groups, index) => {
      if (index === 0) for (let run = 0; run < 2; run++) await start(names[2])
      return index > 0 && groups.some(({ taskName, shouldDelete }) => shouldDelete && taskName === names[1])
    })
  })

  test('what cannot be is refused', async () => {
    const watch = (request: Request['request']) =>
      drain(runs.watchGroups({ scopeBy, startDate, request: request ?? {} }))
    await expectRefused(watch({ limit: 201 }), Code.InvalidArgument, '201')
    await expectRefused(watch({ token: 'x' }), Code.InvalidArgument, 'token')
    await expectRefused(watch({ sortByFields: [{ key: 'colour' }] }), Code.InvalidArgument, 'colour')
    const filters = [{ field: 'colour', function: Filter_Function.EQUAL, values: ['red'] }]
    await expectRefused(watch({ filters }), Code.InvalidArgument, 'colour')
    await expectRefused(drain(runs.watchGroups({ scopeBy })), Code.InvalidArgument, 'start_date')
    await expectRefused(drain(runs.watchGroups({ startDate })), Code.InvalidArgument, 'scope_by')
  })
})

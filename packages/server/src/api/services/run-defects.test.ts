import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { isTerminalPhase, literalTypes } from '@tern/core'
import { ActionPhase, Filter_Function } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { type ActionDetails, ErrorInfo_Kind, type WatchRunsRequest } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec, inputsOf, outputsOf, place, projectId } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'

// What the public backend gets wrong, and what is right instead. Its list has numbers; those of runs and of reads:
//
//   1 enqueueing fails unnoticed         "a run that is acknowledged is handed out"; run-create.test.ts
//   2 repeats start again                "a request that is repeated …"; run-create.test.ts
//   3 children cannot be repeated        "a child that is enqueued again …"
//   4 names collide across projects      "runs of one name …"
//   5 wrong codes                        "an unknown task, and none at all …"
//   6 timeouts, limits, caching          engine/*.test.ts, recovery and conditions beside this file
//   7 inputs of triggers are dropped     trigger-runs.test.ts
//   8 aborts                             "an abort …"
//   9 parents lose their attempt         "a parent keeps its attempt …"
//  10 errors are lost                    "every failed attempt …", "an action that timed out …"
//  11 failed traces succeed              "a trace that failed …"
//  12 stubs of watches                   "WatchRunDetails …", "WatchRuns …"
//  13 watches that do not end            "WatchActionDetails …"; parents come first: run-watches.test.ts
//  14 data of conditions                 "GetActionDataURIs …"
//  15, 16 events and their pages         cluster-events.test.ts
//  17 filters                            run-list-fields.test.ts
//  18 metadata of listed actions         "ListActions …"

let api: TestApi
let clients: Clients
let runs: Clients['runs']
let script: Script
beforeAll(async () => {
  api = await startApi()
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  runs = clients.runs
  script = new Script(api)
})
afterAll(() => api.close())

const { ABORTED, FAILED, PAUSED, QUEUED, RUNNING, SUCCEEDED, TIMED_OUT } = ActionPhase
const ada = { headers: { 'x-amzn-oidc-identity': 'ada' } }

const detailsOf = async (run: string, action = 'a0'): Promise<ActionDetails> =>
  (await runs.getActionDetails({ actionId: idOf(run, action) })).details!

async function startRunning(overrides: Parameters<typeof aRunRequest>[0] = {}): Promise<string> {
  const name = await startRun(runs, overrides)
  await script.begin(name, 'a0')
  return name
}

const attemptsOf = (run: string, action = 'a0') =>
  api.executor.attempts.filter((attempt) => attempt.run.run === run && attempt.action === action)

const aCondition = (run: string, name: string) => ({
  action: {
    actionId: idOf(run, name),
    parentActionName: 'a0',
    inputUri: `${api.storage.root}/${run}/${name}/inputs.pb`,
    spec: { case: 'condition' as const, value: { name: 'approval', type: literalTypes.boolean() } },
  },
})

const aTrace = (run: string, name: string, phase: ActionPhase) => ({
  action: {
    actionId: idOf(run, name),
    parentActionName: 'a0',
    inputUri: `${api.storage.root}/${run}/${name}/inputs.pb`,
    runOutputBase: `${api.storage.root}/${run}`,
    spec: { case: 'trace' as const, value: { name: 'fetch', phase, spec: { interface: {} } } },
  },
})

describe('runs', () => {
  test('a run that is acknowledged is handed out', async () => {
    const name = await startRun(runs)
    await api.executor.until(() => attemptsOf(name).length === 1)
    expect(attemptsOf(name)).toHaveLength(1)
  })

  test('a request that is repeated neither starts its task again nor touches what runs', async () => {
    const name = freshName()
    const request = aRunRequest({ id: { case: 'runId', value: { ...place, name } } })
    await runs.createRun(request)
    await script.begin(name, 'a0')
    const { run } = await runs.createRun(request)
    expect(run?.action?.status).toMatchObject({ phase: RUNNING, attempts: 1 })
    await script.succeed(name, 'a0', outputsOf(1))
    expect((await runs.createRun(request)).run?.action?.status?.phase).toBe(SUCCEEDED)
    expect(attemptsOf(name)).toHaveLength(1)
    const other = { ...request, inputWrapper: { case: 'inputs' as const, value: inputsOf(2) } }
    await expectRefused(runs.createRun(other), Code.AlreadyExists, name)
  })

  test('a child that is enqueued again is the same child', async () => {
    const run = await startRunning()
    const spec = { case: 'task' as const, value: { spec: aTaskSpec({ name: 'env.leaf' }) } }
    const place = `${api.storage.root}/${run}`
    const action = { actionId: idOf(run, 'c1'), parentActionName: 'a0', inputUri: place, runOutputBase: place, spec }
    await clients.actions.enqueue({ action })
    await clients.actions.enqueue({ action })
    await script.succeed(run, 'c1', outputsOf(1))
    await clients.actions.enqueue({ action })
    expect((await detailsOf(run, 'c1')).status).toMatchObject({ phase: SUCCEEDED, attempts: 1 })
    expect(attemptsOf(run, 'c1')).toHaveLength(1)
  })

  test('runs of one name in two domains have nothing to do with each other', async () => {
    const name = await startRun(runs)
    const there = { ...place, domain: 'staging', name }
    await runs.createRun(aRunRequest({ id: { case: 'runId', value: there } }))
    await runs.abortRun({ runId: { ...place, name } })
    const { details } = await runs.getRunDetails({ runId: there })
    expect(details?.action?.status?.phase).toBeLessThanOrEqual(RUNNING)
    expect((await detailsOf(name)).status?.phase).toBe(ABORTED)
  })

  test('an unknown task, and none at all, are told apart', async () => {
    const taskId = { case: 'taskId' as const, value: { ...place, name: 'env.nothing', version: 'v1' } }
    await expectRefused(runs.createRun(aRunRequest({ task: taskId })), Code.NotFound, 'env.nothing')
    await expectRefused(runs.createRun(aRunRequest({ task: { case: undefined } })), Code.InvalidArgument, 'task')
  })

  test('a parent keeps its attempt and its cache status when children come and go', async () => {
    const run = await startRunning()
    await script.enqueue(run, 'a0', 'c1')
    await script.succeed(run, 'c1', outputsOf(1))
    expect((await detailsOf(run)).status).toMatchObject({
      phase: RUNNING,
      attempts: 1,
      cacheStatus: CatalogCacheStatus.CACHE_DISABLED,
    })
  })

  test('every failed attempt has an end and an error, with its code', async () => {
    const spec = aTaskSpec()
    spec.taskTemplate!.metadata!.retries = { $typeName: 'flyteidl2.core.RetryStrategy', retries: 1 }
    const run = await startRun(runs, { task: { case: 'taskSpec', value: spec } })
    await script.fail(run, 'a0', { code: 'RowError', message: 'row 3' })
    expect((await detailsOf(run)).attempts[0]).toMatchObject({ phase: FAILED, attempt: 1 })
    await script.fail(run, 'a0', { code: 'RowError', message: 'row 4' }, 2)
    const { attempts, result } = await detailsOf(run)
    expect(attempts.map(({ errorInfo }) => errorInfo?.message)).toEqual(['RowError: row 3', 'RowError: row 4'])
    expect(attempts.map(({ endTime }) => endTime)).not.toContain(undefined)
    expect(result).toMatchObject({ case: 'errorInfo', value: { kind: ErrorInfo_Kind.USER } })
  })

  test('an action that timed out says so', async () => {
    const spec = aTaskSpec()
    spec.taskTemplate!.metadata!.timeout = durationFromMs(1)
    const run = await startRun(runs, { task: { case: 'taskSpec', value: spec } })
    await api.executor.until(() => attemptsOf(run).length === 1)
    const [{ handle } = { handle: 0 }] = attemptsOf(run)
    api.executor.host.dispatched(handle)
    api.executor.host.started(handle, Date.now())
    await drain(runs.watchActionDetails({ actionId: idOf(run) }))
    const { status, result } = await detailsOf(run)
    expect(status?.phase).toBe(TIMED_OUT)
    expect(result).toMatchObject({ case: 'errorInfo', value: { message: expect.stringMatching(/time/i) } })
  })

  test('a trace that failed is shown as failed', async () => {
    const run = await startRunning()
    await clients.actions.enqueue(aTrace(run, 't1', FAILED))
    const { status, result } = await detailsOf(run, 't1')
    expect(status?.phase).toBe(FAILED)
    expect(result.case).toBe('errorInfo')
  })
})

describe('an abort', () => {
  test('leaves what has ended as it ended', async () => {
    const [succeeded, failed] = [await startRun(runs), await startRun(runs)]
    await script.succeed(succeeded, 'a0', outputsOf(1))
    await script.fail(failed, 'a0', { code: 'RowError', message: 'bad', recoverable: false })
    for (const [name, phase] of [
      [succeeded, SUCCEEDED],
      [failed, FAILED],
    ] as const) {
      const before = await detailsOf(name)
      await runs.abortRun({ runId: { ...place, name }, reason: 'too late' })
      await runs.abortAction({ actionId: idOf(name), reason: 'too late' })
      expect(await detailsOf(name)).toEqual(before)
      expect(before.status?.phase).toBe(phase)
    }
  })

  test('is not overtaken by what still runs', async () => {
    const run = await startRun(runs)
    const { handle } = await script.begin(run, 'a0')
    await runs.abortRun({ runId: { ...place, name: run }, reason: 'enough' })
    api.executor.host.succeeded(handle, { bytes: outputsOf(1) }, 0, Date.now())
    api.executor.host.failed(handle, { code: 'x', message: 'x', kind: 'user', recoverable: true }, 0, Date.now())
    // Anything that comes after it is written after it.
    await startRun(runs)
    expect((await detailsOf(run)).status?.phase).toBe(ABORTED)
  })

  test('reaches all below, and says on each who asked for it, and why', async () => {
    const run = await startRunning()
    await script.enqueue(run, 'a0', 'c1')
    await script.begin(run, 'c1')
    await script.enqueue(run, 'c1', 'd1')
    await script.enqueue(run, 'a0', 'c2')
    await script.succeed(run, 'c2', outputsOf(1))
    await clients.actions.enqueue(aCondition(run, 'ask'))
    await runs.abortRun({ runId: { ...place, name: run }, reason: 'enough' }, ada)
    for (const action of ['a0', 'c1', 'd1', 'ask']) {
      const { status, result } = await detailsOf(run, action)
      expect(status?.phase).toBe(ABORTED)
      expect(result).toMatchObject({
        case: 'abortInfo',
        value: { reason: 'enough', abortedBy: { principal: { value: { id: { subject: 'ada' } } } } },
      })
    }
    expect((await detailsOf(run, 'c2')).status?.phase).toBe(SUCCEEDED)
  })

  test('keeps the first reason when it is repeated', async () => {
    const run = await startRunning()
    await runs.abortAction({ actionId: idOf(run), reason: 'first' }, ada)
    await runs.abortAction({ actionId: idOf(run), reason: 'second' })
    expect((await detailsOf(run)).result).toMatchObject({ case: 'abortInfo', value: { reason: 'first' } })
  })

  test('lets nothing in below what it ended', async () => {
    const run = await startRunning()
    await runs.abortRun({ runId: { ...place, name: run } })
    await expect(clients.actions.enqueue(aCondition(run, 'late'))).rejects.toThrow()
    const { actions } = await runs.listActions({ runId: { ...place, name: run } })
    expect(actions.map(({ id }) => id?.name)).toEqual(['a0'])
  })

  test('of what does not exist is not found', async () => {
    const run = await startRun(runs)
    await expectRefused(runs.abortAction({ actionId: idOf(run, 'c9') }), Code.NotFound, 'c9')
    await runs.abortRun({ runId: { ...place, name: run } })
    await expectRefused(runs.abortAction({ actionId: idOf(run, 'c9') }), Code.NotFound, 'c9')
    await expectRefused(runs.abortRun({ runId: { ...place, name: 'nothing' } }), Code.NotFound, 'nothing')
  })
})

describe('watches', () => {
  test('WatchRunDetails sends whole details, and ends with the run', async () => {
    const name = await startRun(runs)
    const phases: ActionPhase[] = []
    for await (const { details } of runs.watchRunDetails({ runId: { ...place, name } })) {
      phases.push(details?.action?.status?.phase ?? 0)
      expect(details?.runSpec).toBeDefined()
      expect(details?.action?.spec.case).toBe('task')
      if (phases.length === 1) await script.succeed(name, 'a0', outputsOf(1))
    }
    expect([phases[0], phases.at(-1)]).toEqual([QUEUED, SUCCEEDED])
  })

  const task = { ...place, name: 'env.main', version: 'v1' }
  type Target = NonNullable<Exclude<Parameters<Clients['runs']['watchRuns']>[0], WatchRunsRequest>['target']>
  test.each<[string, Target, boolean]>([
    ['org', { case: 'org', value: 'tern' }, true],
    ['cluster_id', { case: 'clusterId', value: { organization: 'tern', name: 'local' } }, true],
    ['project_id', { case: 'projectId', value: projectId }, false],
    ['task_id', { case: 'taskId', value: task }, true],
  ])('WatchRuns of %s tells what is created, and nothing else', async (_, target, hasOtherDomains) => {
    const stop = new AbortController()
    const seen = new Set<string>()
    const inDomain = (domain: string, name: string, value = aTaskSpec()) =>
      runs.createRun(
        aRunRequest({ id: { case: 'runId', value: { ...place, domain, name } }, task: { case: 'taskSpec', value } }),
      )
    const [other, otherTask, wanted] = [freshName('other'), freshName('task'), freshName('wanted')]
    let isFirst = true
    await startRun(runs)
    try {
      for await (const { runs: changed } of runs.watchRuns({ target }, { signal: stop.signal })) {
        for (const run of changed) seen.add(run.action?.id?.run?.name ?? '')
        if (isFirst) {
          isFirst = false
          await inDomain('staging', other)
          await inDomain('development', otherTask, aTaskSpec({ name: 'env.other' }))
          await inDomain('development', wanted)
        }
        if (seen.has(wanted)) stop.abort()
      }
    } catch (error) {
      expect(error).toMatchObject({ code: Code.Canceled })
    }
    expect(seen.has(other)).toBe(hasOtherDomains)
    expect(seen.has(otherTask)).toBe(target.case !== 'taskId')
  })

  test('WatchActionDetails ends for conditions, traces, and actions that never ran', async () => {
    const run = await startRunning()
    await clients.actions.enqueue(aTrace(run, 't1', SUCCEEDED))
    await clients.actions.enqueue(aCondition(run, 'ask'))
    await script.enqueue(run, 'a0', 'c1')
    async function phasesOf(action: string, onFirst: () => Promise<unknown>): Promise<(ActionPhase | undefined)[]> {
      const phases: (ActionPhase | undefined)[] = []
      for await (const { details } of runs.watchActionDetails({ actionId: idOf(run, action) })) {
        phases.push(details?.status?.phase)
        if (phases.length === 1) await onFirst()
      }
      return phases
    }
    expect(await phasesOf('t1', async () => {})).toEqual([SUCCEEDED])
    const yes = { value: { case: 'boolValue' as const, value: true } }
    const ofCondition = await phasesOf('ask', () => runs.signalEvent({ actionId: idOf(run, 'ask'), payload: yes }))
    expect(ofCondition).toEqual([PAUSED, SUCCEEDED])
    const ofQueued = await phasesOf('c1', () => runs.abortAction({ actionId: idOf(run, 'c1') }))
    expect([ofQueued[0], ofQueued.at(-1)]).toEqual([QUEUED, ABORTED])
    expect(ofQueued.filter((phase) => phase !== undefined && isTerminalPhase(phase))).toHaveLength(1)
  })
})

describe('reads', () => {
  test('GetActionDataURIs has the inputs of a condition that was signalled, and no outputs', async () => {
    const run = await startRunning()
    await clients.actions.enqueue(aCondition(run, 'ask'))
    const waiting = await runs.getActionDataURIs({ actionId: idOf(run, 'ask') })
    const yes = { value: { case: 'boolValue' as const, value: true } }
    await runs.signalEvent({ actionId: idOf(run, 'ask'), payload: yes })
    const signalled = await runs.getActionDataURIs({ actionId: idOf(run, 'ask') })
    expect(signalled).toEqual(waiting)
    expect(signalled.outputsUri).toBe('')
  })

  test('ListActions says of each action what it is', async () => {
    const run = await startRunning()
    await script.enqueue(run, 'a0', 'c1', 'fold')
    await clients.actions.enqueue(aTrace(run, 't1', SUCCEEDED))
    await clients.actions.enqueue(aCondition(run, 'ask'))
    const filters = [{ field: 'name', function: Filter_Function.NOT_EQUAL, values: ['a0'] }]
    const { actions } = await runs.listActions({ runId: { ...place, name: run }, request: { filters } })
    expect(actions.map(({ metadata }) => metadata)).toMatchObject([
      {
        parent: 'a0',
        group: 'fold',
        actionType: 1,
        // Misspelt on the wire.
        funtionName: 'env.leaf',
        environmentName: 'env',
        spec: { case: 'task', value: { shortName: 'leaf', taskType: 'typescript', id: { name: 'env.leaf' } } },
      },
      { parent: 'a0', actionType: 2, funtionName: 'fetch', spec: { case: 'trace', value: { name: 'fetch' } } },
      { parent: 'a0', actionType: 3, spec: { case: 'condition', value: { name: 'approval', type: {} } } },
    ])
  })
})

import { Code } from '@connectrpc/connect'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import {
  type ActionDetails,
  ActionType,
  type CreateTrackedRunRequestSchema,
  RunSource,
  type TrackedActionUpdateSchema,
} from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { anEvent, aRetriedTask } from '../test/external.ts'
import { aRunRequest, aTaskSpec, place, projectId } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const { QUEUED, RUNNING, SUCCEEDED, FAILED, ABORTED } = ActionPhase
type CreateInit = Extract<MessageInitShape<typeof CreateTrackedRunRequestSchema>, { $typeName?: never }>
type UpdateInit = Extract<MessageInitShape<typeof TrackedActionUpdateSchema>, { $typeName?: never }>

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

eachTransport((transport) => {
  let clients: Clients
  let tracked: Clients['tracked']

  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    tracked = clients.tracked
  })

  const runId = (name: string) => ({ ...place, name })
  const aCreate = (name: string, overrides: CreateInit = {}): CreateInit => ({
    id: { case: 'runId', value: runId(name) },
    task: { case: 'taskSpec', value: aTaskSpec() },
    ...overrides,
  })

  async function trackedRun(overrides: CreateInit = {}): Promise<string> {
    const name = freshName('tracked')
    await tracked.createRun(aCreate(name, overrides))
    return name
  }

  /** An update of an action, which has a task if it is a new one. */
  const anUpdate = (run: string, action: string, phase: ActionPhase, overrides: UpdateInit = {}): UpdateInit => ({
    event: anEvent(run, action, phase),
    ...(action === 'a0' ? {} : { spec: { case: 'task', value: { spec: aTaskSpec({ name: 'env.leaf' }) } } }),
    ...overrides,
  })

  const report = async (run: string, ...updates: ReadonlyArray<UpdateInit>) =>
    (await tracked.reportActions({ runId: runId(run), updates: [...updates] })).statuses
  const codes = async (run: string, ...updates: ReadonlyArray<UpdateInit>) =>
    (await report(run, ...updates)).map(({ code }) => code)

  async function details(run: string, action = 'a0'): Promise<ActionDetails> {
    const { details } = await tracked.getActionDetails({ actionId: idOf(run, action) })
    if (details === undefined) throw new Error('no details')
    return details
  }

  const phaseOf = async (run: string, action = 'a0') => (await details(run, action)).status?.phase

  describe('CreateRun', () => {
    test('makes a run that waits for its reports', async () => {
      const name = freshName('tracked')
      const request = aCreate(name, {
        labels: { team: 'a' },
        runSpec: { labels: { values: { team: 'b', other: 'c' } } },
        offloadedInputData: { uri: 's3://elsewhere/inputs', inputsHash: 'h' },
      })
      const { run } = await tracked.createRun(request)
      expect(run).toMatchObject({
        action: {
          id: { name: 'a0', run: { name } },
          metadata: { source: RunSource.TRACKED },
          status: { phase: QUEUED, attempts: 1 },
        },
        labels: { team: 'a', other: 'c' },
      })
      const uris = await clients.runs.getActionDataURIs({ actionId: idOf(name) })
      expect(uris.inputsUri).toBe('s3://elsewhere/inputs/inputs.pb')
      expect(api.executor.attempts.filter((attempt) => attempt.run.run === name)).toEqual([])
    })

    test('needs neither inputs nor a name, and takes a deployed task', async () => {
      const taskId = { org: 'tern', ...place, name: freshName('env.deployed'), version: 'v1' }
      const spec = aTaskSpec({ name: taskId.name })
      await clients.tasks.deployTask({ taskId, spec })
      const { run } = await tracked.createRun({
        id: { case: 'projectId', value: { organization: 'tern', ...projectId } },
        task: { case: 'taskId', value: taskId },
      })
      expect(run?.action?.metadata).toMatchObject({ funtionName: taskId.name })
    })

    test('again gives the same run, and a different one of that name is refused', async () => {
      const name = freshName('tracked')
      const [first, second] = [await tracked.createRun(aCreate(name)), await tracked.createRun(aCreate(name))]
      expect(second).toEqual(first)
      const other = aCreate(name, { labels: { a: 'b' } })
      await expectRefused(tracked.createRun(other), Code.AlreadyExists, `run ${name} exists already`)
      const executed = clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: runId(name) } }))
      await expectRefused(executed, Code.AlreadyExists, `run ${name} exists already`)
    })

    test('refuses what is not there', async () => {
      const noTask = { case: 'taskId', value: { org: 'tern', ...place, name: 'env.nothing', version: 'v1' } } as const
      await expectRefused(tracked.createRun(aCreate(freshName(), { task: noTask })), Code.NotFound, 'env.nothing')
      const elsewhere = { case: 'runId', value: { ...place, project: 'nowhere', name: freshName() } } as const
      await expectRefused(tracked.createRun(aCreate('', { id: elsewhere })), Code.NotFound, 'nowhere')
      await expectRefused(tracked.createRun(aCreate('Not A Name')), Code.InvalidArgument, 'run_id.name')
      await expectRefused(tracked.createRun({}), Code.InvalidArgument, 'id: exactly one field is required')
    })
  })

  describe('ReportActions', () => {
    test('adds actions and moves them on', async () => {
      const run = await trackedRun()
      const status = { phase: SUCCEEDED, attempts: 1, cacheStatus: CatalogCacheStatus.CACHE_HIT }
      const leaf = anUpdate(run, 'c1', RUNNING, { group: 'g' })
      expect(await codes(run, anUpdate(run, 'a0', RUNNING), leaf)).toEqual([0, 0])
      expect(await details(run, 'c1')).toMatchObject({
        metadata: { parent: 'a0', group: 'g', funtionName: 'env.leaf' },
        status: { phase: RUNNING },
      })
      expect(await codes(run, anUpdate(run, 'a0', SUCCEEDED), anUpdate(run, 'c1', SUCCEEDED, { status }))).toEqual([
        0, 0,
      ])
      expect((await details(run, 'c1')).status).toMatchObject(status)
      expect(await phaseOf(run)).toBe(SUCCEEDED)
    })

    test('takes parents and children in any order', async () => {
      const run = await trackedRun()
      const below = (name: string, parentName: string) => anUpdate(run, name, RUNNING, { parentName })
      expect(await codes(run, below('c3', 'c2'), below('c2', 'c1'), below('c1', ''))).toEqual([0, 0, 0])
      expect((await details(run, 'c3')).metadata?.parent).toBe('c2')
    })

    test('may be sent again, also after the end', async () => {
      const run = await trackedRun()
      const event = anEvent(run, 'c1', SUCCEEDED, { clusterEvents: [{ message: 'once' }] })
      const updates = [anUpdate(run, 'c1', SUCCEEDED, { event }), anUpdate(run, 'a0', SUCCEEDED)]
      for (let time = 0; time < 3; time++) expect(await codes(run, ...updates)).toEqual([0, 0])
      expect((await details(run, 'c1')).attempts[0]?.clusterEvents).toHaveLength(1)
    })

    test('takes traces, over or not', async () => {
      const run = await trackedRun()
      const trace = (name: string, phase: ActionPhase, value = {}) => ({
        event: anEvent(run, name, phase, phase === FAILED ? { errorInfo: { message: 'KeyError: x' } } : {}),
        spec: { case: 'trace', value: { name: 'step', spec: {}, ...value } } as const,
      })
      const times = { startTime: timestampFromMs(1_000), endTime: timestampFromMs(2_500) }
      const updates = [trace('t1', SUCCEEDED, times), trace('t2', RUNNING), trace('t3', FAILED)]
      expect(await codes(run, ...updates)).toEqual([0, 0, 0])
      expect(await details(run, 't1')).toMatchObject({
        metadata: { actionType: ActionType.TRACE },
        status: { phase: SUCCEEDED, durationMs: 1500n },
      })
      expect(await phaseOf(run, 't2')).toBe(RUNNING)
      expect(await codes(run, trace('t1', SUCCEEDED, times), trace('t2', SUCCEEDED))).toEqual([0, 0])
      expect(await phaseOf(run, 't2')).toBe(SUCCEEDED)
      expect((await details(run, 't3')).result).toMatchObject({ case: 'errorInfo', value: { message: 'KeyError: x' } })
    })

    test('lets the status say whether an action goes on after an attempt that failed', async () => {
      const run = await trackedRun({ task: { case: 'taskSpec', value: aRetriedTask(3) } })
      const failed = (attempt: number) =>
        anEvent(run, 'a0', FAILED, { attempt, errorInfo: { message: `no ${attempt}` } })
      await report(run, { event: failed(1), status: { phase: RUNNING, attempts: 1 } })
      expect(await phaseOf(run)).toBe(RUNNING)
      await report(run, { event: anEvent(run, 'a0', RUNNING, { attempt: 2 }) }, { event: failed(2) })
      expect((await details(run)).status).toMatchObject({ phase: RUNNING, attempts: 2 })
      await report(run, { event: failed(2), status: { phase: FAILED, attempts: 2 } })
      const ended = await details(run)
      expect(ended.status).toMatchObject({ phase: FAILED, attempts: 2 })
      expect(ended.result).toMatchObject({ case: 'errorInfo', value: { message: 'no 2' } })
      expect(ended.attempts.map(({ phase, errorInfo }) => [phase, errorInfo?.message])).toEqual([
        [FAILED, 'no 1'],
        [FAILED, 'no 2'],
      ])
    })

    test('answers each update for itself', async () => {
      const run = await trackedRun()
      const other = { event: anEvent('another', 'a0', RUNNING) }
      const statuses = await report(
        run,
        {},
        other,
        { event: anEvent(run, 'c9', RUNNING) },
        anUpdate(run, 'c2', RUNNING, { parentName: 'c9' }),
        anUpdate(run, 'c3', RUNNING, { event: anEvent(run, 'c3', RUNNING, { attempt: 0 }) }),
        anUpdate(run, 'c4', RUNNING, { parentName: 'c4' }),
        anUpdate(run, 'c5', RUNNING, { spec: { case: 'task', value: {} } }),
        anUpdate(run, 'c6', RUNNING, { status: { phase: 55 as ActionPhase, attempts: 1 } }),
        anUpdate(run, 'c1', RUNNING),
      )
      expect(statuses.map(({ code, message }) => [code, message])).toEqual([
        [Code.InvalidArgument, 'event: value is required'],
        [Code.InvalidArgument, 'event.id.run: must be the run of the request'],
        [Code.NotFound, expect.stringContaining('has no action c9. The first update of an action carries its task')],
        [Code.NotFound, expect.stringContaining('has no action c9 to be the parent of c2')],
        [Code.InvalidArgument, 'event.attempt: must be greater than 0'],
        [Code.InvalidArgument, 'parent_name: the action is below itself'],
        [Code.InvalidArgument, 'task.spec: value is required'],
        [Code.InvalidArgument, 'status.phase: value is not one of the known ones'],
        [0, ''],
      ])
      expect(await phaseOf(run, 'c1')).toBe(RUNNING)
    })

    test('tells whoever reports that the run was aborted, and why', async () => {
      const run = await trackedRun()
      await report(run, anUpdate(run, 'a0', RUNNING), anUpdate(run, 'c1', RUNNING))
      await tracked.abortRun({ runId: runId(run), reason: 'too dear' })
      const statuses = await report(
        run,
        anUpdate(run, 'a0', RUNNING),
        anUpdate(run, 'c1', SUCCEEDED),
        anUpdate(run, 'c2', RUNNING),
        anUpdate(run, 'c1', ABORTED),
      )
      expect(statuses.map(({ code }) => code)).toEqual([Code.Aborted, Code.Aborted, Code.Aborted, 0])
      expect(statuses[0]?.message).toBe('action a0 was aborted: too dear. Stop executing it, and what it called.')
      for (const action of ['a0', 'c1']) {
        expect((await details(run, action)).result).toMatchObject({ case: 'abortInfo', value: { reason: 'too dear' } })
      }
    })

    test('is refused for runs that are executed here, that are not there, and for too much at once', async () => {
      const executed = await startRun(clients.runs)
      await expectRefused(
        report(executed, anUpdate(executed, 'a0', SUCCEEDED)),
        Code.FailedPrecondition,
        'is executed by',
      )
      await expectRefused(
        report('no-run', anUpdate('no-run', 'a0', RUNNING)),
        Code.NotFound,
        'run no-run does not exist',
      )
      await expectRefused(tracked.reportActions({}), Code.InvalidArgument, 'run_id: value is required')
      const run = await trackedRun()
      const many = Array.from({ length: 1001 }, () => ({}))
      await expectRefused(report(run, ...many), Code.InvalidArgument, 'updates: at most 1000 at a time, not 1001')
      expect(await report(run)).toEqual([])
    })
  })

  describe('reads and watches', () => {
    test('show tracked runs as they show others', async () => {
      const run = await trackedRun()
      await report(run, anUpdate(run, 'c1', RUNNING))
      const { details } = await tracked.getRunDetails({ runId: runId(run) })
      expect(details).toEqual((await clients.runs.getRunDetails({ runId: runId(run) })).details)
      const { runs } = await tracked.listRuns({
        scopeBy: { case: 'projectId', value: { organization: 'tern', ...projectId } },
        request: { limit: 200 },
      })
      expect(runs.map(({ action }) => action?.id?.run?.name)).toContain(run)
      const { actions } = await tracked.listActions({ runId: runId(run), request: { limit: 10 } })
      expect(new Set(actions.map(({ id }) => id?.name))).toEqual(new Set(['a0', 'c1']))
    })

    test('follow reports to the end', async () => {
      const run = await trackedRun()
      const phases: (ActionPhase | undefined)[] = []
      const watching = (async () => {
        for await (const { details } of tracked.watchRunDetails({ runId: runId(run) })) {
          const phase = details?.action?.status?.phase
          phases.push(phase)
          if (phase === QUEUED) await report(run, anUpdate(run, 'a0', RUNNING))
          if (phase === RUNNING) await report(run, anUpdate(run, 'a0', SUCCEEDED))
        }
      })()
      await watching
      expect(new Set(phases)).toEqual(new Set([QUEUED, RUNNING, SUCCEEDED]))
      expect(phases.at(-1)).toBe(SUCCEEDED)
    })

    test('tell of what is reported without a change of phase', async () => {
      const run = await trackedRun()
      await report(run, anUpdate(run, 'a0', RUNNING))
      const messages: string[] = []
      for await (const { details } of tracked.watchActionDetails({ actionId: idOf(run) })) {
        messages.push(...(details?.attempts[0]?.clusterEvents ?? []).map(({ message }) => message))
        const done = messages.length > 0
        const event = anEvent(run, 'a0', RUNNING, { version: 1, clusterEvents: [{ message: 'pulled' }] })
        await report(run, done ? anUpdate(run, 'a0', SUCCEEDED) : { event })
      }
      expect(messages).toContain('pulled')
    })

    test('of actions and runs tell of reports', async () => {
      const run = await trackedRun()
      const actions = tracked.watchActions({ runId: runId(run) })[Symbol.asyncIterator]()
      expect((await actions.next()).value.enrichedActions).toHaveLength(1)
      await report(run, anUpdate(run, 'c1', RUNNING))
      const names = async () =>
        (await actions.next()).value.enrichedActions.map(
          ({ action }: { action?: { id?: { name: string } } }) => action?.id?.name,
        )
      expect(await names()).toContain('c1')
      await actions.return?.()
      const target = { case: 'projectId', value: { organization: 'tern', ...projectId } } as const
      for await (const { runs } of tracked.watchRuns({ target })) {
        if (runs.some(({ action }) => action?.id?.run?.name === run)) break
      }
    })

    test('refuse what is not there', async () => {
      const missing = (call: Promise<unknown>) => expectRefused(call, Code.NotFound, 'run no-run')
      const [noRun, noAction] = [{ runId: runId('no-run') }, { actionId: idOf('no-run') }]
      await missing(tracked.getRunDetails(noRun))
      await missing(drain(tracked.watchRunDetails(noRun)))
      await missing(tracked.getActionDetails(noAction))
      await missing(drain(tracked.watchActionDetails(noAction)))
      await missing(drain(tracked.watchActions(noRun)))
      await missing(tracked.abortRun(noRun))
      expect((await tracked.listActions(noRun)).actions).toEqual([])
    })

    test('refuse what does not say what it is about', async () => {
      const refused = (call: Promise<unknown>, message: string) => expectRefused(call, Code.InvalidArgument, message)
      await refused(tracked.getRunDetails({}), 'run_id: value is required')
      await refused(drain(tracked.watchRunDetails({})), 'run_id: value is required')
      await refused(tracked.getActionDetails({}), 'action_id: value is required')
      await refused(drain(tracked.watchActionDetails({})), 'action_id: value is required')
      await refused(tracked.listRuns({}), 'scope_by: exactly one field')
      await refused(drain(tracked.watchRuns({})), 'target: exactly one field')
      await refused(tracked.listActions({}), 'run_id: value is required')
      await refused(drain(tracked.watchActions({})), 'run_id: value is required')
      await refused(tracked.abortRun({}), 'run_id: value is required')
    })
  })
})

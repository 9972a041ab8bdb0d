import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { literalTypes, toInputs, typedInterface } from '@tern/core'
import { ActionPhase, Filter_Function } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import { ErrorInfo_Kind, ActionType, RunSource, type Run } from '@tern/idl/workflow'
import { RunSpecSchema, TaskSpecSource } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec, inputsOf, outputsOf, place, projectId } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
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
  let clients: Clients
  let runs: Clients['runs']
  let script: Script
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    runs = clients.runs
    script = new Script(api)
  })

  describe('CreateRun', () => {
    test('answers with the queued root action', async () => {
      const { run } = await runs.createRun(aRunRequest({ source: RunSource.CLI }))
      expect(nameOf(run)).toMatch(/^r[bcdfghjklmnpqrstvwxz2456789]{19}$/)
      expect(run?.action).toMatchObject({
        id: { run: { org: 'tern', ...place }, name: 'a0' },
        status: { phase: ActionPhase.QUEUED, attempts: 1 },
        metadata: {
          source: RunSource.CLI,
          actionType: ActionType.TASK,
          environmentName: 'env',
          funtionName: 'env.main',
          spec: {
            case: 'task',
            value: { id: { org: 'tern', name: 'env.main' }, taskType: 'typescript', shortName: 'main' },
          },
        },
      })
    })

    test('starts a deployed task', async () => {
      const taskId = { ...place, name: 'env.deployed', version: freshName() }
      await clients.tasks.deployTask({ taskId, spec: aTaskSpec() })
      const name = await startRun(runs, { task: { case: 'taskId', value: taskId } })
      const { details } = await runs.getRunDetails({ runId: { ...place, name } })
      expect(details?.runSpec?.taskSpecSource).toBe(TaskSpecSource.DEPLOYED)
      expect(details?.action?.metadata?.spec.value).toMatchObject({ id: { name: 'env.deployed' } })
    })

    test('repeated gives the same run; another request under its name is refused', async () => {
      const name = freshName()
      const request = aRunRequest({ id: { case: 'runId', value: { ...place, name } } })
      const first = await runs.createRun(request)
      const again = await runs.createRun(request)
      expect(again.run?.action?.status?.startTime).toEqual(first.run?.action?.status?.startTime)
      const other = { ...request, inputWrapper: { case: 'inputs' as const, value: inputsOf(2) } }
      await expectRefused(runs.createRun(other), Code.AlreadyExists, name)
    })

    test('completes inputs with defaults, in the order of the interface', async () => {
      const name = await startRun(runs)
      const { inputs } = await clients.data.getActionData({ actionId: idOf(name) })
      expect(inputs?.literals.map((literal) => literal.name)).toEqual(['label', 'x'])
    })

    test('takes offloaded inputs, and completes them as well', async () => {
      const uploaded = await clients.data.uploadInputs({
        id: { case: 'projectId', value: projectId },
        task: { case: 'taskSpec', value: aTaskSpec() },
        inputs: inputsOf(7),
      })
      const value = uploaded.offloadedInputData ?? {}
      const name = await startRun(runs, { inputWrapper: { case: 'offloadedInputData', value } })
      const { inputs } = await clients.data.getActionData({ actionId: idOf(name) })
      expect(inputs?.literals.map((literal) => literal.name)).toEqual(['label', 'x'])
    })

    test('keeps the run spec, and notes where the task comes from', async () => {
      const runSpec = create(RunSpecSchema, {
        labels: { values: { team: 'a' } },
        envs: { values: [{ key: 'K', value: 'v' }] },
      })
      const name = await startRun(runs, { runSpec })
      const { details } = await runs.getRunDetails({ runId: { ...place, name } })
      expect(details?.runSpec).toMatchObject({
        labels: { values: { team: 'a' } },
        envs: { values: [{ key: 'K', value: 'v' }] },
        taskSpecSource: TaskSpecSource.EPHEMERAL,
      })
      expect(details?.runSpec?.runStartTime).toBeDefined()
      const listed = await runs.listRuns({
        scopeBy: { case: 'projectId', value: projectId },
        request: { filters: [{ field: 'name', function: Filter_Function.EQUAL, values: [name] }] },
      })
      expect(listed.runs[0]?.labels).toEqual({ team: 'a' })
    })

    test('notes who started it', async () => {
      const payload = Buffer.from(JSON.stringify({ sub: 'ada', email: 'ada@example.com' })).toString('base64url')
      const headers = { authorization: `Bearer e30.${payload}.x` }
      const { run } = await runs.createRun(aRunRequest(), { headers })
      expect(run?.action?.metadata?.executedBy?.principal.value).toMatchObject({ id: { subject: 'ada' } })
    })

    test('refuses what cannot be', async () => {
      const runId = (name: string) => ({ case: 'runId' as const, value: { ...place, name } })
      await expectRefused(runs.createRun({ ...aRunRequest(), id: { case: undefined } }), Code.InvalidArgument, 'id')
      await expectRefused(runs.createRun({ ...aRunRequest(), task: { case: undefined } }), Code.InvalidArgument, 'task')
      await expectRefused(runs.createRun(aRunRequest({ id: runId('No-Good') })), Code.InvalidArgument, 'No-Good')
      await expectRefused(runs.createRun(aRunRequest({ id: runId('x'.repeat(31)) })), Code.InvalidArgument, '30')
      const nowhere = { case: 'projectId' as const, value: { ...projectId, name: 'nowhere' } }
      await expectRefused(runs.createRun(aRunRequest({ id: nowhere })), Code.NotFound, 'nowhere')
      const moon = { case: 'projectId' as const, value: { ...projectId, domain: 'moon' } }
      await expectRefused(runs.createRun(aRunRequest({ id: moon })), Code.NotFound, 'moon')
      const taskId = { case: 'taskId' as const, value: { ...place, name: 'env.nothing', version: 'v1' } }
      await expectRefused(runs.createRun(aRunRequest({ task: taskId })), Code.NotFound, 'env.nothing')
    })

    test('refuses inputs that do not fit, naming them', async () => {
      const give = (values: Record<string, unknown>, types: Parameters<typeof typedInterface>[0]['inputs']) =>
        aRunRequest({
          inputWrapper: { case: 'inputs', value: toInputs(values, typedInterface({ inputs: types ?? {} }).inputs) },
        })
      await expectRefused(runs.createRun(give({}, {})), Code.InvalidArgument, 'inputs.x')
      const string = literalTypes.string()
      await expectRefused(runs.createRun(give({ x: 'one' }, { x: string })), Code.InvalidArgument, 'inputs.x')
      const integer = literalTypes.integer()
      await expectRefused(
        runs.createRun(give({ x: 1, y: 2 }, { x: integer, y: integer })),
        Code.InvalidArgument,
        'inputs.y',
      )
      const offloaded = { uri: `${api.storage.root}/nothing/inputs.pb`, inputsHash: 'h' }
      const request = aRunRequest({ inputWrapper: { case: 'offloadedInputData', value: offloaded } })
      await expectRefused(runs.createRun(request), Code.InvalidArgument, 'does not exist')
    })

    test('refuses an archived project', async () => {
      const id = freshName()
      await clients.projects.createProject({ project: { id, state: 1 } })
      const archived = { case: 'projectId' as const, value: { ...projectId, name: id } }
      await expectRefused(runs.createRun(aRunRequest({ id: archived })), Code.FailedPrecondition, 'archived')
    })
  })

  describe('details', () => {
    test('of a run that succeeds are watched to its end', async () => {
      const name = await startRun(runs)
      const phases: ActionPhase[] = []
      for await (const { details } of runs.watchActionDetails({ actionId: idOf(name) })) {
        phases.push(details?.status?.phase ?? 0)
        if (phases.length === 1) await script.succeed(name, 'a0', outputsOf(3))
      }
      expect(phases[0]).toBeLessThan(ActionPhase.SUCCEEDED)
      expect(phases.at(-1)).toBe(ActionPhase.SUCCEEDED)
      const { details } = await runs.getActionDetails({ actionId: idOf(name) })
      expect(details?.status?.durationMs).toBeGreaterThanOrEqual(0n)
      expect(details?.attempts).toHaveLength(1)
      expect(details?.attempts[0]).toMatchObject({ attempt: 1, phase: ActionPhase.SUCCEEDED, logsAvailable: true })
      expect(details?.attempts[0]?.outputs?.outputUri).toMatch(/\/a0\/1\/outputs\.pb$/)
      const phasesOfAttempt = details?.attempts[0]?.phaseTransitions.map(({ phase }) => phase)
      expect(phasesOfAttempt).toEqual([
        ActionPhase.QUEUED,
        ActionPhase.INITIALIZING,
        ActionPhase.RUNNING,
        ActionPhase.SUCCEEDED,
      ])
      expect(details?.spec.case).toBe('task')
    })

    test('of a cached result say where it comes from', async () => {
      const spec = aTaskSpec({ version: freshName() })
      const metadata = spec.taskTemplate?.metadata
      if (metadata !== undefined) Object.assign(metadata, { discoverable: true, discoveryVersion: freshName() })
      const first = await startRun(runs, { task: { case: 'taskSpec', value: spec } })
      await script.succeed(first, 'a0', outputsOf(3))
      const second = await startRun(runs, { task: { case: 'taskSpec', value: spec } })
      await drain(runs.watchActionDetails({ actionId: idOf(second) }))
      const { details } = await runs.getActionDetails({ actionId: idOf(second) })
      expect(details?.status).toMatchObject({
        phase: ActionPhase.SUCCEEDED,
        cacheStatus: CatalogCacheStatus.CACHE_HIT,
      })
      expect(details?.attempts[0]?.cacheMetadata?.sourceActionAttempt).toMatchObject({
        actionId: { name: 'a0', run: { ...place, name: first } },
        attempt: 1,
      })
    })

    test('of a run are watched to its end', async () => {
      const name = await startRun(runs)
      await script.succeed(name, 'a0', outputsOf(3))
      let last = 0
      for await (const { details } of runs.watchRunDetails({ runId: { ...place, name } })) {
        last = details?.action?.status?.phase ?? 0
        expect(details?.runSpec).toBeDefined()
      }
      expect(last).toBe(ActionPhase.SUCCEEDED)
    })

    test('of a failed attempt are kept when the action is retried', async () => {
      const spec = aTaskSpec()
      if (spec.taskTemplate?.metadata)
        spec.taskTemplate.metadata.retries = { $typeName: 'flyteidl2.core.RetryStrategy', retries: 1 }
      const name = await startRun(runs, { task: { case: 'taskSpec', value: spec } })
      await script.fail(name, 'a0', {
        code: 'RowError',
        message: 'row 3 is bad',
        stack: 'RowError: row 3 is bad\n    at read (etl.ts:3:1)',
      })
      await script.fail(name, 'a0', { code: 'RowError', message: 'row 4 is bad' }, 2)
      const { details } = await runs.getActionDetails({ actionId: idOf(name) })
      expect(details?.status).toMatchObject({ phase: ActionPhase.FAILED, attempts: 2 })
      expect(details?.attempts.map(({ errorInfo }) => errorInfo?.message)).toEqual([
        'RowError: row 3 is bad\n    at read (etl.ts:3:1)',
        'RowError: row 4 is bad',
      ])
      expect(details?.attempts.map(({ endTime }) => endTime !== undefined)).toEqual([true, true])
      expect(details?.result).toMatchObject({
        case: 'errorInfo',
        value: { kind: ErrorInfo_Kind.USER, message: 'RowError: row 4 is bad' },
      })
    })

    test('of what does not exist are not found', async () => {
      await expectRefused(runs.getRunDetails({ runId: { ...place, name: 'nothing' } }), Code.NotFound, 'nothing')
      await expectRefused(runs.getActionDetails({ actionId: idOf('nothing') }), Code.NotFound, 'nothing')
      await expectRefused(runs.getActionDetails({ actionId: { name: 'a0' } }), Code.InvalidArgument, 'action_id.run')
      const watched = drain(runs.watchActionDetails({ actionId: idOf('nothing') }))
      await expectRefused(watched, Code.NotFound, 'nothing')
      const runId = { ...place, name: 'nothing' }
      await expectRefused(drain(runs.watchRunDetails({ runId })), Code.NotFound, 'nothing')
      await expectRefused(runs.getRunDetails({}), Code.InvalidArgument, 'run_id')
      await expectRefused(drain(runs.watchRunDetails({})), Code.InvalidArgument, 'run_id')
      await expectRefused(drain(runs.watchActionDetails({})), Code.InvalidArgument, 'action_id')
    })
  })

  describe('abort', () => {
    test('ends a run, with its reason', async () => {
      const name = await startRun(runs)
      await script.begin(name, 'a0')
      await runs.abortRun({ runId: { ...place, name }, reason: 'enough' })
      await runs.abortRun({ runId: { ...place, name } })
      const { details } = await runs.getActionDetails({ actionId: idOf(name) })
      expect(details?.status?.phase).toBe(ActionPhase.ABORTED)
      expect(details?.result).toMatchObject({ case: 'abortInfo', value: { reason: 'enough' } })
    })

    test('ends one action', async () => {
      const name = await startRun(runs)
      await script.begin(name, 'a0')
      await script.enqueue(name, 'a0', 'c1')
      await runs.abortAction({ actionId: idOf(name, 'c1'), reason: '' })
      const { actions } = await runs.listActions({ runId: { ...place, name } })
      expect(actions.map(({ id, status }) => [id?.name, status?.phase])).toEqual([
        ['a0', ActionPhase.RUNNING],
        ['c1', ActionPhase.ABORTED],
      ])
      const { details } = await runs.getActionDetails({ actionId: idOf(name, 'c1') })
      expect(details?.result.value).toMatchObject({ reason: 'User requested abort' })
    })

    test('of what does not exist is not found', async () => {
      await expectRefused(runs.abortRun({ runId: { ...place, name: 'nothing' } }), Code.NotFound, 'nothing')
      await expectRefused(runs.abortAction({ actionId: idOf('nothing') }), Code.NotFound, 'nothing')
      await expectRefused(runs.abortRun({}), Code.InvalidArgument, 'run_id')
      await expectRefused(runs.abortAction({}), Code.InvalidArgument, 'action_id')
    })
  })

  describe('GetActionDataURIs', () => {
    test('puts the data where it says', async () => {
      const name = await startRun(runs)
      const before = await runs.getActionDataURIs({ actionId: idOf(name) })
      expect(before.outputsUri).toBe('')
      await script.succeed(name, 'a0', outputsOf(3))
      const { inputsUri, outputsUri } = await runs.getActionDataURIs({ actionId: idOf(name) })
      expect(inputsUri).toBe(`${api.storage.root}/tern/flytesnacks/development/${name}/a0/inputs.pb`)
      expect(outputsUri).toBe(`${api.storage.root}/tern/flytesnacks/development/${name}/a0/1/outputs.pb`)
      expect(await api.storage.exists(inputsUri)).toBe(true)
      expect(Buffer.from(await api.storage.read(outputsUri))).toEqual(Buffer.from(outputsOf(3)))
      await expectRefused(runs.getActionDataURIs({ actionId: idOf('nothing') }), Code.NotFound, 'nothing')
      await expectRefused(runs.getActionDataURIs({}), Code.InvalidArgument, 'action_id')
    })
  })

  test('GetActionData has inputs, and outputs once there are some', async () => {
    const name = await startRun(runs)
    await script.succeed(name, 'a0', outputsOf(3))
    const { inputs, outputs } = await runs.getActionData({ actionId: idOf(name) })
    expect(inputs?.literals.map((literal) => literal.name).toSorted()).toEqual(['label', 'x'])
    expect(outputs?.literals.map((literal) => literal.name)).toEqual(['o0'])
    await expectRefused(runs.getActionData({ actionId: idOf('nothing') }), Code.NotFound, 'nothing')
    await expectRefused(runs.getActionData({}), Code.InvalidArgument, 'action_id')
  })
})

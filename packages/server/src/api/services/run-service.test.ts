import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { literalTypes, toInputs, typedInterface } from '@tern/core'
import { ActionPhase, Filter_Function, Sort_Direction } from '@tern/idl/common'
import { ErrorInfo_Kind, ActionType, RunSource, type Run } from '@tern/idl/workflow'
import { RunSpecSchema, TaskSpecSource } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { aRunRequest, aTaskSpec, inputsOf, outputsOf, place, projectId } from '../test/fixtures.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

let serial = 0
function freshName(): string {
  serial += 1
  return `run-${serial}`
}

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

  const refused = (promise: Promise<unknown>, code: Code, message: string) =>
    expect(promise).rejects.toMatchObject({ code, rawMessage: expect.stringContaining(message) })

  /** Starts a run under a name of its own. */
  async function start(overrides: Parameters<typeof aRunRequest>[0] = {}): Promise<string> {
    const name = freshName()
    await runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name } }, ...overrides }))
    return name
  }

  const root = (name: string) => ({ run: { ...place, name }, name: 'a0' })

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
      const name = await start({ task: { case: 'taskId', value: taskId } })
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
      await refused(runs.createRun(other), Code.AlreadyExists, name)
    })

    test('completes inputs with defaults, in the order of the interface', async () => {
      const name = await start()
      const { inputs } = await clients.data.getActionData({ actionId: root(name) })
      expect(inputs?.literals.map((literal) => literal.name)).toEqual(['label', 'x'])
    })

    test('takes offloaded inputs, and completes them as well', async () => {
      const uploaded = await clients.data.uploadInputs({
        id: { case: 'projectId', value: projectId },
        task: { case: 'taskSpec', value: aTaskSpec() },
        inputs: inputsOf(7),
      })
      const value = uploaded.offloadedInputData ?? {}
      const name = await start({ inputWrapper: { case: 'offloadedInputData', value } })
      const { inputs } = await clients.data.getActionData({ actionId: root(name) })
      expect(inputs?.literals.map((literal) => literal.name)).toEqual(['label', 'x'])
    })

    test('keeps the run spec, and notes where the task comes from', async () => {
      const runSpec = create(RunSpecSchema, {
        labels: { values: { team: 'a' } },
        envs: { values: [{ key: 'K', value: 'v' }] },
      })
      const name = await start({ runSpec })
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
      await refused(runs.createRun({ ...aRunRequest(), id: { case: undefined } }), Code.InvalidArgument, 'id')
      await refused(runs.createRun({ ...aRunRequest(), task: { case: undefined } }), Code.InvalidArgument, 'task')
      await refused(runs.createRun(aRunRequest({ id: runId('No-Good') })), Code.InvalidArgument, 'No-Good')
      await refused(runs.createRun(aRunRequest({ id: runId('x'.repeat(31)) })), Code.InvalidArgument, '30')
      const nowhere = { case: 'projectId' as const, value: { ...projectId, name: 'nowhere' } }
      await refused(runs.createRun(aRunRequest({ id: nowhere })), Code.NotFound, 'nowhere')
      const moon = { case: 'projectId' as const, value: { ...projectId, domain: 'moon' } }
      await refused(runs.createRun(aRunRequest({ id: moon })), Code.NotFound, 'moon')
      const taskId = { case: 'taskId' as const, value: { ...place, name: 'env.nothing', version: 'v1' } }
      await refused(runs.createRun(aRunRequest({ task: taskId })), Code.NotFound, 'env.nothing')
    })

    test('refuses inputs that do not fit, naming them', async () => {
      const give = (values: Record<string, unknown>, types: Parameters<typeof typedInterface>[0]['inputs']) =>
        aRunRequest({
          inputWrapper: { case: 'inputs', value: toInputs(values, typedInterface({ inputs: types ?? {} }).inputs) },
        })
      await refused(runs.createRun(give({}, {})), Code.InvalidArgument, 'inputs.x')
      const string = literalTypes.string()
      await refused(runs.createRun(give({ x: 'one' }, { x: string })), Code.InvalidArgument, 'inputs.x')
      const integer = literalTypes.integer()
      await refused(runs.createRun(give({ x: 1, y: 2 }, { x: integer, y: integer })), Code.InvalidArgument, 'inputs.y')
      const offloaded = { uri: `${api.storage.root}/nothing/inputs.pb`, inputsHash: 'h' }
      const request = aRunRequest({ inputWrapper: { case: 'offloadedInputData', value: offloaded } })
      await refused(runs.createRun(request), Code.InvalidArgument, 'does not exist')
    })

    test('refuses an archived project', async () => {
      const id = freshName()
      await clients.projects.createProject({ project: { id, state: 1 } })
      const archived = { case: 'projectId' as const, value: { ...projectId, name: id } }
      await refused(runs.createRun(aRunRequest({ id: archived })), Code.FailedPrecondition, 'archived')
    })
  })

  describe('details', () => {
    test('of a run that succeeds are watched to its end', async () => {
      const name = await start()
      const phases: ActionPhase[] = []
      for await (const { details } of runs.watchActionDetails({ actionId: root(name) })) {
        phases.push(details?.status?.phase ?? 0)
        if (phases.length === 1) await script.succeed(name, 'a0', outputsOf(3))
      }
      expect(phases[0]).toBeLessThan(ActionPhase.SUCCEEDED)
      expect(phases.at(-1)).toBe(ActionPhase.SUCCEEDED)
      const { details } = await runs.getActionDetails({ actionId: root(name) })
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

    test('of a run are watched to its end', async () => {
      const name = await start()
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
      const name = await start({ task: { case: 'taskSpec', value: spec } })
      await script.fail(name, 'a0', {
        code: 'RowError',
        message: 'row 3 is bad',
        stack: 'RowError: row 3 is bad\n    at read (etl.ts:3:1)',
      })
      await script.fail(name, 'a0', { code: 'RowError', message: 'row 4 is bad' }, 2)
      const { details } = await runs.getActionDetails({ actionId: root(name) })
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
      await refused(runs.getRunDetails({ runId: { ...place, name: 'nothing' } }), Code.NotFound, 'nothing')
      await refused(runs.getActionDetails({ actionId: root('nothing') }), Code.NotFound, 'nothing')
      await refused(runs.getActionDetails({ actionId: { name: 'a0' } }), Code.InvalidArgument, 'action_id.run')
      const watched = (async () => {
        for await (const _ of runs.watchActionDetails({ actionId: root('nothing') }));
      })()
      await refused(watched, Code.NotFound, 'nothing')
    })
  })

  describe('abort', () => {
    test('ends a run, with its reason', async () => {
      const name = await start()
      await script.begin(name, 'a0')
      await runs.abortRun({ runId: { ...place, name }, reason: 'enough' })
      await runs.abortRun({ runId: { ...place, name } })
      const { details } = await runs.getActionDetails({ actionId: root(name) })
      expect(details?.status?.phase).toBe(ActionPhase.ABORTED)
      expect(details?.result).toMatchObject({ case: 'abortInfo', value: { reason: 'enough' } })
    })

    test('ends one action', async () => {
      const name = await start()
      await script.begin(name, 'a0')
      await script.enqueue(name, 'a0', 'c1')
      await runs.abortAction({ actionId: { run: { ...place, name }, name: 'c1' }, reason: '' })
      const { actions } = await runs.listActions({ runId: { ...place, name } })
      expect(actions.map(({ id, status }) => [id?.name, status?.phase])).toEqual([
        ['a0', ActionPhase.RUNNING],
        ['c1', ActionPhase.ABORTED],
      ])
      const { details } = await runs.getActionDetails({ actionId: { run: { ...place, name }, name: 'c1' } })
      expect(details?.result.value).toMatchObject({ reason: 'User requested abort' })
    })

    test('of what does not exist is not found', async () => {
      await refused(runs.abortRun({ runId: { ...place, name: 'nothing' } }), Code.NotFound, 'nothing')
      await refused(runs.abortAction({ actionId: root('nothing') }), Code.NotFound, 'nothing')
      await refused(runs.abortRun({}), Code.InvalidArgument, 'run_id')
    })
  })

  describe('lists', () => {
    const scope = { case: 'projectId', value: projectId } as const

    test('of runs are paged, in the order asked for', async () => {
      const names = [await start(), await start(), await start()]
      const filters = [{ field: 'name', function: Filter_Function.VALUE_IN, values: names }]
      const sortBy = { key: 'created_at', direction: Sort_Direction.ASCENDING }
      const first = await runs.listRuns({ scopeBy: scope, request: { limit: 2, filters, sortBy } })
      const request = { limit: 2, filters, sortBy, token: first.token }
      const second = await runs.listRuns({ scopeBy: scope, request })
      expect([...first.runs, ...second.runs].map(nameOf)).toEqual(names)
      expect(second.token).toBe('')
    })

    test('of runs have those that have not ended first', async () => {
      const [ended, live] = [await start(), await start()]
      await script.succeed(ended, 'a0', outputsOf(1))
      const filters = [{ field: 'name', function: Filter_Function.VALUE_IN, values: [ended, live] }]
      const { runs: found } = await runs.listRuns({ scopeBy: scope, request: { filters } })
      expect(found.map(nameOf)).toEqual([live, ended])
    })

    test('of runs are filtered as clients do', async () => {
      const name = await start()
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
      const name = await start({ runSpec: create(RunSpecSchema, { labels }) })
      const other = await start()
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
      const name = await start()
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
      const name = await start()
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
      await refused(list({ limit: 201 }), Code.InvalidArgument, '201')
      await refused(list({ token: 'nonsense' }), Code.InvalidArgument, 'nonsense')
      await refused(list(filter('colour', Filter_Function.EQUAL, 'red')), Code.InvalidArgument, 'colour')
      await refused(list(filter('phase', Filter_Function.EQUAL)), Code.InvalidArgument, 'no value')
      await refused(list(filter('phase', Filter_Function.EQUAL, 'red')), Code.InvalidArgument, 'red')
      await refused(list(filter('phase', Filter_Function.EQUAL, '1', '2')), Code.InvalidArgument, '2 values')
      await refused(list(filter('phase', Filter_Function.VALUE_NOT_IN, '1')), Code.InvalidArgument, 'VALUE_NOT_IN')
      await refused(list(filter('created_at', Filter_Function.EQUAL, 'noon')), Code.InvalidArgument, 'noon')
      await refused(list({ sortBy: { key: 'colour' } }), Code.InvalidArgument, 'colour')
      await refused(runs.listRuns({}), Code.InvalidArgument, 'scope_by')
    })
  })

  describe('WatchRuns', () => {
    test('tells what there is, then what is created and changes', async () => {
      const before = await start()
      const stop = new AbortController()
      const seen = new Map<string, ActionPhase>()
      let created = ''
      const target = { case: 'projectId', value: projectId } as const
      try {
        for await (const { runs: changed } of runs.watchRuns({ target }, { signal: stop.signal })) {
          for (const run of changed) seen.set(nameOf(run), run.action?.status?.phase ?? 0)
          if (created === '') {
            expect(seen.has(before)).toBe(true)
            created = await start()
            await script.succeed(created, 'a0', outputsOf(1))
          }
          if (seen.get(created) === ActionPhase.SUCCEEDED) stop.abort()
        }
      } catch (error) {
        expect(error).toMatchObject({ code: Code.Canceled })
      }
      expect(seen.get(created)).toBe(ActionPhase.SUCCEEDED)
    })
  })

  describe('WatchActions', () => {
    test('tells a tree with its counts, then what changes', async () => {
      const name = await start()
      await script.enqueue(name, 'a0', 'c1')
      await script.begin(name, 'c1')
      const stop = new AbortController()
      const tree = new Map<string, { phase: ActionPhase; counts: Record<number, number> }>()
      let asked = false
      try {
        for await (const { enrichedActions } of runs.watchActions(
          { runId: { ...place, name } },
          { signal: stop.signal },
        )) {
          for (const { action, childrenPhaseCounts, meetsFilter } of enrichedActions) {
            expect(meetsFilter).toBe(true)
            tree.set(action?.id?.name ?? '', { phase: action?.status?.phase ?? 0, counts: childrenPhaseCounts })
          }
          if (!asked) {
            asked = true
            await script.enqueue(name, 'c1', 'c2')
            await script.succeed(name, 'c2', outputsOf(1))
          }
          if (tree.get('a0')?.counts[ActionPhase.SUCCEEDED] === 1) stop.abort()
        }
      } catch (error) {
        expect(error).toMatchObject({ code: Code.Canceled })
      }
      expect(tree.get('c2')?.phase).toBe(ActionPhase.SUCCEEDED)
      expect(tree.get('c1')?.counts[ActionPhase.SUCCEEDED]).toBe(1)
      expect(tree.get('a0')?.counts).toMatchObject({ [ActionPhase.RUNNING]: 1, [ActionPhase.SUCCEEDED]: 1 })
    })

    test('refuses other filters and unknown runs', async () => {
      const watch = async (name: string, field: string) => {
        const filter = [{ field, function: Filter_Function.EQUAL, values: ['x'] }]
        for await (const _ of runs.watchActions({ runId: { ...place, name }, filter: field === '' ? [] : filter }));
      }
      await refused(watch('nothing', ''), Code.NotFound, 'nothing')
      await refused(watch(await start(), 'COLOUR'), Code.InvalidArgument, 'COLOUR')
    })
  })

  describe('GetActionDataURIs', () => {
    test('puts the data where it says', async () => {
      const name = await start()
      const before = await runs.getActionDataURIs({ actionId: root(name) })
      expect(before.outputsUri).toBe('')
      await script.succeed(name, 'a0', outputsOf(3))
      const { inputsUri, outputsUri } = await runs.getActionDataURIs({ actionId: root(name) })
      expect(inputsUri).toBe(`${api.storage.root}/tern/flytesnacks/development/${name}/a0/inputs.pb`)
      expect(outputsUri).toBe(`${api.storage.root}/tern/flytesnacks/development/${name}/a0/1/outputs.pb`)
      expect(await api.storage.exists(inputsUri)).toBe(true)
      expect(Buffer.from(await api.storage.read(outputsUri))).toEqual(Buffer.from(outputsOf(3)))
      await refused(runs.getActionDataURIs({ actionId: root('nothing') }), Code.NotFound, 'nothing')
    })
  })

  test('what is not there yet says so', async () => {
    await refused(runs.getActionData({ actionId: root('x') }), Code.Unimplemented, 'GetActionData')
    await refused(
      runs.signalEvent({ actionId: root('x'), payload: { value: { case: 'boolValue', value: true } } }),
      Code.Unimplemented,
      'SignalEvent',
    )
    const watched = (async () => {
      const target = { scopeBy: { case: 'projectId', value: projectId }, startDate: {} } as const
      for await (const _ of runs.watchGroups(target));
    })()
    await refused(watched, Code.Unimplemented, 'WatchGroups')
  })
})

import { Code } from '@connectrpc/connect'
import { ActionPhase } from '@tern/idl/common'
import type { WatchResponse } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { aRecord } from '../test/external.ts'
import { aTaskSpec, place } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const { QUEUED, RUNNING, SUCCEEDED, FAILED, ABORTED, TIMED_OUT, RECOVERED } = ActionPhase

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

eachTransport((transport) => {
  let clients: Clients

  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
  })

  async function phaseOf(run: string, action = 'a0') {
    return (await clients.runs.getActionDetails({ actionId: idOf(run, action) })).details?.status?.phase
  }

  /** A run whose root is under way. */
  async function startedRun(): Promise<string> {
    const run = await startRun(clients.runs)
    await new Script(api).begin(run, 'a0')
    return run
  }

  describe('QueueService', () => {
    const enqueue = (run: string, action: string, overrides = {}) =>
      clients.queue.enqueueAction({
        actionId: idOf(run, action),
        parentActionName: 'a0',
        inputUri: 's3://b/inputs.pb',
        runOutputBase: 's3://b/out',
        group: 'g',
        spec: { case: 'task', value: { spec: aTaskSpec({ name: 'env.leaf' }) } },
        ...overrides,
      })

    test('enqueues children, as often as it is asked', async () => {
      const run = await startedRun()
      await enqueue(run, 'c1')
      await enqueue(run, 'c1')
      await api.executor.until(() => api.executor.attempts.some((a) => a.run.run === run && a.action === 'c1'))
      const { details } = await clients.runs.getActionDetails({ actionId: idOf(run, 'c1') })
      expect(details?.metadata).toMatchObject({ parent: 'a0', group: 'g', funtionName: 'env.leaf' })
    })

    test('refuses what cannot be enqueued', async () => {
      const run = await startedRun()
      const noParent = enqueue(run, 'c1', { parentActionName: undefined })
      await expectRefused(noParent, Code.InvalidArgument, 'parent_action_name: value is required')
      await expectRefused(enqueue(run, 'c1', { spec: undefined }), Code.InvalidArgument, 'spec: exactly one field')
      await expectRefused(enqueue(run, 'c1', { inputUri: '' }), Code.InvalidArgument, 'input_uri')
      await expectRefused(enqueue(run, 'c1', { parentActionName: 'c9' }), Code.NotFound, 'no action c9')
      await expectRefused(enqueue('no-run', 'c1'), Code.NotFound, 'run no-run does not exist')
    })

    test('aborts an action or a run, as often as it is asked', async () => {
      const run = await startedRun()
      await enqueue(run, 'c1')
      await clients.queue.abortQueuedAction({ actionId: idOf(run, 'c1'), reason: 'enough' })
      await clients.queue.abortQueuedAction({ actionId: idOf(run, 'c1') })
      expect([await phaseOf(run, 'c1'), await phaseOf(run)]).toEqual([ABORTED, RUNNING])
      const runId = { ...place, name: run }
      await clients.queue.abortQueuedRun({ runId })
      await clients.queue.abortQueuedRun({ runId })
      const { details } = await clients.runs.getActionDetails({ actionId: idOf(run) })
      expect(details?.result).toMatchObject({ case: 'abortInfo', value: { reason: 'User requested abort' } })
      await expectRefused(enqueue(run, 'c2'), Code.Aborted, 'has ended')
    })

    test('refuses to abort what is not there', async () => {
      const runId = { ...place, name: 'no-run' }
      await expectRefused(clients.queue.abortQueuedRun({ runId }), Code.NotFound, 'run no-run does not exist')
      await expectRefused(clients.queue.abortQueuedRun({}), Code.InvalidArgument, 'run_id: value is required')
      const actionId = idOf(await startedRun(), 'c9')
      await expectRefused(clients.queue.abortQueuedAction({ actionId }), Code.NotFound, 'has no action c9')
      await expectRefused(clients.queue.abortQueuedAction({}), Code.InvalidArgument, 'action_id: value is required')
    })
  })

  describe('StateService', () => {
    async function externalRun(): Promise<string> {
      const run = freshName('ext')
      await clients.internal.recordAction(aRecord(run, 'a0'))
      return run
    }

    const put = (run: string, state: unknown) =>
      clients.states.put({ actionId: idOf(run), state: typeof state === 'string' ? state : JSON.stringify(state) })
    const get = (run: string) => clients.states.get({ actionId: idOf(run) })

    test('keeps the state of an action, the last that was put', async () => {
      const run = await startedRun()
      expect(await get(run)).toMatchObject({ state: '', status: { code: 0 } })
      const answer = await put(run, { phase: 5, custom: { deep: [1, 'é'] } })
      expect(answer).toMatchObject({ actionId: { name: 'a0' }, status: { code: 0, message: '' } })
      await put(run, '{"phase": 2 }')
      expect(await get(run)).toMatchObject({ actionId: { name: 'a0' }, state: '{"phase": 2 }', status: { code: 0 } })
      expect(await phaseOf(run)).toBe(RUNNING)
    })

    test.each([
      [{ phase: 1 }, QUEUED],
      [{ phase: 3 }, RUNNING],
      [{ phase: 5 }, SUCCEEDED],
      [{ phase: 9 }, TIMED_OUT],
      [{ phase: 11 }, RECOVERED],
      [{ phase: 'PHASE_RUNNING' }, RUNNING],
      [{ phase: 'Executing' }, RUNNING],
      [{ phase: 'ACTION_PHASE_SUCCEEDED' }, SUCCEEDED],
      [{ phase: 'Failed' }, FAILED],
      [{ phase: 0 }, QUEUED],
      [{ phase: 'whatever' }, QUEUED],
      [{}, QUEUED],
    ])('of an external action takes the phase from %o', async (state, phase) => {
      const run = await externalRun()
      expect((await put(run, state)).status?.code).toBe(0)
      expect(await phaseOf(run)).toBe(phase)
    })

    test('takes the error of a failure', async () => {
      const run = await externalRun()
      await put(run, { phase: 6, error: { code: 'OOMKilled', message: 'too much', kind: 'SYSTEM' } })
      const { details } = await clients.runs.getActionDetails({ actionId: idOf(run) })
      expect(details?.result).toMatchObject({ case: 'errorInfo', value: { message: 'OOMKilled: too much', kind: 2 } })
    })

    test('answers what is wrong', async () => {
      const run = await externalRun()
      const invalid = (message: string) => ({ code: Code.InvalidArgument, message: expect.stringContaining(message) })
      expect((await put(run, '')).status).toMatchObject(invalid('state: '))
      expect((await put(run, 'not json')).status).toMatchObject(invalid('state: must be the JSON of an object'))
      expect((await put(run, '[1]')).status).toMatchObject(invalid('state: must be the JSON of an object'))
      const large = JSON.stringify({ x: 'x'.repeat(1024 * 1024) })
      expect((await put(run, large)).status).toMatchObject(invalid('1048576 are allowed'))
      expect((await clients.states.put({ state: '{}' })).status).toMatchObject(invalid('action_id: value is required'))
      expect((await clients.states.get({})).status).toMatchObject(invalid('action_id: value is required'))
      expect((await put('no-run', {})).status).toMatchObject({ code: Code.NotFound })
      expect((await get('no-run')).status).toMatchObject({ code: Code.NotFound })
      expect((await get(run)).state).toBe('')
    })

    test('tells a parent of its children: those there are, a sentinel, and what changes', async () => {
      const run = await startedRun()
      const script = new Script(api)
      await script.enqueue(run, 'a0', 'c1')
      const filter = { case: 'parentActionId', value: idOf(run) } as const
      const watching = clients.states.watch({ filter })[Symbol.asyncIterator]()
      const next = async () => ((await watching.next()).value as WatchResponse).message
      expect(await next()).toMatchObject({ case: 'actionUpdate', value: { actionId: { name: 'c1' } } })
      expect(await next()).toMatchObject({ case: 'controlMessage', value: { sentinel: true } })
      await script.succeed(run, 'c1')
      for (let message = await next(); ; message = await next()) {
        expect(message).toMatchObject({ case: 'actionUpdate', value: { actionId: { name: 'c1' } } })
        if (message.case === 'actionUpdate' && message.value.phase === SUCCEEDED) break
      }
      await watching.return?.()
      await expectRefused(drain(clients.states.watch({})), Code.InvalidArgument, 'filter: exactly one field')
    })
  })
})

import { create } from '@bufbuild/protobuf'
import { durationFromMs, timestampFromMs as time } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus, SimpleType } from '@tern/idl/core'
import {
  type ActionDetails,
  ActionType,
  type ActionUpdate,
  ErrorInfo_Kind,
  RecordActionStreamRequestSchema,
} from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { anEvent, aRecord, aRetriedTask } from '../test/external.ts'
import { aTaskSpec, place } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const { QUEUED, WAITING_FOR_RESOURCES, INITIALIZING, RUNNING, SUCCEEDED, FAILED, ABORTED, PAUSED, TIMED_OUT } =
  ActionPhase

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

eachTransport((transport) => {
  let clients: Clients
  let internal: Clients['internal']

  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    internal = clients.internal
  })

  /** A run that nobody here executes. */
  async function externalRun(spec = aTaskSpec()): Promise<string> {
    const run = freshName('ext')
    const { status } = await internal.recordAction(aRecord(run, 'a0', { spec: { case: 'task', value: { spec } } }))
    expect(status?.code).toBe(0)
    return run
  }

  async function details(run: string, action = 'a0'): Promise<ActionDetails> {
    const { details } = await clients.runs.getActionDetails({ actionId: idOf(run, action) })
    if (details === undefined) throw new Error('no details')
    return details
  }

  const phaseOf = async (run: string, action = 'a0') => (await details(run, action)).status?.phase
  const record = async (...events: ReadonlyArray<ReturnType<typeof anEvent>>) =>
    (await internal.recordActionEvents({ events: [...events] })).status
  const update = async (run: string, action: string, status: object, rest = {}) =>
    (await internal.updateActionStatus({ actionId: idOf(run, action), status: { attempts: 1, ...status }, ...rest }))
      .status

  describe('RecordAction', () => {
    test('adds a run and its actions, which nobody here executes', async () => {
      const run = await externalRun()
      const answer = await internal.recordAction(aRecord(run, 'c1', { group: 'g', inputUri: 's3://b/in' }))
      expect(answer).toMatchObject({ actionId: { name: 'c1', run: { name: run } }, status: { code: 0, message: '' } })
      expect(await details(run, 'c1')).toMatchObject({
        metadata: { parent: 'a0', group: 'g', actionType: ActionType.TASK, funtionName: 'env.main' },
        status: { phase: QUEUED, attempts: 1 },
      })
      const uris = await clients.runs.getActionDataURIs({ actionId: idOf(run, 'c1') })
      expect(uris.inputsUri).toBe('s3://b/in/inputs.pb')
      expect(api.executor.attempts.filter((attempt) => attempt.run.run === run)).toEqual([])
    })

    test('of an action that is there changes nothing', async () => {
      const run = await startRun(clients.runs)
      const answers = [aRecord(run, 'a0'), aRecord(run, 'a0', { parent: 'nowhere' })].map((request) =>
        internal.recordAction(request),
      )
      for (const { status } of await Promise.all(answers)) expect(status?.code).toBe(0)
      expect((await details(run)).metadata).toMatchObject({ parent: '' })
      const again = await externalRun()
      await internal.recordAction(aRecord(again, 'c1'))
      await update(again, 'a0', { phase: SUCCEEDED })
      expect((await internal.recordAction(aRecord(again, 'c1'))).status?.code).toBe(0)
    })

    test('of a trace tells how it went', async () => {
      const run = await externalRun()
      const trace = { name: 'step', spec: {}, startTime: time(1_000), endTime: time(3_000) }
      const outputs = { outputUri: 's3://b/trace.pb' }
      await internal.recordAction(aRecord(run, 't1', { spec: { case: 'trace', value: { ...trace, outputs } } }))
      const failed = { case: 'trace', value: { ...trace, phase: FAILED } } as const
      await internal.recordAction(aRecord(run, 't2', { spec: failed }))
      expect(await details(run, 't1')).toMatchObject({
        metadata: { actionType: ActionType.TRACE, spec: { case: 'trace', value: { name: 'step' } } },
        status: { phase: SUCCEEDED, durationMs: 2000n },
      })
      expect(await phaseOf(run, 't2')).toBe(FAILED)
    })

    test('that is refused is not remembered: it may come again when it can be', async () => {
      const run = await externalRun()
      const orphan = aRecord(run, 'c2', { parent: 'c1' })
      expect((await internal.recordAction(orphan)).status).toMatchObject({ code: Code.NotFound })
      await internal.recordAction(aRecord(run, 'c1'))
      expect((await internal.recordAction(orphan)).status).toMatchObject({ code: 0 })
      expect((await details(run, 'c2')).metadata?.parent).toBe('c1')
    })

    test.each([
      ['without an action', { actionId: undefined }, Code.InvalidArgument, 'action_id: value is required'],
      ['without a spec', { spec: { case: undefined } }, Code.InvalidArgument, 'spec: one of task, trace and condition'],
      [
        'of a task without a spec',
        { spec: { case: 'task', value: {} } },
        Code.InvalidArgument,
        'spec: value is required',
      ],
      ['of a child without a parent', { parent: '' }, Code.InvalidArgument, 'parent: value is required'],
      ['in an unknown run', { actionId: idOf('no-run', 'c1') }, Code.NotFound, 'run no-run does not exist'],
      ['below an unknown parent', { parent: 'c9' }, Code.NotFound, 'has no action c9'],
    ] as const)('%s is answered with what is wrong', async (_, overrides, code, message) => {
      const run = await externalRun()
      const { status } = await internal.recordAction(aRecord(run, 'c1', overrides as object))
      expect(status).toMatchObject({ code, message: expect.stringContaining(message) })
    })

    test('of a root in an unknown project, or that is no task, is refused', async () => {
      const elsewhere = { run: { ...place, project: 'nowhere', name: freshName() }, name: 'a0' }
      const { status } = await internal.recordAction(aRecord('', 'a0', { actionId: elsewhere }))
      expect(status).toMatchObject({ code: Code.NotFound, message: expect.stringContaining('nowhere') })
      const trace = { case: 'trace', value: { name: 'step', spec: {} } } as const
      const refused = await internal.recordAction(aRecord(freshName(), 'a0', { spec: trace }))
      expect(refused.status).toMatchObject({ code: Code.InvalidArgument })
    })

    test('below a parent that has ended is aborted', async () => {
      const run = await externalRun()
      await update(run, 'a0', { phase: SUCCEEDED })
      expect((await internal.recordAction(aRecord(run, 'c1'))).status?.code).toBe(Code.Aborted)
    })
  })

  describe('UpdateActionStatus', () => {
    test('moves an action on, never back', async () => {
      const run = await externalRun()
      for (const phase of [INITIALIZING, RUNNING, QUEUED]) {
        expect((await update(run, 'a0', { phase }))?.code).toBe(0)
      }
      expect(await phaseOf(run)).toBe(RUNNING)
      await update(run, 'a0', { phase: SUCCEEDED, cacheStatus: CatalogCacheStatus.CACHE_POPULATED })
      // The public backend lets these through, and a run ends twice.
      for (const phase of [RUNNING, FAILED, TIMED_OUT, PAUSED]) await update(run, 'a0', { phase, attempts: 2 })
      expect((await details(run)).status).toMatchObject({
        phase: SUCCEEDED,
        attempts: 1,
        cacheStatus: CatalogCacheStatus.CACHE_POPULATED,
      })
    })

    // The public backend's promotion of a parent writes zeros over what is known of it.
    test('without attempts says nothing of attempts and cache', async () => {
      const run = await externalRun()
      await record(anEvent(run, 'a0', RUNNING, { attempt: 2, cacheStatus: CatalogCacheStatus.CACHE_MISS }))
      expect((await update(run, 'a0', { phase: RUNNING, attempts: 0 }))?.code).toBe(0)
      const expected = { phase: RUNNING, attempts: 2, cacheStatus: CatalogCacheStatus.CACHE_MISS }
      expect((await details(run)).status).toMatchObject(expected)
    })

    test('of an abort tells why and by whom, below it too', async () => {
      const run = await externalRun()
      await internal.recordAction(aRecord(run, 'c1'))
      const principal = { principal: { case: 'user', value: { id: { subject: 'ann' } } } } as const
      await update(run, 'a0', { phase: ABORTED }, { abortReason: 'enough', principal })
      for (const action of ['a0', 'c1']) {
        expect((await details(run, action)).result).toMatchObject({
          case: 'abortInfo',
          value: { reason: 'enough', abortedBy: principal },
        })
      }
      await update(run, 'a0', { phase: TIMED_OUT })
      expect(await phaseOf(run)).toBe(ABORTED)
    })

    test('gives a condition its value', async () => {
      const run = await externalRun()
      const type = { type: { case: 'simple', value: SimpleType.BOOLEAN } } as const
      const condition = { case: 'condition', value: { name: 'ok?', type, timeout: durationFromMs(60_000) } } as const
      await internal.recordAction(aRecord(run, 'q1', { spec: condition }))
      expect(await phaseOf(run, 'q1')).toBe(PAUSED)
      const literal = (value: boolean) => ({
        value: {
          case: 'scalar',
          value: { value: { case: 'primitive', value: { value: { case: 'boolean', value } } } },
        },
      })
      const signal = (value: boolean) =>
        update(
          run,
          'q1',
          { phase: SUCCEEDED },
          { output: literal(value), principal: { principal: { case: 'user', value: { id: { subject: 'ann' } } } } },
        )
      expect((await signal(true))?.code).toBe(0)
      expect((await signal(true))?.code).toBe(0)
      expect((await signal(false))?.code).toBe(Code.FailedPrecondition)
      expect((await details(run, 'q1')).result).toMatchObject({
        case: 'signalInfo',
        value: { output: literal(true), signalledBy: { principal: { case: 'user' } } },
      })
    })

    test('of what is executed here changes nothing', async () => {
      const run = await startRun(clients.runs)
      const before = await phaseOf(run)
      expect((await update(run, 'a0', { phase: SUCCEEDED }))?.code).toBe(0)
      expect(await phaseOf(run)).toBe(before)
    })

    test('is answered with what is wrong', async () => {
      const run = await externalRun()
      const invalid = (message: string) => ({ code: Code.InvalidArgument, message: expect.stringContaining(message) })
      expect((await internal.updateActionStatus({ status: { attempts: 1 } })).status).toMatchObject(
        invalid('action_id: value is required'),
      )
      expect((await internal.updateActionStatus({ actionId: idOf(run) })).status).toMatchObject(
        invalid('status: value is required'),
      )
      expect(await update(run, 'a0', { phase: 77 })).toMatchObject(invalid('status.phase: value is not one of'))
      expect(await update(run, 'a0', { phase: RUNNING, attempts: 4_000_000_000 })).toMatchObject(
        invalid('status.attempts: must not be greater than'),
      )
      expect(await update(run, 'c1', { phase: RUNNING })).toMatchObject({ code: Code.NotFound })
    })
  })

  describe('RecordActionEvents', () => {
    test('moves an action through its attempts, each with its error', async () => {
      const run = await externalRun(aRetriedTask(1))
      const error = (message: string) => ({ errorInfo: { message, kind: ErrorInfo_Kind.USER } })
      await record(anEvent(run, 'a0', RUNNING), anEvent(run, 'a0', FAILED, error('first')))
      expect(await phaseOf(run)).toBe(RUNNING)
      await record(anEvent(run, 'a0', QUEUED, { attempt: 2 }), anEvent(run, 'a0', RUNNING, { attempt: 2 }))
      expect((await details(run)).status).toMatchObject({ phase: RUNNING, attempts: 2 })
      await record(anEvent(run, 'a0', FAILED, { attempt: 2, ...error('ValueError: second') }))
      const ended = await details(run)
      expect(ended.result).toMatchObject({ case: 'errorInfo', value: { message: 'ValueError: second' } })
      // The public backend never writes how an attempt ended that another one follows.
      expect(ended.attempts).toMatchObject([
        { attempt: 1, phase: FAILED, errorInfo: { message: 'first', kind: ErrorInfo_Kind.USER }, endTime: {} },
        { attempt: 2, phase: FAILED, errorInfo: { message: 'ValueError: second' }, endTime: {} },
      ])
    })

    // In the public backend the row of an action and its events tell different stories of these.
    test('shows each phase in the action and in its attempt alike', async () => {
      const run = await externalRun()
      const phases = [WAITING_FOR_RESOURCES, INITIALIZING, RUNNING, PAUSED, RUNNING, SUCCEEDED]
      for (const [version, phase] of phases.entries()) {
        await record(anEvent(run, 'a0', phase, { version }))
        const { status, attempts } = await details(run)
        expect([status?.phase, attempts.at(-1)?.phase]).toEqual([phase, phase])
      }
      for (const [version, phase] of phases.entries()) await record(anEvent(run, 'a0', phase, { version }))
      const { attempts } = await details(run)
      expect(attempts[0]?.phaseTransitions.map(({ phase }) => phase)).toEqual([QUEUED, ...phases])
    })

    test('does not pause again for a pause that comes again', async () => {
      const run = await externalRun()
      const events = [RUNNING, PAUSED, RUNNING].map((phase, version) => anEvent(run, 'a0', phase, { version }))
      for (const event of events) await record(event)
      await record(...events.slice(0, 2))
      expect(await phaseOf(run)).toBe(RUNNING)
      await record(anEvent(run, 'a0', PAUSED, { version: 9 }))
      expect(await phaseOf(run)).toBe(PAUSED)
    })

    test('keeps the error of a timeout, and who is to blame', async () => {
      const run = await externalRun()
      const errorInfo = { message: 'too slow', kind: ErrorInfo_Kind.SYSTEM }
      await record(anEvent(run, 'a0', TIMED_OUT, { errorInfo }))
      const { status, result } = await details(run)
      expect(status?.phase).toBe(TIMED_OUT)
      expect(result).toMatchObject({ case: 'errorInfo', value: errorInfo })
    })

    test('shows what was reported of an attempt', async () => {
      const run = await externalRun()
      const at = Date.now() + 60_000
      const logContext = { primaryPodName: 'pod-1', pods: [{ namespace: 'ns', podName: 'pod-1' }] }
      await record(
        anEvent(run, 'a0', RUNNING, {
          reportedTime: time(at),
          cluster: 'c',
          logInfo: [{ name: 'b', uri: 'b1' }],
          clusterEvents: [{ message: 'pulled' }],
        }),
        anEvent(run, 'a0', RUNNING, {
          version: 1,
          reportedTime: time(at + 1),
          logContext,
          logInfo: [
            { name: 'b', uri: 'b2' },
            { name: 'a', uri: 'a1' },
          ],
          clusterEvents: [{ message: 'started' }],
        }),
        anEvent(run, 'a0', SUCCEEDED, {
          reportedTime: time(at + 2),
          cluster: 'c',
          outputs: { outputUri: 's3://b/o/outputs.pb', reportUri: 's3://b/o/report.html' },
        }),
        // Whoever cleans up long after the end reports once more.
        anEvent(run, 'a0', ABORTED, { reportedTime: time(at + 3), cluster: 'other' }),
      )
      const { attempts, status } = await details(run)
      expect(status?.phase).toBe(SUCCEEDED)
      expect(attempts).toMatchObject([
        {
          phase: SUCCEEDED,
          cluster: 'c',
          logsAvailable: true,
          logContext,
          logInfo: [{ uri: 'a1' }, { uri: 'b2' }],
          clusterEvents: [{ message: 'pulled' }, { message: 'started' }],
          outputs: { outputUri: 's3://b/o/outputs.pb', reportUri: 's3://b/o/report.html' },
          phaseTransitions: [{ phase: QUEUED }, { phase: RUNNING }, { phase: SUCCEEDED }],
        },
      ])
      const uris = await clients.runs.getActionDataURIs({ actionId: idOf(run) })
      expect(uris.outputsUri).toBe('s3://b/o/outputs.pb')
    })

    test('may be sent again, as often as needed', async () => {
      const run = await externalRun()
      const event = anEvent(run, 'a0', RUNNING, { clusterEvents: [{ message: 'once' }] })
      await record(event, event)
      await record(event)
      expect((await details(run)).attempts[0]?.clusterEvents).toHaveLength(1)
    })

    test('of more than 500 are all there', async () => {
      const run = await externalRun()
      const events = Array.from({ length: 700 }, (_, version) =>
        anEvent(run, 'a0', RUNNING, { version, clusterEvents: [{ message: `${version}` }] }),
      )
      await record(...events, anEvent(run, 'a0', SUCCEEDED))
      const { attempts } = await details(run)
      expect(attempts[0]).toMatchObject({ phase: SUCCEEDED })
      expect(attempts[0]?.clusterEvents).toHaveLength(700)
    })

    test('ends children before their parents, in whatever order they come', async () => {
      const run = await externalRun()
      await internal.recordAction(aRecord(run, 'c1'))
      await internal.recordAction(aRecord(run, 'c2', { parent: 'c1' }))
      await record(...['a0', 'c1', 'c2'].map((action) => anEvent(run, action, SUCCEEDED)))
      for (const action of ['a0', 'c1', 'c2']) expect(await phaseOf(run, action)).toBe(SUCCEEDED)
    })

    test('of what is executed here only adds to what is shown', async () => {
      const run = await startRun(clients.runs)
      const before = (await details(run)).status
      const status = await record(
        anEvent(run, 'a0', SUCCEEDED, { clusterEvents: [{ message: 'scheduled' }], cluster: 'here' }),
      )
      expect(status?.code).toBe(0)
      const after = await details(run)
      expect(after.status).toEqual(before)
      expect(after.attempts[0]).toMatchObject({ cluster: 'here', clusterEvents: [{ message: 'scheduled' }] })
    })

    test('of a child reach its parent, which is executed here', async () => {
      const run = await startRun(clients.runs)
      await new Script(api).begin(run, 'a0')
      await internal.recordAction(aRecord(run, 'c1'))
      const filter = { case: 'parentActionId', value: idOf(run) } as const
      let told: ActionUpdate | undefined
      for await (const { message } of clients.actions.watchForUpdates({ filter })) {
        if (message.case === 'controlMessage') {
          await record(
            anEvent(run, 'c1', RUNNING),
            anEvent(run, 'c1', SUCCEEDED, { outputs: { outputUri: 's3://b/o/outputs.pb' } }),
          )
        } else if (message.case === 'actionUpdate') told = message.value
        if (told?.phase === SUCCEEDED) break
      }
      expect(told).toMatchObject({ actionId: { name: 'c1' }, outputUri: 's3://b/o' })
    })

    test('takes those of known actions when there are others, and says so', async () => {
      const run = await externalRun()
      const status = await record(anEvent(run, 'gone', RUNNING), anEvent(run, 'a0', RUNNING))
      expect(status).toMatchObject({ code: Code.NotFound, message: expect.stringContaining('has no action gone') })
      expect(await phaseOf(run)).toBe(RUNNING)
    })

    test.each([
      ['no event at all', [], 'events: value is required'],
      ['one of nobody', [{ attempt: 1 }], 'events[0].id: value is required'],
      ['one of no attempt', [{ attempt: 0, id: idOf('r') }], 'events[0].attempt: must be greater than 0'],
      ['one of attempt 2^32 - 1', [{ attempt: 2 ** 32 - 1, id: idOf('r') }], 'events[0].attempt: must not be greater'],
      ['one of a megabyte', [{ attempt: 1, id: idOf('r'), cluster: 'x'.repeat(2 ** 20) }], 'bytes, 262144 are allowed'],
      ['an unknown phase', [{ attempt: 1, phase: 88, id: idOf('r') }], 'events[0].phase: value is not one of'],
    ])('with %s stores nothing, and says what is wrong', async (_, events, message) => {
      const run = await externalRun()
      const sent = events.length === 0 ? [] : [...events, anEvent(run, 'a0', RUNNING)]
      const { status } = await internal.recordActionEvents({ events: sent })
      expect(status).toMatchObject({ code: Code.InvalidArgument, message: expect.stringContaining(message) })
      expect(await phaseOf(run)).toBe(QUEUED)
    })
  })

  // A stream both ways needs more than HTTP/1.1 has.
  describe.runIf(transport.name.includes('h2c'))('a stream', () => {
    test('of actions is answered one by one, the bad beside the good', async () => {
      const run = await externalRun()
      const requests = [aRecord(run, 'c1'), aRecord(run, 'c2', { parent: 'c9' }), undefined, aRecord(run, 'c1')]
      const answers = await collect(
        internal.recordActionStream(
          stream(requests.map((request) => create(RecordActionStreamRequestSchema, request && { request }))),
        ),
      )
      expect(answers.map(({ response }) => response?.status?.code)).toEqual([0, Code.NotFound, Code.InvalidArgument, 0])
      expect(answers[1]?.response?.actionId?.name).toBe('c2')
    })

    test('of statuses repeats the nonce of each', async () => {
      const run = await externalRun()
      const request = (action: string, phase: ActionPhase, nonce: bigint) => ({
        nonce,
        request: { actionId: idOf(run, action), status: { phase, attempts: 1 } },
      })
      const answers = await collect(
        internal.updateActionStatusStream(
          stream([
            request('a0', RUNNING, 7n),
            request('c9', RUNNING, 8n),
            { nonce: 9n },
            request('a0', SUCCEEDED, 2n ** 60n),
          ]),
        ),
      )
      expect(answers.map(({ nonce, response }) => [nonce, response?.status?.code])).toEqual([
        [7n, 0],
        [8n, Code.NotFound],
        [9n, Code.InvalidArgument],
        [2n ** 60n, 0],
      ])
      expect(await phaseOf(run)).toBe(SUCCEEDED)
    })

    test('of events repeats the nonce of each', async () => {
      const run = await externalRun()
      const answers = await collect(
        internal.recordActionEventStream(
          stream([
            { nonce: 1n, request: { event: anEvent(run, 'a0', RUNNING) } },
            { nonce: 2n, request: { event: anEvent(run, 'c9', RUNNING) } },
            { nonce: 3n, request: {} },
            { nonce: 4n, request: { event: anEvent(run, 'a0', SUCCEEDED) } },
          ]),
        ),
      )
      expect(answers.map(({ nonce, response }) => [nonce, response?.status?.code])).toEqual([
        [1n, 0],
        [2n, Code.NotFound],
        [3n, Code.InvalidArgument],
        [4n, 0],
      ])
      expect(answers[0]?.response?.actionId?.name).toBe('a0')
      expect(await phaseOf(run)).toBe(SUCCEEDED)
    })
  })

  describe('EventsProxyService', () => {
    test('takes events for others', async () => {
      const run = await externalRun()
      await clients.eventsProxy.record({ events: [anEvent(run, 'a0', RUNNING)] })
      await clients.eventsProxy.record({ events: [anEvent(run, 'a0', RUNNING)] })
      expect(await phaseOf(run)).toBe(RUNNING)
    })

    test('refuses what it cannot take', async () => {
      const { eventsProxy } = clients
      await expectRefused(eventsProxy.record({}), Code.InvalidArgument, 'events: value is required')
      await expectRefused(eventsProxy.record({ events: [{ attempt: 1 }] }), Code.InvalidArgument, 'events[0].id')
      const unknown = { events: [anEvent('no-run', 'a0', RUNNING)] }
      await expectRefused(eventsProxy.record(unknown), Code.NotFound, 'has no action a0')
    })
  })
})

test('more events than a request may have are refused', async () => {
  const { internal } = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '2' }))
  const run = freshName('ext')
  await internal.recordAction(aRecord(run, 'a0'))
  const events = Array.from({ length: 5001 }, (_, version) => anEvent(run, 'a0', RUNNING, { version }))
  const refused = await internal.recordActionEvents({ events })
  expect(refused.status).toMatchObject({
    code: Code.InvalidArgument,
    message: 'events: at most 5000 at a time, not 5001. Send them in several requests.',
  })
  expect((await internal.recordActionEvents({ events: events.slice(1) })).status?.code).toBe(0)
})

async function* stream<Message>(messages: ReadonlyArray<Message>): AsyncIterable<Message> {
  yield* messages
}

async function collect<Message>(messages: AsyncIterable<Message>): Promise<Message[]> {
  const all: Message[] = []
  for await (const message of messages) all.push(message)
  return all
}

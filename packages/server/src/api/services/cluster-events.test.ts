import { create, toBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { ActionPhase } from '@tern/idl/common'
import { ActionEventSchema, type WatchClusterEventsResponse } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { anEvent, aRecord } from '../test/external.ts'
import { place } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const { RUNNING, SUCCEEDED, FAILED, ABORTED } = ActionPhase

let api: TestApi

beforeAll(async () => {
  api = await startApi({ config: { keepAliveMs: 50 } })
})

afterAll(() => api.close())

eachTransport((transport) => {
  let clients: Clients

  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
  })

  async function externalRun(): Promise<string> {
    const run = freshName('ext')
    await clients.internal.recordAction(aRecord(run, 'a0'))
    return run
  }

  async function record(...events: ReadonlyArray<ReturnType<typeof anEvent>>): Promise<void> {
    const { status } = await clients.internal.recordActionEvents({ events: [...events] })
    expect(status).toMatchObject({ code: 0, message: '' })
  }

  /** An event of the root's first attempt with one cluster event. */
  const saying = (run: string, message: string, version: number, phase: ActionPhase = RUNNING) =>
    anEvent(run, 'a0', phase, { version, clusterEvents: [{ message }] })

  const watch = (run: string, attempt = 1) =>
    clients.runs.watchClusterEvents({ id: idOf(run), attempt })[Symbol.asyncIterator]()

  /** The messages of the next page; undefined at the end. */
  async function next(watching: AsyncIterator<WatchClusterEventsResponse>): Promise<string[] | undefined> {
    const { value, done } = await watching.next()
    return done ? undefined : (value as WatchClusterEventsResponse).clusterEvents.map(({ message }) => message)
  }

  async function rest(watching: AsyncIterator<WatchClusterEventsResponse>): Promise<string[]> {
    const all: string[] = []
    for (let page = await next(watching); page !== undefined; page = await next(watching)) all.push(...page)
    return all
  }

  describe('WatchClusterEvents', () => {
    test('tells what there is, what comes, and ends with the action', async () => {
      const run = await externalRun()
      await record(saying(run, 'one', 0), saying(run, 'two', 1))
      const watching = watch(run)
      expect(await next(watching)).toEqual(['one', 'two'])
      await record(saying(run, 'three', 2))
      expect(await next(watching)).toEqual(['three'])
      await record(saying(run, 'four', 0, SUCCEEDED))
      expect(await rest(watching)).toEqual(['four'])
    })

    // The public backend counts cluster events where it means rows, and skips rows when many are waiting.
    test('skips none of very many', async () => {
      const run = await externalRun()
      const events = Array.from({ length: 1203 }, (_, version) => ({
        ...saying(run, `${version}`, version),
        ...(version % 3 === 0 && { clusterEvents: [] }),
      }))
      await record(...events.slice(0, 1000))
      const watching = watch(run)
      const first = await next(watching)
      await record(...events.slice(1000), anEvent(run, 'a0', SUCCEEDED))
      const told = [...(first ?? []), ...(await rest(watching))]
      expect(told).toEqual(events.flatMap(({ clusterEvents }) => clusterEvents.map(({ message }) => message)))
    })

    test('skips none that are stored at the same time', async () => {
      const run = await externalRun()
      const told = rest(watch(run))
      const messages = Array.from({ length: 40 }, (_, version) => `${version}`)
      await Promise.all(messages.map((message, version) => record(saying(run, message, version))))
      await record(anEvent(run, 'a0', SUCCEEDED))
      expect((await told).sort()).toEqual(messages.sort())
    })

    test('is about one attempt, and ends with it', async () => {
      const run = await externalRun()
      const second = (message: string, version: number) => ({ ...saying(run, message, version), attempt: 2 })
      await record(saying(run, 'first', 0), saying(run, 'failed', 0, FAILED))
      await record(second('second', 0))
      expect(await rest(watch(run))).toEqual(['first', 'failed'])
    })

    test('waits for an attempt that is to come', async () => {
      const run = await externalRun()
      const watching = watch(run, 2)
      const page = next(watching)
      await record(saying(run, 'first', 0), { ...saying(run, 'second', 0), attempt: 2 })
      expect(await page).toEqual(['second'])
      await record({ ...anEvent(run, 'a0', SUCCEEDED), attempt: 2 })
      expect(await rest(watching)).toEqual([])
    })

    test('of an action that is executed here ends with it', async () => {
      const run = await startRun(clients.runs)
      const watching = watch(run)
      const all = rest(watching)
      await clients.runs.abortRun({ runId: { ...place, name: run } })
      expect(await all).toEqual([])
      expect(await rest(watch(run))).toEqual([])
    })

    // Another server may store events, of which this one hears nothing.
    test('looks again by itself', async () => {
      const run = await externalRun()
      await record(saying(run, 'one', 0))
      const watching = watch(run)
      expect(await next(watching)).toEqual(['one'])
      const action = await api.repositories.actions.find({ ...place, run, action: 'a0' })
      if (action === undefined) throw new Error('no action')
      await api.repositories.events.add([
        {
          runId: action.runId,
          seq: action.seq,
          attempt: 1,
          phase: RUNNING,
          version: 9,
          reportedAt: 0,
          hasLogContext: false,
          event: toBinary(ActionEventSchema, create(ActionEventSchema, { clusterEvents: [{ message: 'x' }] })),
        },
      ])
      expect(await next(watching)).toEqual(['x'])
      await record(anEvent(run, 'a0', SUCCEEDED))
      expect(await rest(watching)).toEqual([])
    })

    test('refuses what there is not', async () => {
      const { runs } = clients
      const run = await externalRun()
      await expectRefused(drain(runs.watchClusterEvents({ attempt: 1 })), Code.InvalidArgument, 'id: value is required')
      const noAttempt = drain(runs.watchClusterEvents({ id: idOf(run) }))
      await expectRefused(noAttempt, Code.InvalidArgument, 'attempt: must be greater than 0')
      const noAction = drain(runs.watchClusterEvents({ id: idOf(run, 'c9'), attempt: 1 }))
      await expectRefused(noAction, Code.NotFound, 'action c9 of run')
    })
  })

  describe('GetActionLogContext', () => {
    const logContext = (primaryPodName: string) => ({ primaryPodName })
    const find = (run: string, attempt = 1) => clients.runs.getActionLogContext({ actionId: idOf(run), attempt })

    // In the public backend the report of a clean-up long after hides the one that says where the logs are.
    test('is what was reported last, whatever came after that has none', async () => {
      const run = await externalRun()
      const start = Date.now()
      const at = (ms: number) => ({ updatedTime: timestampFromMs(ms), reportedTime: timestampFromMs(ms) })
      await record(
        anEvent(run, 'a0', RUNNING, { logContext: logContext('one'), cluster: 'old', ...at(start + 1) }),
        anEvent(run, 'a0', RUNNING, { version: 1, logContext: logContext('two'), cluster: 'new', ...at(start + 2) }),
        anEvent(run, 'a0', SUCCEEDED, at(start + 3)),
        anEvent(run, 'a0', ABORTED, at(start + 9)),
      )
      const found = await find(run)
      expect(found).toMatchObject({ logContext: logContext('two'), cluster: 'new' })
      const { details } = await clients.runs.getActionDetails({ actionId: idOf(run) })
      expect(found.startTime).toEqual(details?.attempts[0]?.startTime)
      expect(found.endTime).toEqual(details?.attempts[0]?.endTime)
      expect(found.endTime).toBeDefined()
    })

    test('is of the attempt that is asked for', async () => {
      const run = await externalRun()
      await record(
        anEvent(run, 'a0', RUNNING, { logContext: logContext('one') }),
        anEvent(run, 'a0', RUNNING, { attempt: 2, logContext: logContext('two') }),
      )
      const [first, second] = [await find(run), await find(run, 2)]
      expect([first.logContext?.primaryPodName, second.logContext?.primaryPodName]).toEqual(['one', 'two'])
      expect(first.endTime).toBeDefined()
      expect(second.endTime).toBeUndefined()
    })

    test('is not there for what nobody reported it of', async () => {
      const run = await startRun(clients.runs)
      await expectRefused(find(run), Code.NotFound, 'attempt 1 of action a0 has no log context. Whoever executes')
      const reported = await externalRun()
      await record(anEvent(reported, 'a0', RUNNING))
      await expectRefused(find(reported), Code.NotFound, 'has no log context')
      await expectRefused(find(reported, 7), Code.NotFound, 'attempt 7 of action a0 has no log context')
      await expectRefused(find('no-run'), Code.NotFound, 'action a0 of run no-run does not exist')
      await expectRefused(find(run, 0), Code.InvalidArgument, 'attempt: must be greater than 0')
    })
  })
})

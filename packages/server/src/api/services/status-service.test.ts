import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { ContainerSchema, Resources_ResourceName, RetryStrategySchema } from '@tern/idl/core'
import { type GetStatusResponse, type ServerStatus, type WaitGroup, WaitReason } from '@tern/idl/status'
import type { TaskSpec } from '@tern/idl/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Attempt } from '../../executors/executor.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, place, projectId } from '../test/fixtures.ts'
import { freshName, idOf, startRun } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const queues = { narrow: { maxConcurrency: 1, priority: 3 }, wide: {} }
const capacity = { cpu: 4, memoryBytes: 8 * 2 ** 30, gpu: 0 }

let other: TestApi
let api: TestApi
beforeAll(async () => {
  other = await startApi()
  api = await startApi({ queues, capacity, others: [other.url, 'http://127.0.0.1:1'] })
})
afterAll(() => Promise.all([api.close(), other.close()]))

interface Wanted {
  readonly queue?: string
  readonly cpu?: string
  readonly retries?: MessageInitShape<typeof RetryStrategySchema>
  readonly serialize?: boolean
}

function spec(name: string, { queue, cpu, retries, serialize }: Wanted = {}): TaskSpec {
  const made = aTaskSpec({ name: `env.${name}` })
  const template = made.taskTemplate!
  if (cpu !== undefined) {
    const resources = { requests: [{ name: Resources_ResourceName.CPU, value: cpu }] }
    template.target = { case: 'container', value: create(ContainerSchema, { resources }) }
  }
  if (retries !== undefined) template.metadata!.retries = create(RetryStrategySchema, retries)
  template.metadata!.cacheSerializable = serialize === true
  if (queue !== undefined) template.config['queue'] = queue
  return made
}

describe('GetStatus', () => {
  eachTransport((transport) => {
    let clients: Clients
    beforeAll(() => {
      clients = createClients(transport.connect(api.url))
    })

    /** The answer of this server, once it is as it should be: it may be a second old. */
    async function until(
      isRight: (own: ServerStatus) => boolean,
      request: Parameters<Clients['status']['getStatus']>[0] = {},
    ): Promise<ServerStatus> {
      let found: GetStatusResponse | undefined
      await expect
        .poll(
          async () => {
            found = await clients.status.getStatus(request)
            return isRight(found.servers[0]!)
          },
          { timeout: 20_000 },
        )
        .toBe(true)
      return found!.servers[0]!
    }

    const groupOf = ({ waits }: ServerStatus, key: string): WaitGroup | undefined =>
      waits.find((group) => group.key === key)
    const untilGroup = (key: string, count: number, request = {}) =>
      until((own) => groupOf(own, key)?.count === count, request)

    async function start(name: string, wanted: Wanted = {}, runSpec = {}): Promise<string> {
      return startRun(clients.runs, { task: { case: 'taskSpec', value: spec(name, wanted) }, runSpec })
    }
    const attemptOf = async (run: string, number = 1): Promise<Attempt> => {
      const find = (): Attempt | undefined =>
        api.executor.attempts.find((each) => each.run.run === run && each.action === 'a0' && each.number === number)
      await api.executor.until(() => find() !== undefined)
      return find()!
    }
    const abort = (...runs: string[]) =>
      Promise.all(runs.map((name) => clients.runs.abortRun({ runId: { ...place, name } })))

    /** Starts one that runs, with children. */
    async function parent(runSpec = {}): Promise<{ readonly run: string; readonly attempt: Attempt }> {
      const run = await start('parent', {}, runSpec)
      const attempt = await attemptOf(run)
      api.executor.host.started(attempt.handle, Date.now())
      return { run, attempt }
    }

    function addChild({ handle }: Attempt, name: string, wanted: Wanted = {}, cacheKey = ''): void {
      const child = toSpecRecord({ case: 'task', value: spec(name, wanted) })
      const inputs = { bytes: new Uint8Array() }
      api.executor.host.enqueueChild(handle, { name, spec: child, inputs, group: '', cacheKey, queue: '' })
    }

    test('tells of the server, and of others that can be asked and cannot', async () => {
      const { servers } = await clients.status.getStatus({})
      expect(servers).toHaveLength(3)
      expect(servers[0]).toMatchObject({ version: 'test', problem: '' })
      expect(servers[0]?.startedAt).toBeDefined()
      expect(servers[0]?.memoryBytes).toBeGreaterThan(0n)
      expect(servers[1]).toMatchObject({ version: 'test', problem: '' })
      expect(servers[2]).toMatchObject({ url: 'http://127.0.0.1:1', problem: expect.stringMatching(/./) })
    })

    test('tells what waits for a place in a queue, and who goes first', async () => {
      const runs = []
      for (let i = 0; i < 4; i++) runs.push(await start('queued', { queue: 'narrow' }))
      const own = await untilGroup('queue:narrow', 3, { limit: 2 })
      expect(own.queues.find(({ name }) => name === 'narrow')).toMatchObject({
        limit: 1,
        priority: 3,
        busy: 1,
        waiting: 3,
      })
      expect(own.queues.find(({ name }) => name === 'wide')).toMatchObject({ busy: 0, waiting: 0 })
      expect(own.queues.find(({ name }) => name === 'wide')?.limit).toBeUndefined()
      const group = groupOf(own, 'queue:narrow')
      expect(group).toMatchObject({ reason: WaitReason.QUEUE, subject: 'narrow' })
      expect(group?.actions.map(({ id, name }) => [id?.run?.name, id?.name, name])).toEqual([
        [runs[1], 'a0', 'env.queued'],
        [runs[2], 'a0', 'env.queued'],
      ])
      expect(group?.oldestAt).toEqual(group?.actions[0]?.since)
      // Of one group alone, all of them.
      const all = await untilGroup('queue:narrow', 3, { limit: 1000, group: 'queue:narrow' })
      expect(all.waits).toHaveLength(1)
      expect(all.waits[0]?.actions).toHaveLength(3)
      await abort(...runs)
    })

    test('tells who has what there is of the machine, and who waits for it', async () => {
      const runs = [await start('greedy', { cpu: '3' }), await start('modest', { cpu: '1500m' })]
      const own = await untilGroup('capacity:cpu', 1)
      expect(own.resources.map(({ name, total }) => [name, total])).toEqual([
        ['cpu', 4],
        ['memory', 8 * 2 ** 30],
      ])
      expect(own.resources[0]).toMatchObject({ used: 3, uses: [{ taskName: 'env.greedy', actions: 1, amount: 3 }] })
      expect(groupOf(own, 'capacity:cpu')?.actions[0]).toMatchObject({ name: 'env.modest', amount: '1.5' })
      await abort(...runs)
    })

    test('tells what waits within a run, and which only wait for their children', async () => {
      const { run, attempt } = await parent({ maxActionConcurrency: 1 })
      for (const name of ['one', 'two', 'three']) addChild(attempt, name)
      const own = await untilGroup(`run:${place.project}/${place.domain}/${run}`, 2)
      expect(own.parentActions).toBe(1)
      expect(own.liveActions).toBe(own.busyActions + own.parentActions + own.waitingActions)
      // The one that has a place has not been begun.
      expect(groupOf(own, 'worker:env')).toMatchObject({ reason: WaitReason.WORKER, subject: 'env' })
      await abort(run)
    })

    test('tells whose result an action waits for', async () => {
      const { run, attempt } = await parent()
      const key = freshName('key')
      addChild(attempt, 'first', { serialize: true }, key)
      await api.executor.until(() =>
        api.executor.attempts.some((each) => each.run.run === run && each.action === 'first'),
      )
      addChild(attempt, 'second', { serialize: true }, key)
      const own = await untilGroup('cache', 1)
      expect(groupOf(own, 'cache')?.actions[0]).toMatchObject({
        id: { name: 'second' },
        waitsFor: { run: { name: run }, name: 'first' },
      })
      await abort(run)
    })

    test('tells which are tried again, and when', async () => {
      const run = await start('flaky', { retries: { retries: 1, backoff: { base: durationFromMs(60_000) } } })
      const { handle } = await attemptOf(run)
      const failure = { code: 'Error', message: 'no', kind: 'user', recoverable: true } as const
      api.executor.host.failed(handle, failure, Date.now(), Date.now())
      const own = await untilGroup('backoff', 1)
      const [action] = groupOf(own, 'backoff')?.actions ?? []
      expect(Number(action?.until?.seconds)).toBeGreaterThan(Number(action?.since?.seconds) + 30)
      await abort(run)
    })

    test('tells what waits for somebody', async () => {
      const { run } = await parent()
      const { runs, actions } = clients
      await actions.enqueue({
        action: {
          actionId: idOf(run, 'ask'),
          parentActionName: 'a0',
          spec: {
            case: 'condition',
            value: { name: 'ready?', type: { type: { case: 'simple', value: 4 } }, prompt: 'Ready?' },
          },
        },
      })
      const own = await untilGroup('signal', 1)
      expect(groupOf(own, 'signal')?.actions[0]).toMatchObject({ id: { name: 'ask' }, name: 'ready?' })
      await runs.abortRun({ runId: { ...place, name: run } })
    })

    test('tells of one project alone, if it is asked to', async () => {
      const run = await start('somewhere')
      await untilGroup('worker:env', 1, { projectId })
      const elsewhere = await clients.status.getStatus({ projectId: { ...projectId, domain: 'production' } })
      expect(elsewhere.servers[0]?.waits).toEqual([])
      expect(elsewhere.servers[0]?.waitingActions).toBeGreaterThan(0)
      await abort(run)
      await until(({ waitingActions }) => waitingActions === 0, { projectId })
    })

    test('is refused for a project that there is not, and for more than can be told', async () => {
      const { status } = clients
      await expectRefused(
        status.getStatus({ projectId: { name: 'none-such', domain: 'development' } }),
        Code.NotFound,
        'none-such',
      )
      await expectRefused(status.getStatus({ limit: 1001 }), Code.InvalidArgument, 'limit')
    })
  })
})

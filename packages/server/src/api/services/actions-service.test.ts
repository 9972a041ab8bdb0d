import { toBinary } from '@bufbuild/protobuf'
import { Code, type ConnectError } from '@connectrpc/connect'
import { toErrorDocument } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus, ContainerError_Kind, ErrorDocumentSchema, ExecutionError_ErrorKind } from '@tern/idl/core'
import { type ActionUpdate, ActionType } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { aRecord } from '../test/external.ts'
import { aRunRequest, aTaskSpec, outputsOf, place } from '../test/fixtures.ts'
import { freshName } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi({ config: { keepAliveMs: 50 } })
})
afterAll(() => api.close())

let serial = 0

eachTransport((transport) => {
  let clients: Clients
  let actions: Clients['actions']
  let script: Script
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    actions = clients.actions
    script = new Script(api)
  })

  /** Starts a run whose root is running. */
  async function start(): Promise<string> {
    serial += 1
    const name = `run-${serial}`
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name } } }))
    await script.begin(name, 'a0')
    return name
  }

  const id = (run: string, name: string) => ({ run: { ...place, name: run }, name })
  const baseOf = (run: string) => `${api.storage.root}/tern/flytesnacks/development/${run}`

  const anAction = (run: string, name: string, overrides: object = {}) => ({
    actionId: id(run, name),
    parentActionName: 'a0',
    inputUri: `${baseOf(run)}/${name}/inputs.pb`,
    runOutputBase: baseOf(run),
    group: 'grp',
    spec: {
      case: 'task' as const,
      value: { id: { ...place, name: 'env.leaf', version: 'v1' }, spec: aTaskSpec({ name: 'env.leaf' }) },
    },
    ...overrides,
  })

  /** What a watcher is told, up to and without the first sentinel that finds the condition fulfilled. */
  async function watch(run: string, parent: string, until: (seen: ActionUpdate[], sentinels: number) => boolean) {
    const seen: ActionUpdate[] = []
    const stop = new AbortController()
    let sentinels = 0
    const filter = { case: 'parentActionId', value: id(run, parent) } as const
    try {
      for await (const { message } of actions.watchForUpdates({ filter }, { signal: stop.signal })) {
        if (message.case === 'actionUpdate') seen.push(message.value)
        if (message.case === 'controlMessage') sentinels += 1
        if (until(seen, sentinels)) stop.abort()
      }
    } catch (error) {
      expect(error).toMatchObject({ code: Code.Canceled })
    }
    return seen
  }

  describe('Enqueue', () => {
    test('adds a child, once', async () => {
      const run = await start()
      await actions.enqueue({ action: anAction(run, 'c1') })
      await actions.enqueue({ action: anAction(run, 'c1') })
      await script.succeed(run, 'c1', outputsOf(1))
      await actions.enqueue({ action: anAction(run, 'c1') })
      const { actions: listed } = await clients.runs.listActions({ runId: { ...place, name: run } })
      expect(listed.map(({ id, status }) => [id?.name, status?.phase])).toEqual([
        ['a0', ActionPhase.RUNNING],
        ['c1', ActionPhase.SUCCEEDED],
      ])
      expect(listed[1]?.metadata).toMatchObject({ parent: 'a0', group: 'grp', environmentName: 'env' })
      const uris = await clients.runs.getActionDataURIs({ actionId: id(run, 'c1') })
      expect(uris.inputsUri).toBe(`${baseOf(run)}/c1/inputs.pb`)
    })

    test('records a trace as it ended', async () => {
      const run = await start()
      const trace = (name: string, phase: ActionPhase) => ({
        case: 'trace' as const,
        value: {
          name: 'read_file',
          phase,
          startTime: { seconds: 100n },
          endTime: { seconds: 103n },
          outputs: { outputUri: `${baseOf(run)}/${name}/outputs.pb` },
          spec: {},
        },
      })
      await actions.enqueue({ action: anAction(run, 't1', { spec: trace('t1', ActionPhase.SUCCEEDED) }) })
      const failure = { code: 'KeyError', message: 'no row', kind: 'user', recoverable: false } as const
      const document = toBinary(ErrorDocumentSchema, toErrorDocument(failure))
      await api.storage.write(`${baseOf(run)}/t2/error.pb`, document)
      await actions.enqueue({ action: anAction(run, 't2', { spec: trace('t2', ActionPhase.FAILED) }) })
      // Python's SDK names no outputs of what failed: where the error is, the action's own folder says.
      await api.storage.write(`${baseOf(run)}/t3/error.pb`, document)
      const nowhere = trace('t3', ActionPhase.FAILED)
      await actions.enqueue({
        action: anAction(run, 't3', { spec: { ...nowhere, value: { ...nowhere.value, outputs: {} } } }),
      })
      const { details } = await clients.runs.getActionDetails({ actionId: id(run, 't1') })
      expect(details?.metadata).toMatchObject({
        actionType: ActionType.TRACE,
        spec: { case: 'trace', value: { name: 'read_file' } },
      })
      expect(details?.status).toMatchObject({ phase: ActionPhase.SUCCEEDED, attempts: 1, durationMs: 3000n })
      expect(details?.spec.case).toBe('trace')
      const seen = await watch(run, 'a0', (updates) => updates.length === 3)
      expect(seen[0]).toMatchObject({ phase: ActionPhase.SUCCEEDED, outputUri: `${baseOf(run)}/t1/outputs.pb` })
      for (const failed of seen.slice(1)) {
        expect(failed).toMatchObject({
          phase: ActionPhase.FAILED,
          error: { code: 'KeyError', recoverability: ContainerError_Kind.NON_RECOVERABLE },
        })
      }
    })

    test('of traces that failed, a later attempt is told those alone that are not made again', async () => {
      const run = await start()
      for (const [name, recoverable] of [
        ['passing', true],
        ['final', false],
      ] as const) {
        const failure = { code: 'Trouble', message: name, kind: 'user', recoverable } as const
        await api.storage.write(
          `${baseOf(run)}/${name}/error.pb`,
          toBinary(ErrorDocumentSchema, toErrorDocument(failure)),
        )
        const times = { startTime: { seconds: 100n }, endTime: { seconds: 103n } }
        const value = { name: 'step', phase: ActionPhase.FAILED, ...times, spec: {} }
        await actions.enqueue({ action: anAction(run, name, { spec: { case: 'trace', value } }) })
      }
      const names = async () =>
        (await watch(run, 'a0', (_, sentinels) => sentinels === 1)).map(({ actionId }) => actionId?.name)
      expect(await names()).toEqual(['passing', 'final'])
      await script.fail(run, 'a0', { code: 'WorkerLost', message: 'gone', kind: 'system' })
      await script.begin(run, 'a0', 2)
      expect(await names()).toEqual(['final'])
    })

    test('refuses what cannot be', async () => {
      const run = await start()
      const enqueue = (overrides: object) => actions.enqueue({ action: anAction(run, 'c1', overrides) })
      await expectRefused(actions.enqueue({}), Code.InvalidArgument, 'action')
      await expectRefused(enqueue({ actionId: undefined }), Code.InvalidArgument, 'action_id')
      await expectRefused(enqueue({ parentActionName: undefined }), Code.InvalidArgument, 'parent_action_name')
      await expectRefused(enqueue({ parentActionName: 'nothing' }), Code.NotFound, 'nothing')
      await expectRefused(enqueue({ actionId: id('nothing', 'c1') }), Code.NotFound, 'nothing')
      await expectRefused(enqueue({ spec: { case: undefined } }), Code.InvalidArgument, 'spec')
    })

    test('is refused when the parent has ended', async () => {
      const run = await start()
      await script.succeed(run, 'a0', outputsOf(1))
      await expectRefused(actions.enqueue({ action: anAction(run, 'c1') }), Code.Aborted, 'ended')
    })
  })

  describe('WatchForUpdates', () => {
    test('tells what there is, a sentinel, and what changes', async () => {
      const run = await start()
      await actions.enqueue({ action: anAction(run, 'c1') })
      await actions.enqueue({ action: anAction(run, 'c2') })
      let asked = false
      const seen = await watch(run, 'a0', (updates, sentinels) => {
        if (sentinels === 1 && !asked) {
          asked = true
          expect(updates.map(({ actionId }) => actionId?.name)).toEqual(['c1', 'c2'])
          void script.succeed(run, 'c1', outputsOf(1))
          void script.fail(run, 'c2', { code: 'KeyError', message: 'no row' })
        }
        // The end of an action may be told twice.
        const ended = updates.filter(({ phase }) => phase >= ActionPhase.SUCCEEDED)
        return new Set(ended.map(({ actionId }) => actionId?.name)).size === 2
      })
      const ended = new Map(seen.map((update) => [update.actionId?.name, update]))
      expect(ended.get('c1')).toMatchObject({ phase: ActionPhase.SUCCEEDED, outputUri: `${baseOf(run)}/c1/1` })
      expect(await api.storage.exists(`${baseOf(run)}/c1/1/outputs.pb`)).toBe(true)
      expect(ended.get('c2')).toMatchObject({
        phase: ActionPhase.FAILED,
        error: { code: 'KeyError', message: 'no row', kind: ExecutionError_ErrorKind.USER },
      })
    })

    test('of a parent that is not known is a sentinel, which is repeated', async () => {
      expect(await watch('nothing', 'a0', (_, sentinels) => sentinels === 2)).toEqual([])
      const run = await start()
      expect(await watch(run, 'nothing', (_, sentinels) => sentinels === 1)).toEqual([])
      expect(await watch(run, 'a0', (_, sentinels) => sentinels === 3)).toEqual([])
    })

    test('of nothing is refused', async () => {
      await expectRefused(drain(actions.watchForUpdates({})), Code.InvalidArgument, 'filter')
    })
  })

  describe('Update', () => {
    test('moves what something else executes, attempt by attempt', async () => {
      const run = freshName('ext')
      for (const name of ['a0', 'c1']) await clients.internal.recordAction(aRecord(run, name))
      const update = (attempts: number, phase: ActionPhase) => {
        const status = { phase, attempts, cacheStatus: CatalogCacheStatus.CACHE_HIT }
        return actions.update({ actionId: id(run, 'c1'), attempt: attempts, status })
      }
      await update(1, ActionPhase.RUNNING)
      await update(2, ActionPhase.RUNNING)
      await update(1, ActionPhase.SUCCEEDED)
      const status = async () => (await clients.runs.getActionDetails({ actionId: id(run, 'c1') })).details?.status
      expect(await status()).toMatchObject({ phase: ActionPhase.RUNNING, attempts: 2 })
      await update(2, ActionPhase.SUCCEEDED)
      expect(await status()).toMatchObject({
        phase: ActionPhase.SUCCEEDED,
        attempts: 2,
        cacheStatus: CatalogCacheStatus.CACHE_HIT,
      })
    })

    test('is refused for what this server executes, and changes nothing', async () => {
      const run = await start()
      const status = { attempts: 3, phase: ActionPhase.FAILED }
      const update = (action: string, attempt: number) => actions.update({ actionId: id(run, action), attempt, status })
      await expectRefused(update('a0', 1), Code.FailedPrecondition, 'executed by this server')
      const { details } = await clients.runs.getActionDetails({ actionId: id(run, 'a0') })
      expect(details?.status).toMatchObject({ phase: ActionPhase.RUNNING, attempts: 1 })
      await expectRefused(update('nothing', 1), Code.NotFound, 'nothing')
      await expectRefused(update('a0', 0), Code.InvalidArgument, 'attempt')
    })
  })

  test('Abort of a run reaches what is being enqueued at that moment, at every level', async () => {
    const run = await start()
    await actions.enqueue({ action: anAction(run, 'c1') })
    await script.begin(run, 'c1')
    const enqueued = Array.from({ length: 60 }, (_, index) => {
      const action = anAction(run, `d${index}`, { parentActionName: index % 2 === 0 ? 'a0' : 'c1' })
      return actions.enqueue({ action }).then(
        () => 'added',
        (error: unknown) => (error as ConnectError).code,
      )
    })
    const aborted = clients.runs.abortRun({ runId: { ...place, name: run }, reason: 'enough' })
    const answers = await Promise.all([...enqueued, aborted.then(() => 'added')])
    // Refused once the parent, or the whole run, has ended.
    const allowed = new Set<unknown>(['added', Code.Aborted])
    expect(answers.filter((answer) => !allowed.has(answer))).toEqual([])
    const { actions: listed } = await clients.runs.listActions({
      runId: { ...place, name: run },
      request: { limit: 200 },
    })
    expect(listed.length).toBe(answers.filter((answer) => answer === 'added').length + 1)
    expect(new Set(listed.map(({ status }) => status?.phase))).toEqual(new Set([ActionPhase.ABORTED]))
  })

  test('Abort ends a child and what is below it', async () => {
    const run = await start()
    await actions.enqueue({ action: anAction(run, 'c1') })
    await script.begin(run, 'c1')
    await actions.enqueue({ action: anAction(run, 'c2', { parentActionName: 'c1' }) })
    await actions.abort({ actionId: id(run, 'c1'), reason: 'not needed' })
    const { actions: listed } = await clients.runs.listActions({ runId: { ...place, name: run } })
    const phases = listed.map(({ status }) => status?.phase)
    expect(phases).toEqual([ActionPhase.RUNNING, ActionPhase.ABORTED, ActionPhase.ABORTED])
    await expectRefused(actions.abort({ actionId: id(run, 'nothing') }), Code.NotFound, 'nothing')
    await expectRefused(actions.abort({}), Code.InvalidArgument, 'action_id')
  })
})

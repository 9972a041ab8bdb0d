import { create, fromBinary } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { literalTypes } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { type Literal, LiteralSchema, type LiteralType } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import type { ActionUpdate } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, place, projectId } from '../test/fixtures.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

let serial = 0
const someone = { 'x-amzn-oidc-identity': 'ada' }

eachTransport((transport) => {
  let clients: Clients
  let script: Script
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    script = new Script(api)
  })

  const id = (run: string, name = 'ask') => ({ run: { ...place, name: run }, name })

  /** Starts a run whose root waits for a condition of the type. */
  async function start(
    type: LiteralType | undefined = literalTypes.boolean(),
    overrides: object = {},
  ): Promise<string> {
    serial += 1
    const run = `run-${serial}`
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name: run } } }))
    await script.begin(run, 'a0')
    await enqueue(run, type, overrides)
    return run
  }

  function enqueue(run: string, type: LiteralType | undefined, overrides: object = {}) {
    const value = { name: 'approval', prompt: 'Go on?', ...(type && { type }), ...overrides }
    return clients.actions.enqueue({
      action: { actionId: id(run), parentActionName: 'a0', inputUri: 'nowhere', spec: { case: 'condition', value } },
    })
  }

  const signal = (run: string, value: Parameters<typeof toPayload>[0], headers: Record<string, string> = {}) =>
    clients.runs.signalEvent({ actionId: id(run), payload: { value: toPayload(value) } }, { headers })

  const detailsOf = async (run: string) => (await clients.runs.getActionDetails({ actionId: id(run) })).details

  test('a condition waits, shows what it asks, and is found among what waits', async () => {
    const run = await start()
    await enqueue(run, literalTypes.boolean())
    const details = await detailsOf(run)
    expect(details?.status?.phase).toBe(ActionPhase.PAUSED)
    expect(details?.metadata?.spec).toMatchObject({ case: 'condition', value: { name: 'approval' } })
    expect(details?.spec).toMatchObject({ case: 'condition', value: { prompt: 'Go on?' } })
    const { runs } = await clients.runs.listRuns({
      scopeBy: { case: 'projectId', value: projectId },
      pausedActionsOnly: true,
      request: { limit: 200 },
    })
    expect(runs.map(({ action }) => action?.id?.run?.name)).toContain(run)
  })

  test.each([
    ['a boolean', literalTypes.boolean(), true, { case: 'boolean', value: true }],
    ['an integer', literalTypes.integer(), 2n ** 62n, { case: 'integer', value: 2n ** 62n }],
    ['a float', literalTypes.float(), 0.5, { case: 'floatValue', value: 0.5 }],
    ['an integer for a float', literalTypes.float(), 2n, { case: 'floatValue', value: 2 }],
    ['a string', literalTypes.string(), 'later', { case: 'stringValue', value: 'later' }],
  ] as const)('SignalEvent gives it %s, and says who did', async (_, type, value, primitive) => {
    const run = await start(type)
    await signal(run, value, someone)
    const details = await detailsOf(run)
    expect(details?.status?.phase).toBe(ActionPhase.SUCCEEDED)
    expect(details?.result).toMatchObject({
      case: 'signalInfo',
      value: { output: aLiteral(primitive), signalledBy: { principal: { value: { id: { subject: 'ada' } } } } },
    })
    const data = await clients.data.getActionData({ actionId: id(run) })
    expect(data.outputs?.literals).toMatchObject([{ name: 'value', value: aLiteral(primitive) }])
  })

  test('its parent is told the value', async () => {
    const run = await start()
    const seen: ActionUpdate[] = []
    const filter = { case: 'parentActionId', value: id(run, 'a0') } as const
    for await (const { message } of clients.actions.watchForUpdates({ filter })) {
      if (message.case === 'controlMessage') await signal(run, true)
      if (message.case !== 'actionUpdate') continue
      seen.push(message.value)
      if (message.value.phase === ActionPhase.SUCCEEDED) break
    }
    expect(seen.filter(({ actionId }) => actionId?.name === 'ask').at(-1)).toMatchObject({
      outputUri: '',
      value: aLiteral({ case: 'boolean', value: true }),
    })
    const [outcome] = api.executor.outcomes.slice(-1)
    const outputs = outcome?.outcome.outputs
    const bytes = outputs !== null && outputs !== undefined && 'bytes' in outputs ? outputs.bytes : new Uint8Array()
    expect(fromBinary(OutputsSchema, bytes).literals).toHaveLength(1)
  })

  describe('ActionsService.Signal', () => {
    const send = (run: string, value: Literal | undefined, name = 'ask') =>
      clients.actions.signal({ actionId: id(run, name), parentActionName: 'a0', ...(value && { value }) })
    const yes = aLiteral({ case: 'boolean', value: true })

    test('takes a literal, again too, and no other afterwards', async () => {
      const run = await start()
      await send(run, yes)
      await send(run, yes)
      const no = aLiteral({ case: 'boolean', value: false })
      await expectRefused(send(run, no), Code.FailedPrecondition, 'another value')
    })

    test('refuses what is no value, or of no condition', async () => {
      const run = await start()
      await expectRefused(send(run, create(LiteralSchema)), Code.InvalidArgument, 'value')
      await expectRefused(send(run, undefined), Code.InvalidArgument, 'value')
      await expectRefused(send(run, yes, 'a0'), Code.FailedPrecondition, 'not a condition')
      await expectRefused(send(run, yes, 'nothing'), Code.NotFound, 'nothing')
    })
  })

  test('a value of another type is refused, and the condition goes on waiting', async () => {
    const run = await start(literalTypes.integer())
    await expectRefused(
      signal(run, 'five'),
      Code.InvalidArgument,
      'payload: the condition takes an integer, not "five"',
    )
    await expectRefused(signal(run, 0.5), Code.InvalidArgument, 'an integer, not 0.5')
    await expectRefused(signal(run, true), Code.InvalidArgument, 'an integer, not true')
    expect((await detailsOf(run))?.status?.phase).toBe(ActionPhase.PAUSED)
    await expectRefused(clients.runs.signalEvent({ actionId: id(run), payload: {} }), Code.InvalidArgument, 'payload')
    await expectRefused(
      clients.runs.signalEvent({ payload: { value: toPayload(1n) } }),
      Code.InvalidArgument,
      'action_id',
    )
  })

  test('what is not there takes no value', async () => {
    await expectRefused(signal('nothing', true), Code.NotFound, 'nothing')
  })

  test('a condition that nobody could answer is refused', async () => {
    const run = await start()
    await expectRefused(enqueue(run, literalTypes.datetime()), Code.InvalidArgument, 'action.condition.type')
    await expectRefused(enqueue(run, undefined), Code.InvalidArgument, 'action.condition.type')
    const timeout = { timeout: durationFromMs(-1) }
    await expectRefused(enqueue(run, literalTypes.boolean(), timeout), Code.InvalidArgument, 'timeout')
    const webhook = { webhook: { url: 'file:///etc/passwd' } }
    await expectRefused(enqueue(run, literalTypes.boolean(), webhook), Code.InvalidArgument, 'webhook.url')
  })

  test('one that timed out says so, and takes no value', async () => {
    const run = await start(literalTypes.boolean(), { timeout: durationFromMs(1) })
    for await (const { details } of clients.runs.watchActionDetails({ actionId: id(run) })) {
      if (details?.status?.phase !== ActionPhase.TIMED_OUT) continue
      expect(details.result).toMatchObject({
        case: 'errorInfo',
        value: { message: expect.stringContaining('0.001 s') },
      })
    }
    await expectRefused(signal(run, true), Code.FailedPrecondition, 'TIMED_OUT')
  })
})

type Value = boolean | bigint | number | string

function toPayload(value: Value) {
  switch (typeof value) {
    case 'boolean':
      return { case: 'boolValue', value } as const
    case 'bigint':
      return { case: 'intValue', value } as const
    case 'number':
      return { case: 'floatValue', value } as const
    default:
      return { case: 'stringValue', value } as const
  }
}

type PrimitiveInit = { readonly case: 'boolean' | 'integer' | 'floatValue' | 'stringValue'; readonly value: Value }

function aLiteral(primitive: PrimitiveInit): Literal {
  return create(LiteralSchema, {
    value: {
      case: 'scalar',
      value: { value: { case: 'primitive', value: { value: primitive as { case: 'boolean'; value: boolean } } } },
    },
  })
}

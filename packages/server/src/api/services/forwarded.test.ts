import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { NotFoundError } from '@tern/core'
import { RunService, type AbortRunRequest } from '@tern/idl/workflow'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { OwnedElsewhereError } from '../../engine/owned-elsewhere.ts'
import { eachTransport } from '../test/transports.ts'
import { Listener } from '../transport/listener.ts'
import { createRpcHandler } from '../transport/rpc-handler.ts'
import { mapErrors } from '../interceptors/errors.ts'
import { Forwarding } from './forwarded.ts'
import { unavailableService } from './unavailable-service.ts'
import { registry } from '@tern/idl'

const logger = pino({ level: 'silent' })
const key = { project: 'p', domain: 'd', run: 'r' }
const runId = { org: 'tern', project: 'p', domain: 'd', name: 'r' }

interface Call {
  readonly request: AbortRunRequest
  readonly headers: Headers
}

/** A server that can be asked to abort runs, and what it was asked. */
interface Server {
  readonly url: string
  readonly calls: Call[]
  /** What it does when it is asked. */
  abort: () => void
}

const listeners: Listener[] = []
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.stop(0))))

async function start(patienceMs = 200): Promise<Server> {
  const calls: Call[] = []
  const rpc = createRpcHandler({
    routes: (router) =>
      router.service(
        RunService,
        new Forwarding({ logger, patienceMs, timeoutMs: 1000 }).forwarded(RunService, {
          ...unavailableService(RunService),
          abortRun(request, { requestHeader }) {
            calls.push({ request, headers: requestHeader })
            server.abort()
            return {}
          },
        }),
      ),
    interceptors: [mapErrors(logger)],
    maxRequestBytes: 1000,
    registry,
    shutdownSignal: new AbortController().signal,
    logger,
  })
  const listener = await Listener.start({
    host: '127.0.0.1',
    port: 0,
    handler: (request, response) => void rpc(request, response, 'the-request'),
  })
  listeners.push(listener)
  const server: Server = { url: listener.url, calls, abort: () => {} }
  return server
}

const at = (url: string | null) => () => {
  throw new OwnedElsewhereError(key, url)
}

function abortAt(url: string): Promise<unknown> {
  return createClient(RunService, createConnectTransport({ baseUrl: url, httpVersion: '1.1' })).abortRun({ runId })
}

async function refusal(refused: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await refused.then(
      () => expect.fail('it was not refused'),
      (error: unknown) => error,
    ),
  )
}

eachTransport((transport) => {
  test('a request about a run of another server is answered by that one, as the client asked', async () => {
    const [a, b] = [await start(), await start()]
    a.abort = at(b.url)
    const client = createClient(RunService, transport.connect(a.url))
    const headers = { 'x-auth-request-user': 'jo', authorization: 'Bearer t', 'x-request-id': 'mine' }
    expect(await client.abortRun({ runId, reason: 'why' }, { headers })).toMatchObject({
      $typeName: 'flyteidl2.workflow.AbortRunResponse',
    })
    expect(b.calls).toHaveLength(1)
    expect(b.calls[0]?.request).toMatchObject({
      runId: create(RunService.method.abortRun.input, { runId }).runId,
      reason: 'why',
    })
    const { headers: got } = b.calls[0]!
    expect([got.get('x-auth-request-user'), got.get('authorization')]).toEqual(['jo', 'Bearer t'])
  })

  test('its refusal is that of the other server', async () => {
    const [a, b] = [await start(), await start()]
    a.abort = at(b.url)
    b.abort = () => {
      throw new NotFoundError('run r is not known to b')
    }
    const { code, rawMessage } = await refusal(createClient(RunService, transport.connect(a.url)).abortRun({ runId }))
    expect([code, rawMessage]).toEqual([Code.NotFound, 'run r is not known to b'])
  })
})

describe('a run that changes hands', () => {
  test('is looked for until somebody has it', async () => {
    const [a, b] = [await start(10_000), await start()]
    const steps = [at(null), at('http://127.0.0.1:1'), at(b.url), at(null), () => {}]
    a.abort = () => steps.shift()?.()
    // The other server has it no longer, or not yet.
    b.abort = at(null)
    await abortAt(a.url)
    expect(steps).toEqual([])
    expect(b.calls).toHaveLength(1)
  })

  test('that nobody takes over is unavailable, which is said', async () => {
    const a = await start()
    a.abort = at(null)
    const { code, rawMessage } = await refusal(abortAt(a.url))
    expect(code).toBe(Code.Unavailable)
    expect(rawMessage).toContain('run r of p/d is changing hands between servers, and no server has taken it over yet')
  })
})

describe('another server', () => {
  test('that cannot be reached is named', async () => {
    const a = await start()
    a.abort = at('http://127.0.0.1:1')
    const { code, rawMessage } = await refusal(abortAt(a.url))
    expect(code).toBe(Code.Unavailable)
    expect(rawMessage).toContain(
      'run r of p/d is with the server at http://127.0.0.1:1, which cannot be reached from here',
    )
    expect(rawMessage).toContain('check that the servers reach each other')
  })

  test('that sends back what it was sent ends the search, and no request goes round', async () => {
    const [a, b] = [await start(), await start()]
    a.abort = at(b.url)
    b.abort = at(a.url)
    expect((await refusal(abortAt(a.url))).code).toBe(Code.Unavailable)
    expect(a.calls.length).toBeLessThan(15)
    expect(a.calls.every(({ headers }) => !headers.has('x-tern-forwarded'))).toBe(true)
    expect(b.calls.every(({ headers }) => headers.has('x-tern-forwarded'))).toBe(true)
  })
})

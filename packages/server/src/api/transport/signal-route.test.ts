import { fromBinary } from '@bufbuild/protobuf'
import { NotFoundError, systemClock } from '@tern/core'
import { EnrichedIdentitySchema } from '@tern/idl/common'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { signalPath, toSignalObject } from '../../conditions/signal-links.ts'
import { LinkSigner } from '../../data/signed-links.ts'
import type { ActionKey } from '../../engine/model.ts'
import { OwnedElsewhereError } from '../../engine/owned-elsewhere.ts'
import { Listener } from './listener.ts'
import { SignalRoute } from './signal-route.ts'

const key = { project: 'p', domain: 'd', run: 'r', action: 'c1' }
const signer = new LinkSigner(Buffer.from('a test key'))
const logger = pino({ level: 'silent' })

interface Server {
  readonly url: string
  readonly signals: { readonly key: ActionKey; readonly value: unknown; readonly by: string }[]
  refusal: Error | undefined
}

const listeners: Listener[] = []
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.stop(0))))

async function start(): Promise<Server> {
  const server: Server = { url: '', signals: [], refusal: undefined }
  const route = new SignalRoute({
    conditions: {
      async signalJson(condition, value, by) {
        if (server.refusal !== undefined) throw server.refusal
        const { principal } = fromBinary(EnrichedIdentitySchema, by ?? new Uint8Array())
        server.signals.push({ key: condition, value, by: principal.value?.id?.subject ?? '' })
      },
    },
    signer,
    clock: systemClock,
    logger,
    config: { trustForwardedIdentity: true },
  })
  const handler = route.handle.bind(route)
  const listener = await Listener.start({ host: '127.0.0.1', port: 0, handler })
  listeners.push(listener)
  return Object.assign(server, { url: listener.url })
}

async function post(server: Server, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const grant = {
    purpose: 'signal',
    object: toSignalObject(key),
    expiresAt: Date.now() + 60_000,
    md5: '',
    maxBytes: 1000,
  } as const
  const query = signer.sign(grant)
  return fetch(`${server.url}${signalPath}?${query}`, { method: 'POST', body, headers })
}

test('a value for a run of another server is sent on to that one, with who sent it', async () => {
  const [a, b] = [await start(), await start()]
  a.refusal = new OwnedElsewhereError(key, b.url)
  const response = await post(a, '{"value": 7}', { 'x-auth-request-user': 'jo', 'content-type': 'application/json' })
  expect([response.status, await response.json()]).toEqual([200, {}])
  expect(b.signals).toEqual([{ key, value: 7, by: 'jo' }])
  await post(a, 'seven', { 'content-type': 'text/plain' })
  expect(b.signals[1]).toMatchObject({ value: 'seven', by: 'webhook' })
})

test('the other server’s refusal is the answer', async () => {
  const [a, b] = [await start(), await start()]
  a.refusal = new OwnedElsewhereError(key, b.url)
  b.refusal = new NotFoundError('run r has no action c1')
  const response = await post(a, '7')
  expect([response.status, await response.json()]).toMatchObject([404, { message: 'run r has no action c1' }])
})

test('a value that was sent on goes no further', async () => {
  const [a, b] = [await start(), await start()]
  a.refusal = new OwnedElsewhereError(key, b.url)
  const response = await post(a, '7', { 'x-tern-forwarded': '1' })
  expect(response.status).toBe(503)
  expect(b.signals).toEqual([])
})

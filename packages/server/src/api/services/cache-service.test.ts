import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ResourceType } from '@tern/idl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { freshName } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const clock = { at: Date.UTC(2026, 0, 1), now: () => clock.at }
const identifier = { org: 'tern', project: 'flytesnacks', domain: 'development' }
const noEntry = 'the cache has no entry for'

let api: TestApi

beforeAll(async () => {
  api = await startApi({ clock })
})

afterAll(() => api.close())

const uri = (value: string) => ({ output: { case: 'outputUri', value } }) as const

eachTransport((transport) => {
  let cache: Clients['cache']
  let cacheV1: Clients['cacheV1']

  beforeAll(() => {
    const clients = createClients(transport.connect(api.url))
    cache = clients.cache
    cacheV1 = clients.cacheV1
  })

  async function put(key: string, value: string, overwrite = {}) {
    await cache.put({ identifier, baseRequest: { key, output: uri(value), overwrite } })
  }

  async function stored(key: string) {
    const { output } = await cache.get({ identifier, baseRequest: { key } })
    return output?.output.value
  }

  const reserve = async (key: string, ownerId: string, heartbeatInterval = {}) =>
    (await cache.getOrExtendReservation({ identifier, baseRequest: { key, ownerId, heartbeatInterval } })).reservation

  describe('an entry', () => {
    test('is found with its metadata', async () => {
      const key = freshName('key')
      const metadata = {
        sourceIdentifier: { resourceType: ResourceType.TASK, project: 'flytesnacks', name: 'env.main', version: 'v1' },
        keyMap: { values: { 'exec-attempt': '2' } },
      }
      await cache.put({ identifier, baseRequest: { key, output: { ...uri('s3://b/outputs.pb'), metadata } } })
      const seconds = BigInt(clock.at / 1000)
      expect((await cache.get({ identifier, baseRequest: { key } })).output).toMatchObject({
        output: { case: 'outputUri', value: 's3://b/outputs.pb' },
        metadata: { ...metadata, createdAt: { seconds }, lastUpdatedAt: { seconds } },
      })
    })

    test('is not there before it is put, in another domain, or after it is deleted', async () => {
      const key = freshName('key')
      await expectRefused(stored(key), Code.NotFound, noEntry)
      await put(key, 's3://b/1')
      const other = { ...identifier, domain: 'staging' }
      await expectRefused(cache.get({ identifier: other, baseRequest: { key } }), Code.NotFound, noEntry)
      await cache.delete({ identifier, baseRequest: { key } })
      await expectRefused(stored(key), Code.NotFound, noEntry)
      await expectRefused(cache.delete({ identifier, baseRequest: { key } }), Code.NotFound, noEntry)
    })

    // The public backend's executor never sees this code, and counts a shared success as a failure to write.
    test('is not overwritten unasked, which is a code of its own', async () => {
      const key = freshName('key')
      await put(key, 's3://b/1')
      await expectRefused(put(key, 's3://b/2'), Code.AlreadyExists, 'the cache has an entry for')
      expect(await stored(key)).toBe('s3://b/1')
    })

    test('is overwritten when asked, and keeps the time of its first write', async () => {
      const key = freshName('key')
      const createdAt = { seconds: 1_700_000_000n, nanos: 0 }
      await cache.put({ identifier, baseRequest: { key, output: { ...uri('s3://b/1'), metadata: { createdAt } } } })
      await put(key, 's3://b/2', { overwrite: true, deleteBlob: true })
      const { output } = await cache.get({ identifier, baseRequest: { key } })
      expect(output).toMatchObject({ output: { value: 's3://b/2' }, metadata: { createdAt } })
    })

    test('is overwritten when it is older than asked', async () => {
      const key = freshName('key')
      await put(key, 's3://b/1')
      clock.at += 60_000
      const maxAge = (seconds: bigint) => ({ maxAge: { seconds } })
      await expectRefused(put(key, 's3://b/2', maxAge(60n)), Code.AlreadyExists, 'the cache has an entry for')
      await put(key, 's3://b/3', maxAge(59n))
      expect(await stored(key)).toBe('s3://b/3')
    })

    test('of the first version has nothing to do with those of projects', async () => {
      const key = freshName('key')
      await cacheV1.put({ key, output: uri('s3://b/v1') })
      await expectRefused(stored(key), Code.NotFound, noEntry)
      expect((await cacheV1.get({ key })).output?.output.value).toBe('s3://b/v1')
      await expectRefused(cacheV1.put({ key, output: uri('s3://b/2') }), Code.AlreadyExists, 'the cache has an entry')
      await cacheV1.delete({ key })
      await expectRefused(cacheV1.get({ key }), Code.NotFound, noEntry)
      await expectRefused(cacheV1.delete({ key }), Code.NotFound, noEntry)
    })
  })

  describe('a reservation', () => {
    test('is held by one owner for three heartbeats, and extended by each', async () => {
      const key = freshName('key')
      const at = clock.at
      expect(await reserve(key, 'one', { seconds: 2n })).toMatchObject({
        key,
        ownerId: 'one',
        heartbeatInterval: { seconds: 2n },
        expiresAt: { seconds: BigInt(at / 1000 + 6) },
      })
      clock.at += 5_000
      expect(await reserve(key, 'two')).toMatchObject({ ownerId: 'one', heartbeatInterval: { seconds: 2n } })
      expect(await reserve(key, 'one', { seconds: 2n })).toMatchObject({ ownerId: 'one' })
      clock.at += 5_000
      expect(await reserve(key, 'two')).toMatchObject({ ownerId: 'one' })
    })

    test('goes to the next when it expires', async () => {
      const key = freshName('key')
      await reserve(key, 'one', { seconds: 1n })
      clock.at += 3_000
      expect(await reserve(key, 'two')).toMatchObject({ ownerId: 'two' })
      expect(await reserve(key, 'one')).toMatchObject({ ownerId: 'two' })
    })

    test('has heartbeats of ten seconds at most', async () => {
      const expected = { heartbeatInterval: { seconds: 10n } }
      expect(await reserve(freshName('key'), 'one', { seconds: 3600n })).toMatchObject(expected)
      expect(await reserve(freshName('key'), 'one')).toMatchObject(expected)
    })

    test('is released by its owner only, as often as they like', async () => {
      const key = freshName('key')
      const release = (ownerId: string) => cache.releaseReservation({ identifier, baseRequest: { key, ownerId } })
      await reserve(key, 'one')
      await release('two')
      expect(await reserve(key, 'two')).toMatchObject({ ownerId: 'one' })
      await release('one')
      await release('one')
      expect(await reserve(key, 'two')).toMatchObject({ ownerId: 'two' })
    })

    test('has one owner, however many ask at the same time', async () => {
      const key = freshName('key')
      const owners = Array.from({ length: 12 }, (_, index) => `owner ${index}`)
      const held = await Promise.all(owners.map((owner) => reserve(key, owner)))
      expect(new Set(held.map((reservation) => reservation?.ownerId)).size).toBe(1)
    })

    test('of the first version works the same', async () => {
      const key = freshName('key')
      expect((await cacheV1.getOrExtendReservation({ key, ownerId: 'one' })).reservation?.ownerId).toBe('one')
      expect((await cacheV1.getOrExtendReservation({ key, ownerId: 'two' })).reservation?.ownerId).toBe('one')
      await cacheV1.releaseReservation({ key, ownerId: 'one' })
      expect((await cacheV1.getOrExtendReservation({ key, ownerId: 'two' })).reservation?.ownerId).toBe('two')
    })
  })

  describe('a request is refused', () => {
    const refused = (call: Promise<unknown>, message: string) => expectRefused(call, Code.InvalidArgument, message)
    const key = 'k'
    const ownerId = 'one'

    test('without a scope, a key or an owner', async () => {
      await refused(cache.get({ baseRequest: { key } }), 'identifier: value is required')
      await refused(
        cache.get({ identifier: { ...identifier, project: '' }, baseRequest: { key } }),
        'identifier.project',
      )
      await refused(cache.get({ identifier }), 'base_request: value is required')
      await refused(cache.put({ identifier }), 'base_request: value is required')
      await refused(cache.get({ identifier, baseRequest: {} }), 'key: value is required')
      await refused(cache.delete({ identifier, baseRequest: {} }), 'key: value is required')
      await refused(cache.put({ identifier, baseRequest: { output: uri('s3://b') } }), 'key: value is required')
      await refused(cache.getOrExtendReservation({ identifier, baseRequest: { ownerId } }), 'key: value is required')
      await refused(cache.getOrExtendReservation({ identifier, baseRequest: { key } }), 'owner_id: value is required')
      await refused(cache.releaseReservation({ identifier, baseRequest: { key } }), 'owner_id: value is required')
      await refused(cacheV1.get({}), 'key: value is required')
      await refused(cacheV1.put({ output: uri('s3://b') }), 'key: value is required')
      await refused(cacheV1.delete({}), 'key: value is required')
      await refused(cacheV1.getOrExtendReservation({ key }), 'owner_id: value is required')
      await refused(cacheV1.releaseReservation({ key }), 'owner_id: value is required')
    })

    test('with outputs that are not in storage', async () => {
      const literals = { output: { case: 'outputLiterals', value: {} } } as const
      await refused(cache.put({ identifier, baseRequest: { key, output: literals } }), 'output.output_literals: only')
      await refused(cache.put({ identifier, baseRequest: { key } }), 'output.output_uri: value is required')
      await refused(put(key, 'x'.repeat(4097)), 'output.output_uri: value has 4097 characters, 4096 are allowed')
    })

    test('with a key or owner that is too long', async () => {
      const long = 'x'.repeat(513)
      await refused(stored(long), 'key: value has 513 characters, 512 are allowed')
      await refused(put(long, 's3://b'), 'key: value has 513 characters')
      await refused(reserve(long, 'one'), 'key: value has 513 characters')
      await refused(reserve(key, long), 'owner_id: value has 513 characters')
      const longest = freshName('key').padEnd(512, 'é')
      await put(longest, 's3://b')
      expect(await stored(longest)).toBe('s3://b')
    })

    test('with times that run backwards', async () => {
      await refused(put(key, 's3://b', { maxAge: { seconds: -1n } }), 'overwrite.max_age: value must not be negative')
      await refused(reserve(key, 'one', { seconds: -1n }), 'heartbeat_interval: value must not be negative')
    })
  })
})

test('reservations that nobody extends are deleted', async () => {
  const { cacheEntries } = api.repositories
  const { cache } = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  const reserve = () => cache.getOrExtendReservation({ identifier, baseRequest: { key: 'purging', ownerId: 'one' } })
  const put = (key: string, expiresAt: number) =>
    cacheEntries.reserve({ project: 'p', domain: 'd', key }, { owner: 'one', heartbeatMs: 1, expiresAt }, clock.at)
  clock.at += 60_000
  await reserve()
  for (let index = 0; index < 10; index++) await put(`expired ${index}`, clock.at)
  expect(await cacheEntries.purgeReservations(clock.at)).toBe(10)
  await put('expired later', clock.at + 60_000)
  clock.at += 60_000
  await reserve()
  expect(await cacheEntries.purgeReservations(clock.at)).toBe(0)
})

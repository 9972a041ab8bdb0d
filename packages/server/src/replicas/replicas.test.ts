import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommittedChanges } from '../engine/change-feed.ts'
import type { Change } from '../engine/model.ts'
import { openPostgresStore } from '../store/postgres/open-store.ts'
import type { ServerStore } from '../store/server-store.ts'
import type { Store } from '../store/store.ts'
import { FlakyProxy } from '../store/test/flaky-proxy.ts'
import { execute, freshPostgres, testDatabase } from '../store/test/test-databases.ts'
import { serversIn } from '../store/test/whole-database.ts'
import { Replicas } from './replicas.ts'

const logger = pino({ level: 'silent' })
const quickBeatMs = 50
// Where all servers lose their connections: none is taken for dead that makes its own again later than another one.
const slowBeatMs = 700

/** A server, as far as the others are concerned. */
interface Replica {
  readonly replicas: Replicas
  readonly store: Store
  readonly servers: ServerStore
  readonly changes: CommittedChanges
  /** What its watchers of all runs are told. */
  readonly told: Change[]
  readonly triggerChanges: Set<() => void>
  triggersRead: number
  takeOvers: number
  fatal: unknown
}

interface Faults {
  /** Address of the database, when it is not the usual one. */
  readonly through?: string
  /** Defaults to the quick one. */
  readonly beatMs?: number
  readonly send?: ServerStore['send']
}

describe.skipIf(testDatabase.name !== 'Postgres' || !testDatabase.isAvailable)('servers that share a database', () => {
  let url: string
  const started: Replica[] = []
  const proxies: FlakyProxy[] = []

  beforeEach(async () => {
    url = await freshPostgres()
  })
  afterEach(async () => {
    for (const replica of started.splice(0)) await stop(replica)
    for (const proxy of proxies.splice(0)) await proxy.stop()
  })

  async function stop({ replicas, store }: Replica): Promise<void> {
    await replicas.stop()
    await store.close()
  }

  async function start({ through = url, send, beatMs = quickBeatMs }: Faults = {}): Promise<Replica> {
    const store = await openPostgresStore(through, logger, 500)
    const servers = store.servers!
    const changes = new CommittedChanges()
    const triggerChanges = new Set<() => void>()
    const told: Change[] = []
    changes.subscribe('all', (change) => told.push(change))
    const replica: Replica = {
      store,
      servers,
      changes,
      told,
      triggerChanges,
      triggersRead: 0,
      takeOvers: 0,
      fatal: undefined,
      replicas: new Replicas({
        store: send === undefined ? servers : withSend(servers, send),
        engine: { changes, takeOver: async () => void replica.takeOvers++ },
        triggers: {
          subscribe(listener) {
            triggerChanges.add(listener)
            return () => triggerChanges.delete(listener)
          },
        },
        onTriggers: () => replica.triggersRead++,
        onFatal: (error) => (replica.fatal = error),
        logger,
        leaseMs: 10_000,
        beatMs,
      }),
    }
    started.push(replica)
    await replica.replicas.start({ url: `http://${servers.id}`, version: '1', keys: {} })
    return replica
  }

  /** Resolves when they know of each other, and have told each other everything up to now. */
  async function areAcquainted(...replicas: ReadonlyArray<Replica>): Promise<void> {
    for (const from of replicas) {
      // The first is sent again and again, until it is sent at all; what comes after the second has not been told yet.
      for (const probe of [1000, 2000].map((base) => base + from.servers.id)) {
        const arrived = () => replicas.every(({ told }) => told.some(({ runId }) => runId === probe))
        if (probe > 2000) from.changes.publish({ runId: probe, seq: 0, kind: 'action' })
        await expect
          .poll(() => {
            if (probe < 2000) from.changes.publish({ runId: probe, seq: 0, kind: 'action' })
            return arrived()
          })
          .toBe(true)
      }
    }
    for (const { told } of replicas) told.length = 0
  }

  test('tell each other what changes, and nobody what he said himself', async () => {
    const [a, b, c] = [await start(), await start(), await start()]
    await areAcquainted(a, b, c)
    const run: Change[] = []
    b.changes.subscribe(7, (change) => run.push(change))
    a.changes.publish({ runId: 7, seq: 0, kind: 'action' })
    a.changes.publish({ runId: 7, seq: 3, kind: 'log' })
    a.changes.publish({ runId: 8, seq: 1, kind: 'action' })
    const expected = [
      { runId: 7, seq: 0, kind: 'action' },
      { runId: 7, seq: 3, kind: 'log' },
      { runId: 8, seq: 1, kind: 'action' },
    ]
    await expect.poll(() => b.told).toEqual(expected)
    await expect.poll(() => c.told).toEqual(expected)
    expect(run).toEqual(expected.slice(0, 2))
    // Neither has it come back, nor has anybody passed it on.
    b.changes.publish({ runId: 9, seq: 0, kind: 'action' })
    await expect.poll(() => a.told).toEqual([...expected, { runId: 9, seq: 0, kind: 'action' }])
    await expect.poll(() => c.told).toEqual(a.told)
  })

  test('tell of changes of triggers', async () => {
    const [a, b] = [await start(), await start()]
    await areAcquainted(a, b)
    const before = b.triggersRead
    for (const listener of a.triggerChanges) listener()
    await expect.poll(() => b.triggersRead).toBeGreaterThan(before)
  })

  test('say nothing while there is nobody to hear it', async () => {
    const a = await start()
    a.changes.publish({ runId: 7, seq: 0, kind: 'action' })
    const beats = () => execute(url, 'select beat > 5 as later, notified from servers')
    await expect.poll(beats).toEqual([{ later: true, notified: '0' }])
  })

  test('read everything again when a connection was lost', async () => {
    const [a, b] = [await start({ beatMs: slowBeatMs }), await start({ beatMs: slowBeatMs })]
    await areAcquainted(a, b)
    await execute(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'tern servers' and datname = current_database()`,
    )
    await expect.poll(() => b.told).toContainEqual({ runId: 0, seq: 0, kind: 'everything' })
    b.told.length = 0
    a.changes.publish({ runId: 7, seq: 0, kind: 'action' })
    await expect.poll(() => b.told).toContainEqual({ runId: 7, seq: 0, kind: 'action' })
    expect([a.fatal, b.fatal]).toEqual([undefined, undefined])
  })

  test('read everything again when a message was lost on the way', async () => {
    let isLosing = false
    let send: ServerStore['send'] = async () => {}
    const a = await start({ send: async (first, bodies) => (isLosing ? undefined : send(first, bodies)) })
    send = (first, bodies) => a.servers.send(first, bodies)
    const b = await start()
    await areAcquainted(a, b)
    isLosing = true
    a.changes.publish({ runId: 7, seq: 0, kind: 'action' })
    await expect.poll(() => b.told).toEqual([{ runId: 0, seq: 0, kind: 'everything' }])
  })

  test('take over what one had that died', async () => {
    const proxy = await FlakyProxy.start(url)
    proxies.push(proxy)
    const [a, b, c] = [await start({ through: proxy.url }), await start(), await start()]
    await areAcquainted(a, b, c)
    proxy.goDown()
    for (const { takeOvers } of [b, c]) expect(takeOvers).toBe(0)
    await expect.poll(() => b.takeOvers > 0 && c.takeOvers > 0, { timeout: 20_000 }).toBe(true)
    expect(await execute(url, 'select id::int4 from servers order by id')).toEqual([
      { id: b.servers.id },
      { id: c.servers.id },
    ])
    // Whoever was taken for dead and comes back has to end.
    proxy.comeUp()
    await expect.poll(() => String(a.fatal)).toContain('was taken for dead')
  })

  test('take over what one had that stopped, at once', async () => {
    const [a, b] = [await start(), await start()]
    await areAcquainted(a, b)
    started.splice(started.indexOf(a), 1)
    await stop(a)
    await expect.poll(() => b.takeOvers).toBeGreaterThan(0)
    expect(b.told).toContainEqual({ runId: 0, seq: 0, kind: 'everything' })
  })

  test('leave each other alone while the database is away', async () => {
    const proxy = await FlakyProxy.start(url)
    proxies.push(proxy)
    const faults = { through: proxy.url, beatMs: slowBeatMs }
    const [a, b] = [await start(faults), await start(faults)]
    await areAcquainted(a, b)
    proxy.goDown()
    // Longer than a server that is alone in this is given.
    await delay(5 * slowBeatMs)
    proxy.comeUp()
    const { beats } = await serversIn(url)
    await expect.poll(async () => (await serversIn(url)).beats).toBeGreaterThan(beats + 4)
    expect((await serversIn(url)).count).toBe(2)
    expect([a.fatal, b.fatal, a.takeOvers, b.takeOvers]).toEqual([undefined, undefined, 0, 0])
  })
})

function withSend(store: ServerStore, send: ServerStore['send']): ServerStore {
  return {
    id: store.id,
    announce: (facts) => store.announce(facts),
    listen: (listener) => store.listen(listener),
    beat: (sent) => store.beat(sent),
    remove: (id, force) => store.remove(id, force),
    send,
  }
}

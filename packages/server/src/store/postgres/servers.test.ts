import { Client } from 'pg'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { ServerEvent, ServerStore } from '../server-store.ts'
import { DatabaseError } from '../store-errors.ts'
import type { Store } from '../store.ts'
import { FlakyProxy } from '../test/flaky-proxy.ts'
import { aBatch, aChild, aRoot, aRunRecord, aSpecRow } from '../test/records.ts'
import { execute, freshPostgres } from '../test/test-databases.ts'
import { locks } from './locks.ts'
import { openPostgresStore } from './open-store.ts'

const logger = pino({ level: 'silent' })
const facts = { version: '1', keys: { 'signing.key': 'one', 'secrets.key': 'two' } }

interface Server extends Store {
  readonly servers: ServerStore
}

describe.skipIf(!inject('hasPostgres'))('servers on one database', () => {
  let url: string
  const opened: Server[] = []
  const proxies: FlakyProxy[] = []

  beforeEach(async () => {
    url = await freshPostgres()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((server) => server.close()))
    await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()))
  })

  async function open(through = url): Promise<Server> {
    const server = (await openPostgresStore(through, logger, 500)) as Server
    opened.push(server)
    return server
  }

  async function openThroughProxy(): Promise<{ readonly server: Server; readonly proxy: FlakyProxy }> {
    const proxy = await FlakyProxy.start(url)
    proxies.push(proxy)
    return { proxy, server: await open(proxy.url) }
  }

  async function stop(server: Server): Promise<void> {
    opened.splice(opened.indexOf(server), 1)
    await server.close()
  }

  async function newRun(server: Server, name: string): Promise<number> {
    const id = await server.engine.newRunId()
    const run = aRunRecord({ id, name })
    await server.engine.commit(aBatch({ specs: [aSpecRow()], runs: [run], created: [aRoot(id)] }))
    return id
  }

  async function taken(server: Server): Promise<string[]> {
    const names: string[] = []
    for await (const { run } of server.engine.liveRuns()) names.push(run.name)
    return names
  }

  /** A commit, made again while that may help. */
  async function commit(server: Server, runId: number, seq: number): Promise<void> {
    for (;;) {
      try {
        await server.engine.commit(aBatch({ created: [aChild(runId, seq)] }))
        return
      } catch (error) {
        if (!server.engine.isTransient(error)) throw error
      }
    }
  }

  describe('a live run', () => {
    test('belongs to the server that created it, and others know where that is', async () => {
      const [a, b] = [await open(), await open()]
      await a.servers.announce({ ...facts, url: 'http://a' })
      await newRun(a, 'r1')
      expect(await taken(b)).toEqual([])
      expect(await b.engine.findRun('p', 'd', 'r1')).toMatchObject({ isLive: true, ownerUrl: 'http://a' })
      expect(await a.engine.findRun('p', 'd', 'r1')).toMatchObject({ isLive: true, ownerUrl: null })
    })

    test('is free when its server stops', async () => {
      const [a, b] = [await open(), await open()]
      await newRun(a, 'r1')
      await stop(a)
      expect(await taken(b)).toEqual(['r1'])
      expect(await taken(b)).toEqual([])
    })

    test('is taken by one server only, and each gets a share', async () => {
      const servers = [await open(), await open(), await open()]
      const names = Array.from({ length: 60 }, (_, i) => `r${i}`)
      for (const [i, { servers: own }] of servers.entries()) await own.announce({ ...facts, url: `http://${i}` })
      for (const name of names) await newRun(servers[2]!, name)
      await stop(servers[2]!)
      const shares = await Promise.all(servers.slice(0, 2).map(taken))
      expect(shares.flat().toSorted()).toEqual(names.toSorted())
      expect(Math.min(...shares.map(({ length }) => length))).toBe(30)
    })

    test('is taken although the answer is lost', async () => {
      const a = await open()
      const { server: b, proxy } = await openThroughProxy()
      await newRun(a, 'r1')
      await stop(a)
      const runs = b.engine.liveRuns()[Symbol.asyncIterator]()
      proxy.loseNextAnswer()
      expect((await runs.next()).value).toMatchObject({ run: { name: 'r1' } })
    })
  })

  describe('a server', () => {
    test('that is well is not removed', async () => {
      const [a, b] = [await open(), await open()]
      expect(await b.servers.remove(a.servers.id, false)).toBe(false)
      expect(await b.servers.beat(0)).toMatchObject([{ id: a.servers.id }])
    })

    test('whose connections broke goes on when it is back in time', async () => {
      const { server: a, proxy } = await openThroughProxy()
      const runId = await newRun(a, 'r1')
      proxy.goDown()
      proxy.comeUp()
      await commit(a, runId, 1)
      expect(await a.engine.findAction(runId, 'c1')).toBeDefined()
    })

    test('whose connections broke and that was removed can write nothing more', async () => {
      const { server: a, proxy } = await openThroughProxy()
      const b = await open()
      const runId = await newRun(a, 'r1')
      proxy.goDown()
      await expect.poll(() => b.servers.remove(a.servers.id, false)).toBe(true)
      proxy.comeUp()
      const late = commit(a, runId, 1)
      await expect(late).rejects.toThrow(DatabaseError)
      await expect(late).rejects.toThrow(/was taken for dead, and other servers go on with its runs/)
      await expect(a.servers.beat(0)).rejects.toThrow(/was taken for dead/)
      expect(await taken(b)).toEqual(['r1'])
      expect(await b.engine.findAction(runId, 'c1')).toBeUndefined()
    })

    test('that is stuck is removed by force, and can write nothing more', async () => {
      const [a, b] = [await open(), await open()]
      const runId = await newRun(a, 'r1')
      expect(await b.servers.remove(a.servers.id, true)).toBe(true)
      await expect(commit(a, runId, 1)).rejects.toThrow(/was taken for dead/)
      expect(await taken(b)).toEqual(['r1'])
    })

    test('counts its beats, and says how many messages it sent', async () => {
      const [a, b] = [await open(), await open()]
      await a.servers.beat(3)
      await a.servers.beat(5)
      expect(await b.servers.beat(0)).toEqual([{ id: a.servers.id, url: '', beat: 2, sent: 5 }])
    })
  })

  describe('an address', () => {
    test('of a living server is refused, with what to do', async () => {
      const [a, b] = [await open(), await open()]
      await a.servers.announce({ ...facts, url: 'http://a' })
      const announced = b.servers.announce({ ...facts, url: 'http://a' })
      const beating = setInterval(() => void a.servers.beat(0), 50)
      await expect(announced).rejects.toMatchObject({
        message: 'another server on the same database says that it is at http://a',
        hint: expect.stringContaining('--advertise-url'),
      })
      clearInterval(beating)
    })

    test('of a server that was killed makes its runs free at once', async () => {
      const { server: a, proxy } = await openThroughProxy()
      await a.servers.announce({ ...facts, url: 'http://a' })
      await newRun(a, 'r1')
      proxy.goDown()
      const b = await open()
      await b.servers.announce({ ...facts, url: 'http://a' })
      expect(await taken(b)).toEqual(['r1'])
      expect(await b.servers.beat(0)).toEqual([])
    })

    test('of a server that hangs is taken from it', async () => {
      const [a, b] = [await open(), await open()]
      await a.servers.announce({ ...facts, url: 'http://a' })
      await b.servers.announce({ ...facts, url: 'http://a' })
      await expect(a.servers.beat(0)).rejects.toThrow(/was taken for dead/)
    })
  })

  test('with different keys refuse to work together', async () => {
    const [a, b] = [await open(), await open()]
    await a.servers.announce({ ...facts, url: 'http://a' })
    const keys = { ...facts.keys, 'signing.key': 'another' }
    await expect(b.servers.announce({ ...facts, url: 'http://b', keys })).rejects.toMatchObject({
      message: 'the server at http://a, on the same database, has another signing.key',
      hint: expect.stringContaining('copy the keys'),
    })
  })

  test('do not start beside an older version that had the database to itself', async () => {
    const older = new Client({ connectionString: url })
    await older.connect()
    await older.query('select pg_advisory_lock($1, $2)', locks.together)
    await expect(open()).rejects.toMatchObject({
      message: expect.stringContaining('an older version of Tern uses the database'),
      hint: 'Stop that server first.',
    })
    await older.end()
    await open()
  })

  test('do not have the tables changed under them', async () => {
    const a = await open()
    await execute(url, "delete from schema_migrations where name = '0009-servers'")
    await expect(open()).rejects.toMatchObject({
      message: expect.stringMatching(/tables .* are to be changed, and servers of an older version of Tern use them/),
      hint: expect.stringContaining('Stop all servers'),
    })
    await stop(a)
    // What is in the way now is that the test has only said that the tables are old.
    await expect(open()).rejects.toThrow(/already exists/)
  })

  describe('what happens', () => {
    function eventsOf(server: Server): ServerEvent[] {
      const events: ServerEvent[] = []
      server.servers.listen((event) => events.push(event))
      return events
    }

    test('is told to the other servers, in order, and not to the one that did it', async () => {
      const [a, b] = [await open(), await open()]
      const heard = eventsOf(b)
      const own = eventsOf(a)
      await b.servers.beat(0)
      await a.servers.announce({ ...facts, url: 'http://a' })
      await a.servers.send(1, ['one', 'two words'])
      await a.servers.send(3, ['ümläut'])
      await stop(a)
      const from = a.servers.id
      await expect
        .poll(() => heard)
        .toEqual([
          { kind: 'missed' },
          { kind: 'joined', id: from },
          { kind: 'message', from, number: 1, body: 'one' },
          { kind: 'message', from, number: 2, body: 'two words' },
          { kind: 'message', from, number: 3, body: 'ümläut' },
          { kind: 'left', id: from },
        ])
      expect(own).toEqual([{ kind: 'missed' }])
    })

    test('may be missed while the connection is lost, which is told', async () => {
      const a = await open()
      const heard = eventsOf(a)
      await a.servers.beat(0)
      await execute(
        url,
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tern servers'
          and datname = current_database()`,
      )
      await expect.poll(() => a.servers.beat(0).catch(() => undefined)).toEqual([])
      expect(heard).toEqual([{ kind: 'missed' }, { kind: 'missed' }])
    })
  })
})

import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../store/test/test-databases.ts'
import { OwnedElsewhereError } from './owned-elsewhere.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

// An embedded database has one server.
describe.skipIf(testDatabase.name === 'SQLite')('two servers on one database', () => {
  let a: TestEngine
  let b: TestEngine
  let isStopped = false

  beforeEach(async () => {
    const database = await testDatabase.fresh()
    ;[a, b] = [await startEngine(database), await startEngine(database)]
    isStopped = false
  })
  afterEach(async () => {
    if (!isStopped) await a.close()
    await b.close()
  })

  async function stopA(): Promise<void> {
    isStopped = true
    await a.close()
  }

  const root = { ...runKey, action: 'a0' }
  const aChild = (action: string) => ({
    key: { ...runKey, action },
    parent: 'a0',
    spec: aSpec('env.leaf'),
    inputs: { bytes: new Uint8Array([1]) },
    group: '',
    cacheKey: '',
    queue: '',
  })

  test('ask each other about live runs, and answer about those that have ended', async () => {
    await a.engine.createRun(aRun())
    await expect(b.engine.abort(root, 'why')).rejects.toThrow(OwnedElsewhereError)
    await expect(b.engine.enqueue(aChild('c1'))).rejects.toThrow(OwnedElsewhereError)
    await expect(b.engine.signal(root, new Uint8Array())).rejects.toThrow(OwnedElsewhereError)
    await expect(b.engine.report(root, { phase: ActionPhase.RUNNING, attempt: 1, at: 1 })).rejects.toThrow(
      OwnedElsewhereError,
    )
    await a.engine.abort(root, 'why')
    await b.engine.abort(root, 'again')
    expect((await b.stored('a0'))?.state.abortReason).toBe('why')
    await expect(b.engine.enqueue(aChild('c1'))).rejects.toMatchObject({ code: 'aborted' })
  })

  test('make one run of a request that comes to both', async () => {
    for (let round = 0; round < 10; round++) {
      const request = aRun({ key: { ...runKey, run: `same-${round}` } })
      const [here, there] = await Promise.all([a.engine.createRun(request), b.engine.createRun(request)])
      expect(here.runId).toBe(there.runId)
      expect([here.created, there.created].filter(Boolean)).toHaveLength(1)
    }
    const started = () => [a, b].flatMap(({ executor }) => executor.attempts.map(({ run }) => run.run))
    await expect.poll(() => started().length).toBe(10)
    expect(new Set(started()).size).toBe(10)
  })

  test('give a name to one of the requests that want it, and refuse the repeats of the other', async () => {
    for (let round = 0; round < 10; round++) {
      const key = { ...runKey, run: `rival-${round}` }
      const requests = [a, a, b, b].map(({ engine }, i) =>
        engine.createRun(aRun({ key, requestDigest: i < 2 ? 'of a' : 'of b' })),
      )
      const results = await Promise.allSettled(requests)
      const statuses = results.map(({ status }) => status)
      expect(new Set([statuses[0], statuses[2]])).toEqual(new Set(['fulfilled', 'rejected']))
      expect([statuses[1], statuses[3]]).toEqual([statuses[0], statuses[2]])
      const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []))
      expect(refusals).toEqual(['already_exists', 'already_exists'])
    }
  })

  test('acknowledge nothing about a run whose name the other one has taken in the same moment', async () => {
    let added = 0
    for (let round = 0; round < 10; round++) {
      const key = { ...runKey, run: `contested-${round}` }
      const outcomes = [a, b].map(async (server, i) => {
        const { engine } = server
        const child = { ...aChild(`c${i}`), key: { ...key, action: `c${i}` } }
        const before = engine.liveRuns
        let isOver = false
        const created = engine.createRun(aRun({ key, requestDigest: `of ${i}` })).then(
          () => (isOver = true),
          () => (isOver = true),
        )
        // The run is in the making then.
        while (engine.liveRuns === before && !isOver) await new Promise(setImmediate)
        const isAdded = await engine.enqueue(child).then(
          () => true,
          () => false,
        )
        await created
        if (isAdded) expect(await server.stored(`c${i}`, key)).toBeDefined()
        return isAdded
      })
      added += (await Promise.all(outcomes)).filter(Boolean).length
    }
    expect(added).toBeGreaterThan(0)
  })

  test('go on with what the other had when it stops, where it was', async () => {
    await a.engine.createRun(aRun())
    const { handle } = await a.executor.attempt('a0')
    a.executor.host.started(handle, Date.now())
    await Promise.all(['c1', 'c2'].map((name) => a.engine.enqueue(aChild(name))))
    a.executor.host.succeeded((await a.executor.attempt('c1')).handle, { bytes: new Uint8Array([7]) }, 0, Date.now())
    await a.executor.outcome('c1')
    await b.engine.takeOver()
    expect(b.executor.attempts).toEqual([])
    await stopA()
    await Promise.all([b.engine.takeOver(), b.engine.takeOver()])
    const again = await b.executor.attempt('a0', 2)
    expect((await b.executor.attempt('c2')).number).toBeLessThanOrEqual(2)
    // The finished child answers at once when the parent asks for it again.
    b.executor.host.enqueueChild(again.handle, { ...aChild('c1'), name: 'c1' })
    expect(await b.executor.outcome('c1')).toMatchObject({ outputs: { bytes: new Uint8Array([7]) } })
    expect(b.executor.attempts.map(({ action }) => action)).toEqual(['a0', 'c2'])
    await b.engine.abort(root, 'enough')
    expect((await b.stored('c2'))?.state.phase).toBe(ActionPhase.ABORTED)
  })

  describe('of actions with one serialized key', () => {
    const serialized = { spec: aSpec('env.main', { serialize: true }), cacheKey: 'key-1' }
    const start = (server: TestEngine, run: string) =>
      server.engine.createRun(aRun({ ...serialized, key: { ...runKey, run }, requestDigest: run }))
    const stateOf = async (run: string) => (await b.stored('a0', { ...runKey, run }))?.state
    const phaseOf = async (run: string) => (await stateOf(run))?.phase

    test('one computes, and the other takes its result', async () => {
      await start(a, 'r1')
      const first = await a.executor.attempt('a0')
      await start(b, 'r2')
      await expect.poll(() => phaseOf('r2')).toBe(ActionPhase.WAITING_FOR_RESOURCES)
      a.executor.host.succeeded(first.handle, { bytes: new Uint8Array([4, 2]) }, 1, Date.now())
      await expect.poll(() => phaseOf('r2')).toBe(ActionPhase.SUCCEEDED)
      expect(b.executor.attempts).toEqual([])
      expect((await b.stored('a0', { ...runKey, run: 'r2' }))?.outputs).toEqual(new Uint8Array([4, 2]))
    })

    test('the other computes when the one has failed', async () => {
      await start(a, 'r1')
      const first = await a.executor.attempt('a0')
      await start(b, 'r2')
      await expect.poll(() => phaseOf('r2')).toBe(ActionPhase.WAITING_FOR_RESOURCES)
      const failure = { code: 'E', message: 'no', kind: 'user', recoverable: false } as const
      a.executor.host.failed(first.handle, failure, 1, Date.now())
      const second = await b.executor.attempt('a0')
      b.executor.host.succeeded(second.handle, null, 1, Date.now())
      await expect.poll(() => phaseOf('r2')).toBe(ActionPhase.SUCCEEDED)
    })

    test('the other computes when the server of the one stops', async () => {
      await start(a, 'r1')
      await a.executor.attempt('a0')
      await start(b, 'r2')
      await expect.poll(() => phaseOf('r2')).toBe(ActionPhase.WAITING_FOR_RESOURCES)
      await stopA()
      expect((await b.executor.attempt('a0')).run.run).toBe('r2')
    })
  })
})

import { fromBinary } from '@bufbuild/protobuf'
import { UnavailableError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { LogChunkSchema } from '@tern/idl/worker'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../store/test/test-databases.ts'
import { PlanFullError, type RunPlaces } from './run-places.ts'
import { aRun, runKey, startEngine, type TestEngine } from './test/fixtures.ts'

const keyOf = (run: string) => ({ ...runKey, run })

/** Starts a run of the launch plan `nightly`, which waits until it is one of so many. */
async function queue(tern: TestEngine, run: string, maxRuns = 1, name = 'nightly'): Promise<void> {
  const launchPlan = { name, version: 'v1', queueLimit: maxRuns }
  await tern.engine.createRun(aRun({ key: keyOf(run), requestDigest: run, launchPlan }))
}

/** Starts a run of it that is refused if it is one too many. */
async function launch(tern: TestEngine, run: string, maxRuns = 1): Promise<void> {
  const launchPlan = { name: 'nightly', version: 'v1', queueLimit: null }
  await tern.engine.createRun(aRun({ key: keyOf(run), requestDigest: run, launchPlan, maxRuns }))
}

/** A place for a run that is never made, since its server dies. */
function reserve({ places }: TestEngine, run: string): Promise<void> {
  return places.take(keyOf(run), { name: 'nightly', version: 'v1', queueLimit: null }, 1)
}

async function phaseOf(tern: TestEngine, run: string) {
  return (await tern.stored('a0', keyOf(run)))?.state.phase
}

const started = (tern: TestEngine) => tern.executor.attempts.map(({ run }) => run.run)

async function untilStarted(tern: TestEngine, run: string) {
  await expect.poll(() => started(tern), { timeout: 20_000 }).toContain(run)
  return tern.executor.attempts.findLast((attempt) => attempt.run.run === run)!
}

async function finish(tern: TestEngine, run: string): Promise<void> {
  const { handle } = await untilStarted(tern, run)
  tern.executor.host.succeeded(handle, null, 0, Date.now())
  await expect.poll(() => phaseOf(tern, run)).toBe(ActionPhase.SUCCEEDED)
}

async function untilWaits(tern: TestEngine, run: string): Promise<void> {
  await expect.poll(() => phaseOf(tern, run), { timeout: 20_000 }).toBe(ActionPhase.WAITING_FOR_RESOURCES)
}

describe('runs of a launch plan that queues (L-13)', () => {
  let tern: TestEngine
  beforeEach(async () => {
    tern = await startEngine()
  })
  afterEach(() => tern.close())

  test('begin in the order in which they came, each when another one has ended', async () => {
    for (const run of ['r1', 'r2', 'r3', 'r4']) await queue(tern, run, 2)
    await untilWaits(tern, 'r3')
    await untilWaits(tern, 'r4')
    expect(started(tern)).toEqual(['r1', 'r2'])
    await finish(tern, 'r2')
    await untilStarted(tern, 'r3')
    expect(started(tern)).toEqual(['r1', 'r2', 'r3'])
    await finish(tern, 'r1')
    await finish(tern, 'r4')
    await finish(tern, 'r3')
  })

  test('say what they wait for', async () => {
    for (const run of ['r1', 'r2', 'r3']) await queue(tern, run)
    await untilWaits(tern, 'r3')
    const texts = (await tern.logs('a0', keyOf('r3'))).flatMap((lines) =>
      fromBinary(LogChunkSchema, lines).lines.map(({ text }) => text),
    )
    expect(texts).toEqual([
      'waiting for a place in launch plan nightly: 1 of at most 1 runs under way, and 1 waits before it',
    ])
  })

  test('are among what waits on this server, by the name of the plan', async () => {
    for (const run of ['r1', 'r2', 'r3']) await queue(tern, run)
    await untilWaits(tern, 'r3')
    const { waits } = await tern.engine.load({ limit: 10 })
    const wait = waits.find(({ reason }) => reason === 'launch-plan')
    expect(wait).toMatchObject({ subject: 'flytesnacks/development/nightly', count: 2 })
  })

  test('wait for those of their own plan alone', async () => {
    await queue(tern, 'r1')
    await queue(tern, 'other', 1, 'weekly')
    await untilStarted(tern, 'other')
  })

  test('are aborted while they wait, and those behind them go on', async () => {
    for (const run of ['r1', 'r2', 'r3']) await queue(tern, run)
    await untilWaits(tern, 'r3')
    await tern.engine.abort({ ...keyOf('r2'), action: 'a0' }, 'enough')
    expect(await phaseOf(tern, 'r2')).toBe(ActionPhase.ABORTED)
    await finish(tern, 'r1')
    await finish(tern, 'r3')
    expect(started(tern)).toEqual(['r1', 'r3'])
  })

  test('wait on, and in the same order, with the next server', async () => {
    for (const run of ['r1', 'r2', 'r3']) await queue(tern, run)
    await untilStarted(tern, 'r1')
    await untilWaits(tern, 'r3')
    tern = await tern.restart()
    await untilStarted(tern, 'r1')
    await queue(tern, 'r4')
    await untilWaits(tern, 'r4')
    expect(started(tern)).toEqual(['r1'])
    for (const run of ['r1', 'r2', 'r3', 'r4']) await finish(tern, run)
    expect(started(tern)).toEqual(['r1', 'r2', 'r3', 'r4'])
  })

  test('ask again when the database could not answer', async () => {
    let failures = 2
    const places: RunPlaces = {
      begin: async () => {},
      take: async () => {},
      giveBack: async () => {},
      takeInTurn: async () => {
        if (failures-- > 0) throw new UnavailableError('the database cannot be reached')
        return undefined
      },
    }
    tern = await tern.restart({ places })
    await queue(tern, 'r1')
    await queue(tern, 'r2')
    await untilStarted(tern, 'r1')
    await untilStarted(tern, 'r2')
  })

  test('count for those that are refused, once they have begun', async () => {
    await queue(tern, 'r1', 3)
    await untilStarted(tern, 'r1')
    await expect(launch(tern, 'r2')).rejects.toThrow(PlanFullError)
    await expect(launch(tern, 'r2')).rejects.toMatchObject({
      code: 'resource_exhausted',
      runs: ['r1'],
      message: 'launch plan nightly has 1 run under way, and at most 1 may be: r1',
    })
    await finish(tern, 'r1')
    await launch(tern, 'r2')
  })
})

describe('runs of a launch plan that skips (L-13)', () => {
  let tern: TestEngine
  beforeEach(async () => {
    tern = await startEngine()
  })
  afterEach(() => tern.close())

  test('keep their places over a restart', async () => {
    await launch(tern, 'r1')
    tern = await tern.restart()
    await expect(launch(tern, 'r2')).rejects.toThrow(PlanFullError)
    await finish(tern, 'r1')
    await launch(tern, 'r2')
  })

  test('of a server that died before it made its run, a place is free when the next one begins', async () => {
    await reserve(tern, 'lost')
    await expect(launch(tern, 'r1')).rejects.toThrow(PlanFullError)
    tern = await tern.restart()
    await launch(tern, 'r1')
    tern = await tern.restart()
    await expect(launch(tern, 'r2')).rejects.toThrow(PlanFullError)
  })

  test('take no place where they are refused for another reason', async () => {
    await tern.engine.createRun(aRun({ key: keyOf('r1'), requestDigest: 'of another plan' }))
    await expect(launch(tern, 'r1')).rejects.toMatchObject({ code: 'already_exists' })
    await launch(tern, 'r2')
  })
})

// An embedded database has one server.
describe.skipIf(testDatabase.name === 'SQLite')('on two servers', () => {
  let a: TestEngine
  let b: TestEngine
  beforeEach(async () => {
    const database = await testDatabase.fresh()
    ;[a, b] = [await startEngine(database), await startEngine(database)]
  })
  afterEach(async () => {
    await a.close()
    await b.close()
  })

  test('no more runs begin than may, however many are asked for at once (L-13)', async () => {
    const asked = Array.from({ length: 20 }, (_, i) => launch(i % 2 === 0 ? a : b, `r${i}`, 3))
    const results = await Promise.allSettled(asked)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(PlanFullError)
  })

  test('a place for a run that was never made is free when its server is gone, and not before', async () => {
    await reserve(a, 'lost')
    await expect(launch(b, 'r1')).rejects.toThrow(PlanFullError)
    await queue(b, 'r2')
    await untilWaits(b, 'r2')
    a = await a.restart()
    await untilStarted(b, 'r2')
  })

  test('a run begins here when one ends there (L-13)', async () => {
    await queue(a, 'r1')
    await untilStarted(a, 'r1')
    await queue(b, 'r2')
    await untilWaits(b, 'r2')
    await finish(a, 'r1')
    await untilStarted(b, 'r2')
  })
})

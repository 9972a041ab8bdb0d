import { ActionPhase } from '@tern/idl/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aRun, aSpec, runKey, startEngine, type SpecOptions, type TestEngine } from './test/fixtures.ts'

const root = { ...runKey, action: 'a0' }

let tern: TestEngine
/** Resolves when what was told to stop has. */
let cleanUp: PromiseWithResolvers<void>

beforeEach(async () => {
  tern = await startEngine()
  cleanUp = Promise.withResolvers()
  tern.executor.cleanUp = cleanUp.promise
})
afterEach(async () => {
  await tern.close()
})

async function start(options: SpecOptions = {}): Promise<number> {
  await tern.engine.createRun(aRun({ spec: aSpec('env.main', options) }))
  return (await tern.executor.attempt('a0')).handle
}

function write(handle: number, text: string): void {
  tern.executor.host.log(handle, new TextEncoder().encode(text), 1)
}

/** What is stored of an attempt's log, once what was written is. */
async function linesOf(attempt = 1): Promise<string[]> {
  await tern.executor.host.stored()
  const chunks = await tern.logs('a0', runKey, attempt)
  return chunks.map((chunk) => new TextDecoder().decode(chunk))
}

const untilStopped = (): Promise<void> => expect.poll(() => tern.engine.stoppingAttempts, { timeout: 20_000 }).toBe(0)

test('what an attempt writes after its action was aborted is in its log, until it is over', async () => {
  const handle = await start()
  write(handle, 'works')
  const aborted = tern.engine.abort(root, 'enough')
  write(handle, 'told before that is stored')
  await aborted
  write(handle, 'cleans up')
  write(handle, 'is clean')
  const { runId, seq } = (await tern.stored('a0'))!
  expect(tern.engine.isStopping({ runId, seq, attempt: 1 })).toBe(true)
  cleanUp.resolve()
  await untilStopped()
  expect(tern.engine.isStopping({ runId, seq, attempt: 1 })).toBe(false)
  write(handle, 'comes too late')
  expect(await linesOf()).toEqual(['works', 'told before that is stored', 'cleans up', 'is clean'])
  expect((await tern.stored('a0'))?.state).toMatchObject({ phase: ActionPhase.ABORTED, abortReason: 'enough' })
})

test('nothing else is taken of it', async () => {
  const handle = await start()
  await tern.engine.abort(root, 'enough')
  tern.executor.host.succeeded(handle, { bytes: new Uint8Array([1]) }, 1, Date.now())
  write(handle, 'says so')
  expect(await linesOf()).toEqual(['says so'])
  expect(await tern.stored('a0')).toMatchObject({ outputs: null, state: { phase: ActionPhase.ABORTED } })
})

test('lines of an attempt that ran out of time are its own, and none of those of the next', async () => {
  const first = await start({ maxRuntimeMs: 20, retries: 1 })
  write(first, 'first')
  tern.executor.host.started(first, Date.now())
  const { handle: second } = await tern.executor.attempt('a0', 2)
  for (const [handle, text] of [
    [second, 'second'],
    [first, 'first cleans up'],
    [second, 'goes on'],
  ] as const)
    write(handle, text)
  expect(await linesOf(1)).toEqual(['first', 'first cleans up'])
  expect(await linesOf(2)).toEqual(['second', 'goes on'])
  cleanUp.resolve()
  await untilStopped()
  write(first, 'comes too late')
  expect(await linesOf(1)).toEqual(['first', 'first cleans up'])
})

test('whoever is told of the end of a log finds all of it stored', async () => {
  const handle = await start()
  const { runId, seq } = (await tern.stored('a0'))!
  await tern.engine.abort(root, 'enough')
  const over = new Promise<void>((resolve) => {
    const unsubscribe = tern.engine.changes.subscribe(runId, ({ kind }) => {
      if (kind !== 'log' || tern.engine.isStopping({ runId, seq, attempt: 1 })) return
      unsubscribe()
      resolve()
    })
  })
  write(handle, 'is clean')
  cleanUp.resolve()
  await over
  expect((await tern.logs('a0')).map((chunk) => new TextDecoder().decode(chunk))).toEqual(['is clean'])
})

test('an attempt that has ended by itself, or of which nothing runs, is not waited for', async () => {
  tern.executor.cleanUp = undefined
  const handle = await start()
  await tern.engine.abort(root, 'enough')
  await untilStopped()
  write(handle, 'comes too late')
  const key = { ...runKey, run: 'r2' }
  await tern.engine.createRun(aRun({ key }))
  await tern.executor.until(() => tern.executor.attempts.length === 2)
  const { handle: other } = tern.executor.attempts[1]!
  tern.executor.host.failed(other, { code: 'E', message: 'no', kind: 'user', recoverable: false }, 1, Date.now())
  write(other, 'comes too late, too')
  await tern.executor.host.stored()
  expect(tern.engine.stoppingAttempts).toBe(0)
  expect([...(await tern.logs('a0')), ...(await tern.logs('a0', key))]).toEqual([])
})

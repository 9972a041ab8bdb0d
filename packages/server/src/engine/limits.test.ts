import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { LogChunkSchema, LogLine_Stream } from '@tern/idl/worker'
import { afterEach, expect, test } from 'vitest'
import type { Attempt } from '../executors/executor.ts'
import type { EngineOptions } from './engine.ts'
import { aRun, aSpec, runKey, type SpecOptions, startEngine, type TestEngine } from './test/fixtures.ts'

let tern: TestEngine

afterEach(async () => {
  await tern.close()
})

/** Starts a run, whose root is executed by the test. */
async function start(options: Pick<EngineOptions, 'queues' | 'capacity'>, spec: object = {}): Promise<Attempt> {
  tern = await startEngine(undefined, options)
  await createRun(spec)
  return tern.executor.attempt('a0')
}

function createRun(spec: object, run = 'r1'): Promise<unknown> {
  const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, spec))
  return tern.engine.createRun(aRun({ key: { ...runKey, run }, runSpec }))
}

function enqueue(parent: Attempt, name: string, queue = '', options: SpecOptions = {}): void {
  const spec = aSpec(`env.leaf${JSON.stringify(options)}`, options)
  const inputs = { bytes: new Uint8Array() }
  tern.executor.host.enqueueChild(parent.handle, { name, spec, inputs, group: '', cacheKey: '', queue })
}

async function finish(action: string): Promise<void> {
  const { handle } = await tern.executor.attempt(action)
  tern.executor.host.succeeded(handle, null, 1, 2)
}

/** Resolves once what has been enqueued waits or runs, and is stored as such. */
async function stored(root: Attempt): Promise<void> {
  enqueue(root, 'probe')
  tern.executor.host.abortChild(root.handle, 'probe', '')
  await tern.executor.outcome('probe')
  await tern.engine.abort({ ...runKey, action: 'probe' }, '')
}

const started = (): string[] => tern.executor.attempts.map(({ action }) => action)
const threeQueues = { batch: { maxConcurrency: 1 }, urgent: { priority: 5 }, free: {} }

test('no more actions are busy than the run allows, and a waiting parent is not', async () => {
  const root = await start({}, { maxActionConcurrency: 2 })
  for (const name of ['c1', 'c2', 'c3']) enqueue(root, name)
  await tern.executor.attempt('c2')
  expect(started()).toEqual(['a0', 'c1', 'c2'])
  await finish('c1')
  await tern.executor.attempt('c3')
})

test('nesting deeper than the limit of the run, of the queue and of the machine comes to its end', async () => {
  const options = { queues: { batch: { maxConcurrency: 1 } }, capacity: { cpu: 1, memoryBytes: 0, gpu: 0 } }
  await start(options, { maxActionConcurrency: 1, queue: 'batch' })
  const chain = ['a0', 'c1', 'c2', 'c3', 'c4']
  for (const [depth, name] of chain.entries()) {
    const attempt = await tern.executor.attempt(name)
    const child = chain[depth + 1]
    if (child !== undefined) enqueue(attempt, child, '', { cpu: '1' })
  }
  expect(started()).toEqual(chain)
  for (const name of chain.slice(1).toReversed()) await finish(name)
  await tern.executor.outcome('c1')
})

test('what waits for its turn can be aborted, and does not start then', async () => {
  const root = await start({}, { maxActionConcurrency: 2 })
  for (const name of ['c1', 'c2', 'c3', 'c4']) enqueue(root, name)
  await tern.executor.attempt('c2')
  tern.executor.host.abortChild(root.handle, 'c3', 'not wanted')
  await finish('c1')
  await tern.executor.attempt('c4')
  expect(started()).not.toContain('c3')
})

test('runs share the places of a queue', async () => {
  const root = await start({ queues: threeQueues }, {})
  enqueue(root, 'c1', 'batch')
  await tern.executor.attempt('c1')
  await createRun({ queue: 'batch' }, 'r2')
  enqueue(root, 'c2', 'batch')
  enqueue(root, 'c3', 'free')
  await tern.executor.attempt('c3')
  expect(started()).toEqual(['a0', 'c1', 'c3'])
  await finish('c1')
  await tern.executor.until(() => started().length === 4)
  expect(tern.executor.attempts.at(-1)).toMatchObject({ action: 'a0', run: { run: 'r2' } })
})

test('an action is in the queue of its request, of its task, of its parent or of its run, in this order', async () => {
  const root = await start({ queues: threeQueues }, { queue: 'urgent' })
  enqueue(root, 'c1', 'free', { queue: 'batch' })
  enqueue(root, 'c2', '', { queue: 'free' })
  enqueue(root, 'c3')
  enqueue(await tern.executor.attempt('c2'), 'd1')
  await tern.executor.attempt('d1')
  const queues = await Promise.all(['a0', 'c1', 'c2', 'c3', 'd1'].map(async (name) => (await tern.stored(name))?.queue))
  expect(queues).toEqual(['urgent', 'free', 'free', 'urgent', 'free'])
})

test('where places are short, queues of a higher priority go first', async () => {
  const root = await start({ queues: threeQueues }, { maxActionConcurrency: 1 })
  for (const [name, queue] of [
    ['c1', ''],
    ['c2', ''],
    ['c3', 'urgent'],
  ] as const) {
    enqueue(root, name, queue === '' ? 'free' : queue)
  }
  // Of those that come together it is first, and of those that wait.
  await finish('c3')
  await tern.executor.attempt('c1')
  enqueue(root, 'c4', 'urgent')
  await stored(root)
  await finish('c1')
  await tern.executor.attempt('c4')
  expect(started()).toEqual(['a0', 'c3', 'c1', 'c4'])
})

test('a queue that there is not is refused, with the names of those there are', async () => {
  const root = await start({ queues: threeQueues })
  const refusal = 'there is no queue "other"; this server has batch, urgent, free'
  await expect(createRun({ queue: 'other' }, 'r2')).rejects.toThrow(InvalidArgumentError)
  const child = { key: { ...runKey, action: 'c1' }, parent: 'a0', spec: aSpec('env.leaf'), group: '', cacheKey: '' }
  const request = { ...child, inputs: { bytes: new Uint8Array() }, queue: 'other' }
  await expect(tern.engine.enqueue(request)).rejects.toThrow(refusal)
  enqueue(root, 'c2', 'other')
  expect(await tern.executor.outcome('c2')).toMatchObject({
    phase: ActionPhase.FAILED,
    failure: { code: 'UnknownQueue', kind: 'user', message: expect.stringContaining(refusal) },
  })
  expect(await tern.stored('c1')).toBeUndefined()
})

test('without queues every name is good', async () => {
  const root = await start({}, { queue: 'anything' })
  enqueue(root, 'c1', 'something else')
  await finish('c1')
  await tern.executor.outcome('c1')
})

test('an action waits for what there is of the machine, and says so', async () => {
  const root = await start({ capacity: { cpu: 2, memoryBytes: 0, gpu: 0 } })
  enqueue(root, 'c1', '', { cpu: '1500m' })
  await tern.executor.attempt('c1')
  enqueue(root, 'c2', '', { cpu: '1' })
  enqueue(root, 'c3', '', { cpu: '64' })
  await stored(root)
  expect((await tern.stored('c2'))?.state).toMatchObject({ phase: ActionPhase.WAITING_FOR_RESOURCES })
  await finish('c1')
  await finish('c2')
  // It asks for more than there is, and gets all there is.
  await finish('c3')
  await tern.executor.outcome('c3')
  const { timeline } = (await tern.stored('c2'))!.state
  expect(timeline.split(',').map((step) => Number.parseInt(step, 10))).toEqual([1, 2, 1, 4, 5])
  expect(await linesOf('c2')).toEqual([[LogLine_Stream.SYSTEM, 'waiting for cpu: 1 asked, 0.5 of 2 free']])
})

async function linesOf(action: string): Promise<ReadonlyArray<readonly [number, string]>> {
  const chunks = await tern.logs(action)
  return chunks.flatMap((chunk) =>
    fromBinary(LogChunkSchema, chunk).lines.map(({ stream, text }) => [stream, text] as const),
  )
}

test('what waits goes on waiting after a restart, and its time in the queue counts all of it', async () => {
  const queues = { batch: { maxConcurrency: 1 } }
  const root = await start({ queues })
  enqueue(root, 'c1', 'batch')
  await tern.executor.attempt('c1')
  enqueue(root, 'c2', 'batch', { maxQueuedMs: 30 })
  await tern.executor.outcome('c2')
  expect((await tern.stored('c2'))?.state).toMatchObject({ phase: ActionPhase.TIMED_OUT, attempt: 1 })
  enqueue(root, 'c3', 'batch')
  await stored(root)
  tern = await tern.restart()
  await finish('c1')
  const again = await tern.executor.attempt('c3')
  expect(again.number).toBe(1)
})

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { systemClock } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { RunSpecSchema } from '@tern/idl/task'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChildRequest } from '../executors/executor.ts'
import { TernEngine } from './engine.ts'
import { aRun, aSpec, runKey, startEngine, type TestEngine } from './test/fixtures.ts'
import { MemoryStore, unreadable } from './test/memory-store.ts'
import { ScriptedExecutor } from './test/scripted-executor.ts'

let tern: TestEngine

beforeEach(async () => {
  tern = await startEngine(undefined, { queues: { narrow: {} } })
})
afterEach(async () => {
  await tern.close()
})

const child: ChildRequest = {
  name: 'on-its-own',
  spec: aSpec('env.leaf'),
  inputs: { bytes: new Uint8Array([7]) },
  group: '',
  cacheKey: '',
  queue: '',
}

async function startRoot(): Promise<number> {
  await tern.engine.createRun(aRun())
  return (await tern.executor.attempt('a0')).handle
}

/** Starts the run, and gives its name once the parent has been told. */
async function detach(handle: number, request = child): Promise<string> {
  const before = tern.executor.outcomes.length
  tern.executor.host.detachChild(handle, request)
  await tern.executor.until(() => tern.executor.outcomes.length > before)
  return tern.executor.outcomes.at(-1)!.outcome.run ?? ''
}

const stateOf = async (run: string) => (await tern.stored('a0', { ...runKey, run }))?.state

test('a detached child is a run that is stored when its parent is told, and goes on when that has ended', async () => {
  const handle = await startRoot()
  const name = await detach(handle)
  expect(name).toMatch(/^d[a-z0-9]{19}$/)
  expect(await stateOf(name)).toMatchObject({ endedAt: null })
  tern.executor.host.succeeded(handle, null, 0, Date.now())
  await expect.poll(async () => (await tern.stored('a0'))?.state.phase).toBe(ActionPhase.SUCCEEDED)
  await tern.engine.abort({ ...runKey, action: 'a0' }, 'too late')
  expect(await stateOf(name)).toMatchObject({ endedAt: null })
  expect(tern.executor.attempts.at(-1)).toMatchObject({ run: { ...runKey, run: name }, inputs: child.inputs })
})

test('an attempt that is made again gets the same run, another call and another run do not', async () => {
  const handle = await startRoot()
  tern.executor.host.started(handle, Date.now())
  const name = await detach(handle)
  tern = await tern.restart()
  const again = await tern.executor.attempt('a0', 2)
  expect(await detach(again.handle)).toBe(name)
  expect(await detach(again.handle, { ...child, name: 'another' })).not.toBe(name)
  await tern.engine.createRun(aRun({ key: { ...runKey, run: 'r2' } }))
  await tern.executor.until(() => tern.executor.attempts.some(({ run }) => run.run === 'r2'))
  const other = tern.executor.attempts.find(({ run }) => run.run === 'r2')!
  expect(await detach(other.handle)).not.toBe(name)
})

test('what cannot become a run is told to the parent', async () => {
  const handle = await startRoot()
  expect(await detach(handle, { ...child, queue: 'none-such' })).toBe('')
  expect(tern.executor.outcomes.at(-1)?.outcome).toMatchObject({
    phase: ActionPhase.FAILED,
    failure: { message: expect.stringContaining('none-such') },
  })
})

test('it is not of the launch plan that its parent is of', async () => {
  const labels = { values: { 'launch-plan': 'nightly', 'launch-plan-version': 'v1', team: 'etl' } }
  await tern.engine.createRun(aRun({ runSpec: toBinary(RunSpecSchema, create(RunSpecSchema, { labels })) }))
  const name = await detach((await tern.executor.attempt('a0')).handle)
  const inherited = fromBinary(RunSpecSchema, await tern.runSpec(name)).labels?.values
  expect(inherited).toEqual({ team: 'etl', 'detached-from-run': 'r1', 'detached-from-action': 'a0' })
})

test('it has the queue that the call names, and its labels say where it comes from', async () => {
  const name = await detach(await startRoot(), { ...child, queue: 'narrow' })
  await tern.executor.until(() => tern.executor.attempts.some(({ run }) => run.run === name))
  const { queue, labels } = fromBinary(RunSpecSchema, await tern.runSpec(name))
  expect(queue).toBe('narrow')
  expect(labels?.values).toEqual({ 'detached-from-run': 'r1', 'detached-from-action': 'a0' })
})

/** Its runs cannot be looked up while it says so. */
class UnreadableStore extends MemoryStore {
  isUnreadable = false

  override async findRun(project: string, domain: string, name: string) {
    if (this.isUnreadable) throw unreadable
    return super.findRun(project, domain, name)
  }
}

test('a store that cannot be read costs the parent an attempt of the system, and the next one asks again', async () => {
  const store = new UnreadableStore()
  let executor: ScriptedExecutor | undefined
  const engine = new TernEngine({
    store,
    recovery: store,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    outputsExist: async () => true,
    onFatal: (error) => {
      throw error
    },
    executors: (host) => {
      executor = new ScriptedExecutor(host)
      return [executor]
    },
  })
  const { runId } = await engine.createRun(aRun())
  const first = await executor!.attempt('a0')
  store.isUnreadable = true
  executor!.host.detachChild(first.handle, child)
  store.isUnreadable = false
  const second = await executor!.attempt('a0', 2)
  expect(store.actions.get(`${runId}/a0`)?.state).toMatchObject({ userFailures: 0, systemFailures: 1 })
  executor!.host.detachChild(second.handle, child)
  await executor!.until(() => executor!.outcomes.some(({ outcome }) => outcome.run !== undefined))
  await engine.stop()
})

import { create, toBinary } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import { NotFoundError, systemClock } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, TaskSpecSchema } from '@tern/idl/task'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TernEngine } from '../../engine/engine.ts'
import { aRun, runKey } from '../../engine/test/fixtures.ts'
import type { ActionRecord } from '../../store/engine-store.ts'
import { RecoveryRepository } from '../../store/recovery-repository.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { type FreshDatabase, testDatabase } from '../../store/test/test-databases.ts'
import { SleepExecutor } from './sleep-executor.ts'

const { RUNNING, SUCCEEDED, FAILED, ABORTED, TIMED_OUT } = ActionPhase

let database: FreshDatabase
let tern: Awaited<ReturnType<typeof open>>
let files: Map<string, Uint8Array>

beforeEach(async () => {
  files = new Map()
  database = await testDatabase.fresh()
  tern = await open()
})
afterEach(async () => {
  await close()
  await database.remove()
})

async function open() {
  const store = await database.open()
  const storage = {
    async read(uri: string): Promise<Uint8Array> {
      const bytes = files.get(uri)
      if (bytes === undefined) throw new NotFoundError(`${uri} is not there`)
      return bytes
    },
  }
  const engine = new TernEngine({
    store: store.engine,
    recovery: new RecoveryRepository(store.queries),
    outputsExist: async () => true,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    onFatal: (error) => {
      throw error
    },
    executors: (host) => [new SleepExecutor(host, { storage, clock: systemClock })],
  })
  await engine.start()
  return { store, engine }
}

async function close(): Promise<void> {
  await tern.engine.stop()
  await tern.store.close()
}

function inputsOf(durations: ReadonlyArray<number>): Uint8Array {
  const literals = durations.map((ms, i) => ({
    name: `d${i}`,
    value: {
      value: {
        case: 'scalar' as const,
        value: {
          value: {
            case: 'primitive' as const,
            value: { value: { case: 'duration' as const, value: durationFromMs(ms) } },
          },
        },
      },
    },
  }))
  return toBinary(InputsSchema, create(InputsSchema, { literals }))
}

async function sleep(durations: ReadonlyArray<number>, maxRuntimeMs = 0, inputsUri?: string): Promise<void> {
  const value = create(TaskSpecSchema, {
    taskTemplate: {
      type: 'core-sleep',
      id: { name: 'env.sleep' },
      metadata: { timeout: durationFromMs(maxRuntimeMs) },
    },
  })
  const spec = toSpecRecord({ case: 'task', value })
  const inputs = inputsUri === undefined ? { bytes: inputsOf(durations) } : { uri: inputsUri }
  await tern.engine.createRun(aRun({ spec, inputs }))
}

async function root(): Promise<ActionRecord | undefined> {
  const run = await tern.store.engine.findRun(runKey.project, runKey.domain, runKey.run)
  return run && tern.store.engine.findAction(run.id, 'a0')
}

const reached = (phase: ActionPhase) =>
  expect.poll(async () => (await root())?.state.phase, { interval: 5, timeout: 20_000 }).toBe(phase)

/** When the action entered a phase. */
async function timeOf(phase: ActionPhase): Promise<number> {
  const timeline = (await root())?.state.timeline ?? ''
  return Number(new RegExp(`(?:^|,)${phase}:(\\d+)`).exec(timeline)?.[1])
}

test('sleeps for as long as it is told, and succeeds', async () => {
  await sleep([30])
  await reached(SUCCEEDED)
  expect((await timeOf(SUCCEEDED)) - (await timeOf(RUNNING))).toBeGreaterThanOrEqual(30)
  expect(await root()).toMatchObject({ outputs: null, outputsUri: null })
})

test('reads its input from storage, too', async () => {
  files.set('/inputs.pb', inputsOf([1]))
  await sleep([], 0, '/inputs.pb')
  await reached(SUCCEEDED)
})

test('a restart does not make it sleep again', async () => {
  await sleep([1_500])
  await reached(RUNNING)
  const startedAt = await timeOf(RUNNING)
  await close()
  tern = await open()
  await reached(SUCCEEDED)
  expect(await timeOf(RUNNING)).toBe(startedAt)
  expect((await root())?.state.attempt).toBe(1)
  expect(await timeOf(SUCCEEDED)).toBeGreaterThanOrEqual(startedAt + 1_500)
})

test('its limit holds over a restart', async () => {
  await sleep([60_000], 1_500)
  await reached(RUNNING)
  const startedAt = await timeOf(RUNNING)
  await close()
  tern = await open()
  await reached(TIMED_OUT)
  expect(await timeOf(TIMED_OUT)).toBeGreaterThanOrEqual(startedAt + 1_500)
})

test('can be woken by an abort', async () => {
  await sleep([60_000])
  await reached(RUNNING)
  await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
  await reached(ABORTED)
})

test.each([
  ['no input', []],
  ['two inputs', [1, 2]],
  ['a negative duration', [-1]],
])('%s is the fault of the task', async (_, durations) => {
  await sleep(durations)
  await reached(FAILED)
  expect((await root())?.state.failure).toMatchObject({ code: 'BadTaskSpecification', kind: 'user' })
})

test('inputs that are not there are no fault of the task, and another attempt would not find them either', async () => {
  await sleep([], 0, '/nowhere')
  await reached(FAILED)
  expect((await root())?.state).toMatchObject({
    failure: { code: 'InputsUnreadable', kind: 'system' },
    attempt: 1,
    systemFailures: 0,
  })
})

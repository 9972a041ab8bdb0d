import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError, systemClock } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { InputsSchema, OutputsSchema, RunSpecSchema } from '@tern/idl/task'
import { LogChunkSchema } from '@tern/idl/worker'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TernEngine } from '../../engine/engine.ts'
import { failureOf } from '../../engine/failure-kinds.ts'
import { aRun, runKey } from '../../engine/test/fixtures.ts'
import { buildTaskSpec } from '../../images/build-task.ts'
import type { Images } from '../../images/images.ts'
import { RecoveryRepository } from '../../store/recovery-repository.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { storedRows } from '../../store/test/stored-rows.ts'
import { type FreshDatabase, testDatabase } from '../../store/test/test-databases.ts'
import { ImageBuildExecutor } from './image-build-executor.ts'

const { RUNNING, SUCCEEDED, FAILED, ABORTED } = ActionPhase

type Build = Images['build']

let database: FreshDatabase
let tern: Awaited<ReturnType<typeof open>>
/** How the next build goes. */
let build: Build

beforeEach(async () => {
  database = await testDatabase.fresh()
  tern = await open()
})
afterEach(async () => {
  await tern.engine.stop()
  await tern.store.close()
  await database.remove()
})

async function open() {
  const store = await database.open()
  const images = { build: (...args: Parameters<Build>) => build(...args) }
  const storage = { read: async () => new Uint8Array() }
  const engine = new TernEngine({
    store: store.engine,
    recovery: new RecoveryRepository(store.queries),
    outputsExist: async () => true,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    onFatal: (error) => {
      throw error
    },
    executors: (host) => [new ImageBuildExecutor(host, { images, storage, clock: systemClock })],
  })
  await engine.start()
  return { store, engine }
}

function inputsOf(values: Readonly<Record<string, string>>): Uint8Array {
  const literals = Object.entries(values).map(([name, value]) => ({
    name,
    value: {
      value: {
        case: 'scalar' as const,
        value: { value: { case: 'primitive' as const, value: { value: { case: 'stringValue' as const, value } } } },
      },
    },
  }))
  return toBinary(InputsSchema, create(InputsSchema, { literals }))
}

async function start(overwriteCache = false): Promise<number> {
  const inputs = { bytes: inputsOf({ spec: 's3://b/spec.pb', context: '', target_image: 'model:v1' }) }
  const spec = toSpecRecord({ case: 'task', value: buildTaskSpec(runKey.domain) })
  const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { overwriteCache }))
  return (await tern.engine.createRun(aRun({ spec, inputs, runSpec }))).runId
}

async function reached(runId: number, phase: ActionPhase) {
  const action = () => tern.store.engine.findAction(runId, 'a0')
  await expect.poll(async () => (await action())?.state.phase).toBe(phase)
  return (await action())!
}

async function linesOf(runId: number): Promise<ReadonlyArray<string>> {
  const chunks = await storedRows.logChunks(tern.store.queries, runId)
  return chunks.flatMap((bytes) => fromBinary(LogChunkSchema, bytes).lines.map(({ text }) => text))
}

test.each([[false], [true]])(
  'a build is asked for what its run is, and answers with a reference (%s)',
  async (isForced) => {
    build = async (request, { onLog }) => {
      onLog(JSON.stringify(request))
      return 'model:v1@sha256:x'
    }
    const runId = await start(isForced)
    const { outputs } = await reached(runId, SUCCEEDED)
    const request = { specUri: 's3://b/spec.pb', contextUri: '', target: 'model:v1', run: runKey, isForced }
    expect((await linesOf(runId)).map((line) => JSON.parse(line) as unknown)).toEqual([request])
    expect(JSON.stringify(fromBinary(OutputsSchema, outputs!).literals)).toContain('"model:v1@sha256:x"')
  },
)

test('a build that does not work is the failure of its action', async () => {
  build = async () => ({ failure: failureOf('ImageBuildFailed', 'no such package') })
  const { state } = await reached(await start(), FAILED)
  expect(state.failure).toMatchObject({ code: 'ImageBuildFailed', message: 'no such package', kind: 'user' })
})

test('one of something that is no image is not tried again', async () => {
  build = async () => {
    throw new InvalidArgumentError('that is no image')
  }
  const { state } = await reached(await start(), FAILED)
  expect(state.failure).toMatchObject({
    code: 'InputsUnreadable',
    message: 'what the image is made of cannot be read: that is no image',
    recoverable: false,
  })
  expect(state.attempt).toBe(1)
})

test('an abort ends the wait for a build', async () => {
  const left = Promise.withResolvers<void>()
  build = async (_request, { signal }) => {
    signal.addEventListener('abort', () => left.resolve())
    await left.promise
    return { failure: failureOf('ImageBuildInterrupted', 'nobody waits') }
  }
  const runId = await start()
  await reached(runId, RUNNING)
  await tern.engine.abort({ ...runKey, action: 'a0' }, 'enough')
  await left.promise
  await reached(runId, ABORTED)
})

import { create, toBinary } from '@bufbuild/protobuf'
import { createConnectTransport } from '@connectrpc/connect-node'
import { literalTypes, systemClock, toOutputs, typedInterface, UnavailableError } from '@tern/core'
import { OutputsSchema, ProducedArtifactSchema, type TaskSpec } from '@tern/idl/task'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { aTaskSpec, place } from '../api/test/fixtures.ts'
import { startRun } from '../api/test/runs.ts'
import { Script } from '../api/test/script.ts'
import { startApi, type TestApi } from '../api/test/start-api.ts'
import { Projects } from '../projects/projects.ts'
import { Artifacts } from './artifacts.ts'
import { ArtifactRecorder, type ArtifactRecorderParts } from './artifact-recorder.ts'

let api: TestApi
let runs: Clients['runs']
let lines: { readonly msg: string }[]
const recorders: ArtifactRecorder[] = []
beforeEach(async () => {
  lines = []
  api = await startApi()
  runs = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' })).runs
})
afterEach(async () => {
  for (const recorder of recorders.splice(0)) await recorder.stop()
  await api.close()
})

function recorderOf(overrides: Partial<ArtifactRecorderParts> = {}): ArtifactRecorder {
  const { repositories, storage } = api
  const projects = new Projects({ repository: repositories.projects, domains: ['development'], clock: systemClock })
  const recorder = new ArtifactRecorder({
    changes: api.engine.changes,
    repository: repositories.produced,
    artifacts: new Artifacts({
      repository: repositories.artifacts,
      projects,
      storage,
      clock: systemClock,
      org: 'tern',
      maxInlineBytes: 1000,
      maxBytes: 1_000_000,
    }),
    storage,
    clock: systemClock,
    logger: pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) }),
    org: 'tern',
    maxBytes: 1_000_000,
    ...overrides,
  })
  recorders.push(recorder)
  return recorder
}

const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

function aProducer(): TaskSpec {
  const spec = aTaskSpec({ name: 'env.producer' })
  spec.taskTemplate!.metadata!.producesArtifacts = true
  return spec
}

function outputs(version: string): Uint8Array {
  const { literals } = toOutputs({ o0: 5 }, typedInterface({ outputs: { o0: literalTypes.integer() } }).outputs)
  const produced = create(ProducedArtifactSchema, { output: 'o0', name: 'model', version })
  return toBinary(OutputsSchema, create(OutputsSchema, { literals, producedArtifacts: [produced] }))
}

const startProducer = () => startRun(runs, { task: { case: 'taskSpec', value: aProducer() } })
const find = (version: string) => api.repositories.artifacts.find({ ...place, name: 'model' }, version)

test('what a server that is gone has left is found by the others', async () => {
  // Of changes that a server dies before it tells of them, nobody hears.
  recorderOf({ changes: { subscribe: () => () => {} }, catchUpEveryMs: 20 }).start({ isShared: true })
  const run = await startProducer()
  await new Script(api).succeed(run, 'a0', outputs('1'))
  await until(async () => expect(await find('1')).toMatchObject({ sourceRun: run, sourceAction: 'a0' }))
})

test('storage that does not answer is asked again', async () => {
  let failures = 1
  recorderOf({
    storage: {
      read: async (uri, options) => {
        if (failures-- > 0) throw new UnavailableError('the storage does not answer')
        return api.storage.read(uri, options)
      },
    },
  }).start()
  const run = await startProducer()
  const uri = api.storage.join(api.storage.root, 'o', 'outputs.pb')
  await api.storage.write(uri, outputs('1'))
  const { handle } = await new Script(api).begin(run, 'a0')
  api.executor.host.succeeded(handle, { uri }, 0, Date.now())
  await until(async () => expect(await find('1')).toBeDefined())
  expect(lines.map(({ msg }) => msg)).toEqual(['cannot record produced artifacts; trying again'])
})

test('outputs that are gone are given up', async () => {
  recorderOf().start()
  const run = await startProducer()
  const { handle } = await new Script(api).begin(run, 'a0')
  const uri = api.storage.join(api.storage.root, 'nowhere', 'outputs.pb')
  api.executor.host.succeeded(handle, { uri }, 0, Date.now())
  await until(async () => expect(lines.map(({ msg }) => msg)).toEqual(['outputs are lost']))
})

test('what was recorded is not looked at again', async () => {
  let read = 0
  const countRead = (): Partial<ArtifactRecorderParts> => ({
    storage: {
      read: (uri, options) => {
        read += 1
        return api.storage.read(uri, options)
      },
    },
  })
  const run = await startProducer()
  const uri = api.storage.join(api.storage.root, 'o', 'outputs.pb')
  await api.storage.write(uri, outputs('1'))
  const { handle } = await new Script(api).begin(run, 'a0')
  const first = recorderOf(countRead())
  first.start()
  api.executor.host.succeeded(handle, { uri }, 0, Date.now())
  await until(async () => expect(await find('1')).toBeDefined())
  await first.stop()
  recorderOf(countRead()).start()
  const next = await startProducer()
  await new Script(api).succeed(next, 'a0', outputs('2'))
  await until(async () => expect(await find('2')).toBeDefined())
  expect(read).toBe(1)
})

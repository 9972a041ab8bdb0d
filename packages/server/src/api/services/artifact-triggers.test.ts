import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { fromLiteral, literalTypes, toInputs, toLiteral, toOutputs, typedInterface } from '@tern/core'
import { ActionPhase, RelationType } from '@tern/idl/common'
import type { LiteralType } from '@tern/idl/core'
import {
  type Inputs,
  InputsSchema,
  type Outputs,
  OutputsSchema,
  ProducedArtifactSchema,
  RunSpecSchema,
  type TaskSpec,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { RunSource } from '@tern/idl/workflow'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ArtifactWork } from '../artifact-work.ts'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aTaskSpec, outputsOf, place, projectId } from '../test/fixtures.ts'
import { startRun } from '../test/runs.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'

let api: TestApi
let clients: Clients
let script: Script
let works: ArtifactWork[]
beforeEach(async () => {
  works = []
  api = await startApi()
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  script = new Script(api)
})
afterEach(async () => {
  for (const work of works) await work.stop()
  await api.close()
})

/** Starts what a server does with artifacts. */
function startWork(): ArtifactWork {
  api.artifactWork.start()
  return api.artifactWork
}

/** Starts the same on another server, which comes later or works beside. */
function startAnother(): ArtifactWork {
  const { artifactWork } = api.another()
  artifactWork.start()
  works.push(artifactWork)
  return artifactWork
}

const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

/** The task, whose outputs may be artifacts. */
function aProducer(name = 'env.producer'): TaskSpec {
  const spec = aTaskSpec({ name })
  spec.taskTemplate!.metadata!.producesArtifacts = true
  return spec
}

type Produced = MessageInitShape<typeof ProducedArtifactSchema>

function producing(...produced: Produced[]): Uint8Array {
  const outputs: Outputs = toOutputs({ o0: 5 }, typedInterface({ outputs: { o0: literalTypes.integer() } }).outputs)
  return toBinary(
    OutputsSchema,
    create(OutputsSchema, {
      ...outputs,
      producedArtifacts: produced.map((one) => create(ProducedArtifactSchema, one)),
    }),
  )
}

async function versionsOf(name: string): Promise<ReadonlyArray<string | undefined>> {
  const { artifacts } = await clients.artifacts.listArtifacts({ projectId, name })
  return artifacts.map(({ artifactId }) => artifactId?.version)
}

async function makeArtifact(name: string, version: string, value: unknown = 7, type = literalTypes.integer()) {
  await clients.artifacts.createArtifact({
    artifactId: { name: { ...place, name }, version },
    spec: { value: toLiteral(value, type), type },
  })
}

interface Deployment {
  readonly artifactName: string
  readonly version?: string
  readonly inputArg?: string
  readonly active?: boolean
  readonly inputs?: Inputs | 'offloaded'
  readonly inputType?: LiteralType
}

/** Deploys a task with a trigger `on-artifact`. */
async function deploy(task: string, deployment: Deployment): Promise<void> {
  const { artifactName, version = '', inputArg = 'x', active = true, inputs, inputType } = deployment
  const spec = aTaskSpec({ name: task })
  if (inputType !== undefined) {
    spec.taskTemplate!.interface = typedInterface({ inputs: { x: inputType, label: literalTypes.string() } })
  }
  await clients.tasks.deployTask({
    taskId: { ...place, name: task, version: 'v1' },
    spec,
    triggers: [
      {
        name: 'on-artifact',
        spec: {
          active,
          ...(inputs === 'offloaded' && { inputWrapper: { case: 'offloadedInputData', value: await uploaded() } }),
          ...(typeof inputs === 'object' && { inputWrapper: { case: 'inputs', value: inputs } }),
          runSpec: create(RunSpecSchema, { labels: { values: { team: 'ml' } } }),
        },
        automationSpec: {
          type: TriggerAutomationSpecType.TYPE_ARTIFACT,
          automation: { case: 'artifact', value: { artifactName, version, inputArg } },
        },
      },
    ],
  })
}

async function uploaded() {
  const { offloadedInputData } = await clients.data.uploadInputs({
    id: { case: 'projectId', value: projectId },
    task: { case: 'taskSpec', value: aTaskSpec() },
    inputs: labelled('stored'),
  })
  return offloadedInputData!
}

function labelled(label: string): Inputs {
  return toInputs(
    { label, x: 0 },
    typedInterface({ inputs: { label: literalTypes.string(), x: literalTypes.integer() } }).inputs,
  )
}

const triggerOf = (task: string) => ({ ...place, taskName: task, name: 'on-artifact' })

async function runsOf(task: string): Promise<ReadonlyArray<string>> {
  const { runs } = await clients.runs.listRuns({ scopeBy: { case: 'triggerName', value: triggerOf(task) } })
  return runs.map(({ action }) => action?.id?.run?.name ?? '')
}

async function inputsGiven(run: string): Promise<Record<string, unknown>> {
  const attemptOf = () => api.executor.attempts.find((attempt) => attempt.run.run === run)
  await api.executor.until(() => attemptOf() !== undefined)
  const { inputs } = attemptOf() as { readonly inputs: { readonly bytes: Uint8Array } }
  const { literals } = fromBinary(InputsSchema, inputs.bytes)
  return Object.fromEntries(literals.map(({ name, value }) => [name, fromLiteral(value!)]))
}

/** Waits until everything that was created before has been looked at. */
async function settled(): Promise<void> {
  await deploy('env.settled', { artifactName: 'last' })
  await makeArtifact('last', '1')
  await until(async () => expect(await runsOf('env.settled')).toHaveLength(1))
}

test('outputs become artifacts when their action has succeeded', async () => {
  startWork()
  const run = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  const info = { description: 'made', userMetadata: { kind: 'model' } }
  await script.succeed(
    run,
    'a0',
    producing(
      { output: 'o0', name: 'model', info, type: literalTypes.integer() },
      { output: 'o0', name: 'model', type: literalTypes.integer() },
      { output: 'o0', name: 'named', version: 'v9', type: literalTypes.integer() },
      { output: 'nothing', name: 'nothing' },
    ),
  )
  await until(async () => expect(await versionsOf('named')).toEqual(['v9']))
  expect(await versionsOf('model')).toEqual([`${run}-a0-1-o0`, `${run}-a0-1`])
  expect(await versionsOf('nothing')).toEqual([])
  const { artifact } = await clients.artifacts.getArtifact({
    name: { ...place, name: 'model' },
    version: `${run}-a0-1`,
  })
  expect(fromLiteral(artifact!.spec!.value!)).toBe(5)
  expect(artifact?.spec).toMatchObject({
    info,
    type: literalTypes.integer(),
    source: {
      source: { case: 'taskAction', value: { action: { run: { ...place, name: run }, name: 'a0' }, attempt: 1 } },
    },
  })
})

test('what nobody declares, or a task does not say it produces, is no artifact', async () => {
  startWork()
  const declared = producing({ output: 'o0', name: 'plain' })
  const plain = await startRun(clients.runs)
  await script.succeed(plain, 'a0', declared)
  const silent = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  await script.succeed(silent, 'a0', outputsOf(1))
  const failed = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  await script.fail(failed, 'a0', { code: 'Error', message: 'no' })
  const last = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer('env.last') } })
  await script.succeed(last, 'a0', producing({ output: 'o0', name: 'last', version: '1' }))
  await until(async () => expect(await versionsOf('last')).toEqual(['1']))
  const { artifacts } = await clients.artifacts.listArtifacts({ projectId })
  expect(artifacts).toHaveLength(1)
})

test('children produce artifacts, too, and what is wrong with one is not with the others', async () => {
  startWork()
  await makeArtifact('taken', '1', 3)
  const run = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  await script.succeed(
    run,
    'a0',
    producing(
      { output: 'o0', name: 'taken', version: '1', type: literalTypes.integer() },
      { output: 'o0', name: 'no/name', type: literalTypes.integer() },
      { output: 'o0', name: 'good', version: '1', type: literalTypes.integer() },
    ),
  )
  await until(async () => expect(await versionsOf('good')).toEqual(['1']))
  const { artifact } = await clients.artifacts.getArtifact({ name: { ...place, name: 'taken' } })
  expect(fromLiteral(artifact!.spec!.value!)).toBe(3)
})

test('what was produced while no server looked is recorded by the next one, once', async () => {
  const produced = producing({ output: 'o0', name: 'late' })
  const first = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  await script.succeed(first, 'a0', produced)
  const work = startWork()
  await until(async () => expect(await versionsOf('late')).toEqual([`${first}-a0-1`]))
  await work.stop()
  const second = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer('env.other') } })
  await script.succeed(second, 'a0', produced)
  startAnother()
  startAnother()
  await until(async () => expect(await versionsOf('late')).toEqual([`${second}-a0-1`, `${first}-a0-1`]))
})

test('outputs that are in storage are read there, when they can be', async () => {
  startWork()
  const run = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  const uri = api.storage.join(api.storage.root, 'outputs', run, 'outputs.pb')
  const { handle } = await script.begin(run, 'a0')
  await api.storage.write(uri, producing({ output: 'o0', name: 'stored', version: '1' }))
  api.executor.host.succeeded(handle, { uri }, 0, Date.now())
  await until(async () => expect(await versionsOf('stored')).toEqual(['1']))
})

test('an artifact starts the runs of the triggers that wait for it', async () => {
  startWork()
  await deploy('env.any', { artifactName: 'model', inputs: labelled('mine') })
  await deploy('env.stored', { artifactName: 'model', inputs: 'offloaded' })
  await deploy('env.exact', { artifactName: 'model', version: '2' })
  await deploy('env.other', { artifactName: 'data' })
  await makeArtifact('model', '1')
  await until(async () => expect(await runsOf('env.any')).toHaveLength(1))
  const [run] = await runsOf('env.any')
  expect(await inputsGiven(run!)).toEqual({ label: 'mine', x: 7 })
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: run! } })
  expect(details?.action?.metadata).toMatchObject({
    source: RunSource.ARTIFACT_TRIGGER,
    triggerId: { name: triggerOf('env.any'), revision: 1n },
  })
  expect(details?.runSpec?.labels?.values).toEqual({ team: 'ml' })
  expect(details?.runSpec?.relation).toBeUndefined()
  await until(async () => expect(await runsOf('env.stored')).toHaveLength(1))
  expect(await inputsGiven((await runsOf('env.stored'))[0]!)).toEqual({ label: 'stored', x: 7 })
  await makeArtifact('model', '2', 8)
  await until(async () => expect(await runsOf('env.exact')).toHaveLength(1))
  await until(async () => expect(await runsOf('env.any')).toHaveLength(2))
  await settled()
  expect(await inputsGiven((await runsOf('env.exact'))[0]!)).toEqual({ label: 'none', x: 8 })
  expect(await runsOf('env.exact')).toHaveLength(1)
  expect(await runsOf('env.other')).toEqual([])
})

test('the run says which run the artifact is of, and its input which artifact it is', async () => {
  startWork()
  await deploy('env.next', { artifactName: 'model', inputType: literalTypes.optional(literalTypes.integer()) })
  const run = await startRun(clients.runs, { task: { case: 'taskSpec', value: aProducer() } })
  await script.succeed(
    run,
    'a0',
    producing({ output: 'o0', name: 'model', version: '1', type: literalTypes.integer() }),
  )
  await until(async () => expect(await runsOf('env.next')).toHaveLength(1))
  const [started] = await runsOf('env.next')
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: started! } })
  expect(details?.runSpec?.relation).toMatchObject({
    relatedTo: { ...place, name: run },
    relationType: RelationType.ON_ARTIFACT,
  })
  const { inputs } = await clients.data.getActionData({ actionId: { run: { ...place, name: started! }, name: 'a0' } })
  const x = inputs?.literals.find(({ name }) => name === 'x')?.value
  expect(x?.artifactId).toMatchObject({ key: { ...place, name: 'model' }, version: '1' })
  expect(x?.value).toMatchObject({
    value: { value: { case: 'union', value: { type: { structure: { tag: 'int' } } } } },
  })
})

test('triggers that are off, deleted or not there yet start nothing', async () => {
  startWork()
  await makeArtifact('model', 'before')
  await deploy('env.off', { artifactName: 'model', active: false })
  await deploy('env.deleted', { artifactName: 'model' })
  await clients.triggers.deleteTriggers({ names: [triggerOf('env.deleted')] })
  await makeArtifact('model', 'meanwhile')
  await settled()
  await clients.triggers.updateTriggers({ names: [triggerOf('env.off')], active: true })
  await makeArtifact('model', 'after')
  await until(async () => expect(await runsOf('env.off')).toHaveLength(1))
  expect(await inputsGiven((await runsOf('env.off'))[0]!)).toEqual({ label: 'none', x: 7 })
  expect(await runsOf('env.deleted')).toEqual([])
})

test('what was created while no server looked is made up for, and never doubled', async () => {
  await deploy('env.main', { artifactName: 'model' })
  await makeArtifact('model', '1')
  const before = startAnother()
  await until(async () => expect(await runsOf('env.main')).toHaveLength(1))
  await before.stop()
  await makeArtifact('model', '2')
  startAnother()
  startAnother()
  startWork()
  await until(async () => expect(await runsOf('env.main')).toHaveLength(2))
  await settled()
  expect(await runsOf('env.main')).toHaveLength(2)
  const last = await api.repositories.artifacts.findLatest({ ...place, name: 'last' })
  await until(async () => expect(await api.repositories.artifacts.firedTo()).toBe(last?.position))
})

test('a firing that cannot be is shown as failed, and holds up no other', async () => {
  startWork()
  await deploy('env.text', { artifactName: 'model', inputType: literalTypes.string() })
  await deploy('env.number', { artifactName: 'model' })
  await makeArtifact('model', '1')
  await until(async () => expect(await runsOf('env.number')).toHaveLength(1))
  await settled()
  expect(await runsOf('env.text')).toEqual([])
  const firings = await api.repositories.firings.list(triggerOf('env.text'), undefined)
  expect(firings.items).toMatchObject([{ failures: 1, message: expect.stringContaining('inputs.x: expected string') }])
  const started = await api.repositories.firings.list(triggerOf('env.number'), undefined)
  expect(started.items).toMatchObject([{ failures: 0, runName: (await runsOf('env.number'))[0] }])
  expect(await api.repositories.artifacts.firedTo()).toBeGreaterThan(0)
})

test('a run that an artifact started does what its task does', async () => {
  startWork()
  await deploy('env.real', { artifactName: 'model' })
  await makeArtifact('model', '1')
  await until(async () => expect(await runsOf('env.real')).toHaveLength(1))
  const [run] = await runsOf('env.real')
  await script.succeed(run!, 'a0')
  expect((await api.repositories.runs.find({ ...place, run: run! }))?.phase).toBe(ActionPhase.SUCCEEDED)
})

test('a trigger cannot give an artifact to an input that is not there', async () => {
  await expectRefused(
    deploy('env.bad', { artifactName: 'model', inputArg: 'nothing' }),
    Code.InvalidArgument,
    'triggers[0].automation_spec.artifact.input_arg',
  )
  await expectRefused(deploy('env.bad', { artifactName: '' }), Code.InvalidArgument, 'artifact_name')
})

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { create } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { systemClock } from '@tern/core'
import { RunSpecSchema } from '@tern/idl/task'
import { CreateRunRequestSchema } from '@tern/idl/workflow'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Plans } from '../../launch-plans/plans.ts'
import { Notifications } from '../../notifications/notifications.ts'
import { Projects } from '../../projects/projects.ts'
import { Runs } from '../../runs/runs.ts'
import { ScopedSettings } from '../../settings/scoped-settings.ts'
import { Tasks } from '../../tasks/tasks.ts'
import { Triggers } from '../../triggers/triggers.ts'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec, inputsOf, place, projectId } from '../test/fixtures.ts'
import { freshName, idOf } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'

let api: TestApi
let clients: Clients
beforeAll(async () => {
  // No inputs are small enough to be kept with their action.
  api = await startApi({ config: { maxInlineBytes: 0 } })
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
})
afterAll(() => api.close())

const named = (name: string) => ({ case: 'runId', value: { ...place, name } }) as const

test('leaves nothing behind when its inputs cannot be stored, and works once they can', async () => {
  const uploads = `${api.storage.root}/uploads`
  mkdirSync(api.storage.root, { recursive: true })
  writeFileSync(uploads, 'where the folder should be')
  const request = aRunRequest({ id: named('no-room') })
  await expect(clients.runs.createRun(request)).rejects.toThrow()
  await expectRefused(clients.runs.getRunDetails({ runId: { ...place, name: 'no-room' } }), Code.NotFound, 'no-room')
  expect(api.executor.attempts).toEqual([])
  rmSync(uploads)
  await clients.runs.createRun(request)
  expect((await clients.data.getActionData({ actionId: idOf('no-room') })).inputs?.literals).toHaveLength(2)
})

test('does not write the inputs of a run again when it is repeated', async () => {
  const request = aRunRequest({ id: named('twice'), inputWrapper: { case: 'inputs', value: inputsOf(42) } })
  await clients.runs.createRun(request)
  const { inputsUri } = await clients.runs.getActionDataURIs({ actionId: idOf('twice') })
  await api.storage.delete(inputsUri)
  await clients.runs.createRun(request)
  expect(await api.storage.exists(inputsUri)).toBe(false)
})

test('writes nothing for a request that is refused because its name is taken', async () => {
  await clients.runs.createRun(aRunRequest({ id: named('taken') }))
  const before = await filesOf(api)
  const other = aRunRequest({ id: named('taken'), inputWrapper: { case: 'inputs', value: inputsOf(77) } })
  await expectRefused(clients.runs.createRun(other), Code.AlreadyExists, 'taken')
  expect(await filesOf(api)).toEqual(before)
})

test('gives the same run again after its project was archived', async () => {
  const id = freshName('project')
  await clients.projects.createProject({ project: { id } })
  const request = aRunRequest({ id: { case: 'runId', value: { project: id, domain: 'development', name: 'kept' } } })
  await clients.runs.createRun(request)
  await clients.projects.updateProject({ project: { id, state: 1 } })
  expect((await clients.runs.createRun(request)).run?.action?.id?.run).toMatchObject({ project: id, name: 'kept' })
  const other = aRunRequest({ id: { case: 'projectId', value: { name: id, domain: 'development' } } })
  await expectRefused(clients.runs.createRun(other), Code.FailedPrecondition, 'archived')
})

test('takes another name when the one it came up with is taken', async () => {
  const names = ['rtaken', 'rtaken', 'rtaken', 'rfree']
  const runs = runsNamed(() => names.shift() ?? 'rfree')
  const request = create(CreateRunRequestSchema, aRunRequest({ id: { case: 'projectId', value: projectId } }))
  expect((await runs.create(request, undefined)).key.run).toBe('rtaken')
  expect((await runs.create(request, undefined)).key.run).toBe('rfree')
  await expect(runsNamed(() => 'rtaken').create(request, undefined)).rejects.toMatchObject({ code: 'already_exists' })
})

test('keeps runs of the same name apart by their project and domain', async () => {
  await clients.runs.createRun(aRunRequest({ id: named('same') }))
  const staging = { case: 'runId', value: { project: 'flytesnacks', domain: 'staging', name: 'same' } } as const
  const inputWrapper = { case: 'inputs', value: inputsOf(2) } as const
  const { run } = await clients.runs.createRun(aRunRequest({ id: staging, inputWrapper }))
  expect(run?.action?.id?.run).toMatchObject({ domain: 'staging', name: 'same' })
})

test('keeps annotations, and the time that the run stands for, as they are', async () => {
  const runStartTime = { seconds: 1_700_000_000n, nanos: 5 }
  const runSpec = create(RunSpecSchema, { annotations: { values: { note: 'é' } }, runStartTime, interruptible: true })
  await clients.runs.createRun(aRunRequest({ id: named('spec'), runSpec }))
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: 'spec' } })
  expect(details?.runSpec).toMatchObject({ annotations: { values: { note: 'é' } }, runStartTime, interruptible: true })
})

test.each([
  ['2.3.5', false],
  ['2.3.6', true],
])('gives a start time to tasks of the Python SDK %s: %s', async (version, given) => {
  const spec = aTaskSpec()
  spec.taskTemplate!.metadata!.runtime = { ...spec.taskTemplate!.metadata!.runtime!, version, flavor: 'python' }
  const name = freshName('python')
  const runStartTime = { seconds: 1_700_000_000n, nanos: 0 }
  await clients.runs.createRun(aRunRequest({ id: named(name), task: { case: 'taskSpec', value: spec }, runStartTime }))
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name } })
  expect(details?.runSpec?.runStartTime?.seconds).toBe(given ? 1_700_000_000n : undefined)
})

function runsNamed(newName: () => string): Runs {
  const { repositories, engine, storage } = api
  const projects = new Projects({ repository: repositories.projects, domains: ['development'], clock: systemClock })
  const triggers = new Triggers({
    repository: repositories.triggers,
    tasks: repositories.tasks,
    projects,
    clock: systemClock,
  })
  const plans = new Plans({ repository: repositories.launchPlans, tasks: repositories.tasks })
  const tasks = new Tasks({ repository: repositories.tasks, projects, triggers, plans, clock: systemClock })
  const settings = new ScopedSettings({
    repository: repositories.settings,
    projects,
    clock: systemClock,
    checkDirectory: () => {},
  })
  const notifications = new Notifications({
    repository: repositories.notifications,
    changes: engine.changes,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
  })
  return new Runs({
    engine,
    notifications,
    repository: repositories.runs,
    projects,
    settings,
    tasks,
    triggers,
    plans,
    storage,
    clock: systemClock,
    org: 'tern',
    maxInlineBytes: 1024,
    maxInputBytes: 1024,
    newName,
  })
}

async function filesOf({ storage }: TestApi): Promise<string[]> {
  const files: string[] = []
  for await (const { uri } of storage.list(storage.root)) files.push(uri)
  return files.sort()
}

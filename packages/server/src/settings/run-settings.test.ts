import { createConnectTransport } from '@connectrpc/connect-node'
import { SettingState } from '@tern/idl/settings'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { aRunRequest, aTaskSpec } from '../api/test/fixtures.ts'
import { startApi, type TestApi } from '../api/test/start-api.ts'
import { toSpecRecord } from '../store/specs.ts'

const text = (stringValue: string) => ({ state: SettingState.VALUE, stringValue })
const map = (entries: Record<string, string>) => ({ state: SettingState.VALUE, mapValue: { entries } })

let api: TestApi
let clients: Clients
let serial = 0

beforeAll(async () => {
  api = await startApi()
  clients = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  await clients.settings.createSettings({
    key: {},
    settings: {
      run: { defaultQueue: text('org-queue') },
      labels: map({ from: 'org', org: 'yes' }),
      environmentVariables: map({ FROM: 'org', ORG: 'yes' }),
    },
  })
})
afterAll(() => api.close())

type Settings = Parameters<Clients['settings']['createSettings']>[0]['settings']
type RunSpec = NonNullable<Parameters<typeof aRunRequest>[0]>['runSpec']

/** Starts a run of a new project with these settings, and returns its run spec as it is shown and its name. */
async function runWith(settings: Settings, runSpec?: RunSpec) {
  serial += 1
  const place = { project: `with-settings-${serial}`, domain: 'development' }
  await clients.projects.createProject({ project: { id: place.project } })
  await clients.settings.createSettings({ key: place, settings: settings ?? {} })
  const name = `run-${serial}`
  await clients.runs.createRun(
    aRunRequest({ id: { case: 'runId', value: { ...place, name } }, ...(runSpec && { runSpec }) }),
  )
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name } })
  const find = () => api.executor.attempts.find(({ run }) => run.run === name)
  await api.executor.until(() => find() !== undefined)
  return { shown: details?.runSpec, attempt: find()!, key: { ...place, run: name } }
}

test('a run has the labels, annotations and variables of its project, beside its own', async () => {
  const { shown, attempt } = await runWith(
    {
      labels: map({ from: 'project', project: 'yes' }),
      annotations: map({ note: 'project', owner: 'a' }),
      environmentVariables: map({ FROM: 'project', PROJECT: 'yes' }),
    },
    {
      labels: { values: { from: 'request' } },
      annotations: { values: { note: 'request' } },
      envs: { values: [{ key: 'FROM', value: 'request' }] },
    },
  )
  expect(shown?.labels?.values).toEqual({ org: 'yes', project: 'yes', from: 'request' })
  expect(shown?.annotations?.values).toEqual({ note: 'request', owner: 'a' })
  expect(attempt.env).toEqual({ ORG: 'yes', PROJECT: 'yes', FROM: 'request' })
})

test('runs are found by the labels that they have from settings', async () => {
  const { key } = await runWith({ labels: map({ 'cost-centre': 'seven' }) })
  const { runs } = await clients.runs.listRuns({
    request: { filters: [{ field: 'labels.cost-centre', values: ['seven'] }] },
    scopeBy: { case: 'projectId', value: { name: key.project, domain: key.domain } },
  })
  expect(runs.map(({ action }) => action?.id?.run?.name)).toEqual([key.run])
})

test('the queue of the request comes before that of the project, and that before that of all', async () => {
  expect((await runWith({})).shown?.queue).toBe('org-queue')
  const mine = { run: { defaultQueue: text('mine') } }
  expect((await runWith(mine)).shown?.queue).toBe('mine')
  expect((await runWith(mine, { queue: 'asked-for' })).shown?.queue).toBe('asked-for')
  expect((await runWith({ run: { defaultQueue: { state: SettingState.UNSET } } })).shown?.queue).toBe('')
})

test('runs are placed where the settings say', async () => {
  const runBaseDir = api.storage.join(api.storage.root, 'elsewhere')
  const { attempt } = await runWith({ run: { runBaseDir: text(runBaseDir) } })
  expect(attempt.runBase.startsWith(`${runBaseDir}/`)).toBe(true)
  const own = api.storage.join(api.storage.root, 'own')
  const asked = await runWith({ run: { runBaseDir: text(runBaseDir) } }, { runBaseDir: own })
  expect(asked.attempt.runBase.startsWith(`${own}/`)).toBe(true)
})

test('no more actions of a run are busy at once than the settings say', async () => {
  const limit = { run: { maxActionConcurrency: { state: SettingState.VALUE, intValue: 1n } } }
  const { attempt, shown } = await runWith(limit)
  expect(shown?.maxActionConcurrency).toBe(1)
  const spec = toSpecRecord({ case: 'task', value: aTaskSpec() })
  for (const name of ['one', 'two']) {
    api.executor.host.enqueueChild(attempt.handle, {
      name,
      spec,
      inputs: { bytes: new Uint8Array() },
      group: '',
      cacheKey: '',
      queue: '',
    })
  }
  const started = () => api.executor.attempts.filter(({ runId }) => runId === attempt.runId)
  await api.executor.until(() => started().length === 2)
  expect(started().map(({ action }) => action)).toEqual(['a0', 'one'])
  api.executor.host.succeeded(started()[1]!.handle, null, 0, Date.now())
  await api.executor.until(() => started().length === 3)
  expect(started()[2]?.action).toBe('two')
  expect((await runWith(limit, { maxActionConcurrency: 5 })).shown?.maxActionConcurrency).toBe(5)
})

test('the account of the settings is kept with the run, and files go to their place', async () => {
  const settings = {
    security: { serviceAccount: text('runner') },
    storage: { rawDataPath: text('s3://bucket/raw') },
  }
  const { shown, attempt, key } = await runWith(settings)
  expect(shown?.securityContext?.runAs?.k8sServiceAccount).toBe('runner')
  expect(shown?.rawDataStorage?.rawDataPrefix).toBe('s3://bucket/raw')
  const { project, run } = key
  expect(attempt.rawDataPrefix).toBe(`s3://bucket/raw/${project}/development/${run}/${run}-a0-1`)
  const asked = await runWith(settings, {
    rawDataStorage: { rawDataPrefix: 'file:///mine/' },
    securityContext: { runAs: { k8sServiceAccount: 'me', iamRole: 'role' } },
  })
  expect(asked.shown?.securityContext?.runAs).toMatchObject({ k8sServiceAccount: 'me', iamRole: 'role' })
  expect(asked.shown?.rawDataStorage?.rawDataPrefix).toBe('file:///mine/')
  expect(asked.attempt.rawDataPrefix.startsWith(`/mine/${asked.key.project}/`)).toBe(true)
})

test('the same request gives the same run when settings have changed since', async () => {
  const { key } = await runWith({})
  const place = { project: key.project, domain: key.domain }
  await clients.settings.updateSettings({ key: place, settings: { labels: map({ a: 'b' }) }, version: 1n })
  const again = aRunRequest({ id: { case: 'runId', value: { ...place, name: key.run } } })
  await clients.runs.createRun(again)
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: key.run } })
  expect(details?.runSpec?.labels?.values).toEqual({ from: 'org', org: 'yes' })
})

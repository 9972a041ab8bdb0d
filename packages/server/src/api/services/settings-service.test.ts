import { Code } from '@connectrpc/connect'
import { ScopeLevel, SettingState } from '@tern/idl/settings'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

const value = (stringValue: string) => ({ state: SettingState.VALUE, stringValue })
const map = (entries: Record<string, string>) => ({ state: SettingState.VALUE, mapValue: { entries } })
const queue = (name: string) => ({ run: { defaultQueue: value(name) } })

eachTransport((transport) => {
  let api: TestApi
  let clients: Clients
  let serial = 0

  beforeAll(async () => {
    api = await startApi()
    clients = createClients(transport.connect(api.url))
  })
  afterAll(() => api.close())

  /** A project of its own for a test, as a key of settings. */
  async function freshProject(domain = 'staging'): Promise<{ domain: string; project: string }> {
    serial += 1
    const id = `settings-${serial}`
    await clients.projects.createProject({ project: { id } })
    return { domain, project: id }
  }

  test('each setting is the narrowest one, and says where it is from', async () => {
    const key = await freshProject('development')
    await clients.settings.createSettings({
      key: {},
      settings: {
        ...queue('everywhere'),
        security: { serviceAccount: value('of-all') },
        storage: { rawDataPath: value('s3://bucket/raw') },
        labels: map({ org: 'o', team: 'org' }),
        annotations: map({ note: 'org' }),
        taskResource: { min: { cpu: { state: SettingState.VALUE, quantityValue: '500m' } } },
      },
    })
    await clients.settings.createSettings({
      key: { domain: 'development' },
      settings: {
        run: { maxActionConcurrency: { state: SettingState.VALUE, intValue: 7n } },
        storage: { rawDataPath: { state: SettingState.UNSET } },
        labels: map({ team: 'domain', domain: 'd' }),
        annotations: { state: SettingState.UNSET },
      },
    })
    await clients.settings.createSettings({
      key,
      settings: {
        ...queue('mine'),
        security: { serviceAccount: { state: SettingState.INHERIT } },
        labels: map({ domain: 'p' }),
      },
    })
    const { settingsRecord } = await clients.settings.getSettings({ key })
    expect(settingsRecord).toMatchObject({ key: { org: 'tern', ...key }, version: 1n })
    expect(settingsRecord?.settings).toMatchObject({
      run: {
        defaultQueue: { stringValue: 'mine', scopeLevel: ScopeLevel.PROJECT },
        maxActionConcurrency: { intValue: 7n, scopeLevel: ScopeLevel.DOMAIN },
      },
      security: { serviceAccount: { stringValue: 'of-all', scopeLevel: ScopeLevel.ORG } },
      storage: { rawDataPath: { state: SettingState.UNSET, stringValue: '', scopeLevel: ScopeLevel.DOMAIN } },
      taskResource: { min: { cpu: { quantityValue: '500m', scopeLevel: ScopeLevel.ORG } } },
      labels: { mapValue: { entries: { org: 'o', team: 'domain', domain: 'p' } }, scopeLevel: ScopeLevel.PROJECT },
      annotations: { state: SettingState.UNSET, scopeLevel: ScopeLevel.DOMAIN },
    })
    expect(settingsRecord?.settings?.app).toBeUndefined()
    const org = await clients.settings.getSettings({ key: {} })
    expect(org.settingsRecord?.settings?.run?.defaultQueue?.stringValue).toBe('everywhere')
  })

  test('for editing there is one record of every level, as it was set', async () => {
    const key = await freshProject()
    const before = await clients.settings.getSettingsForEdit({ key })
    expect(before.requestedKey).toMatchObject({ org: 'tern', ...key })
    expect(before.levels.slice(1)).toMatchObject([
      { key: { org: 'tern', domain: 'staging', project: '' }, settings: {}, version: 0n },
      { key: { org: 'tern', ...key }, settings: {}, version: 0n },
    ])
    expect(before.levels).toHaveLength(3)
    await clients.settings.createSettings({ key, settings: queue('gpu') })
    const after = await clients.settings.getSettingsForEdit({ key })
    expect(after.levels[2]).toMatchObject({
      version: 1n,
      settings: { run: { defaultQueue: { stringValue: 'gpu', scopeLevel: ScopeLevel.PROJECT } } },
    })
    expect((await clients.settings.getSettingsForEdit({ key: { domain: 'staging' } })).levels).toHaveLength(2)
    expect((await clients.settings.getSettingsForEdit({ key: {} })).levels).toHaveLength(1)
  })

  test('an update is of the version that its author saw', async () => {
    const key = await freshProject()
    const { settings } = clients
    await expectRefused(settings.updateSettings({ key, settings: {}, version: 1n }), Code.NotFound, key.project)
    const created = await settings.createSettings({ key, settings: queue('first') })
    expect(created.settingsRecord?.version).toBe(1n)
    await expectRefused(settings.createSettings({ key, settings: {} }), Code.AlreadyExists, key.project)
    const updated = await settings.updateSettings({ key, settings: queue('second'), version: 1n })
    expect(updated.settingsRecord).toMatchObject({ key, version: 2n, settings: queue('second') })
    const stale = settings.updateSettings({ key, settings: queue('stale'), version: 1n })
    await expectRefused(stale, Code.FailedPrecondition, 'version 2 by now, not at 1')
    await expectRefused(settings.updateSettings({ key, settings: {} }), Code.InvalidArgument, 'version')
    const huge = settings.updateSettings({ key, settings: {}, version: 2n ** 64n - 1n })
    await expectRefused(huge, Code.FailedPrecondition, 'version 2')
    const { settingsRecord } = await settings.getSettings({ key })
    expect(settingsRecord?.settings?.run?.defaultQueue?.stringValue).toBe('second')
  })

  test('of updates at the same time one is made', async () => {
    const key = await freshProject()
    await clients.settings.createSettings({ key, settings: {} })
    const attempts = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((name) => clients.settings.updateSettings({ key, settings: queue(name), version: 1n })),
    )
    const made = attempts.filter(({ status }) => status === 'fulfilled')
    expect(made).toHaveLength(1)
    expect((await clients.settings.getSettings({ key })).settingsRecord?.version).toBe(2n)
  })

  test('what cannot be is refused, and changes nothing', async () => {
    const key = await freshProject()
    const { settings } = clients
    await expectRefused(settings.getSettings({}), Code.InvalidArgument, 'key')
    await expectRefused(settings.getSettingsForEdit({}), Code.InvalidArgument, 'key')
    await expectRefused(settings.createSettings({ settings: {} }), Code.InvalidArgument, 'key')
    await expectRefused(settings.createSettings({ key }), Code.InvalidArgument, 'settings')
    await expectRefused(settings.updateSettings({ key, version: 1n }), Code.InvalidArgument, 'settings')
    await expectRefused(settings.getSettings({ key: { project: key.project } }), Code.InvalidArgument, 'key.domain')
    for (const call of [
      (bad: object) => settings.getSettings({ key: bad }),
      (bad: object) => settings.getSettingsForEdit({ key: bad }),
      (bad: object) => settings.createSettings({ key: bad, settings: {} }),
      (bad: object) => settings.updateSettings({ key: bad, settings: {}, version: 1n }),
    ]) {
      await expectRefused(call({ domain: 'staging', project: 'nowhere' }), Code.NotFound, 'nowhere')
      await expectRefused(call({ domain: 'nowhere' }), Code.NotFound, 'nowhere')
    }
    const bad = { taskResource: { max: { memory: { state: SettingState.VALUE, quantityValue: 'a lot' } } } }
    await expectRefused(settings.createSettings({ key, settings: bad }), Code.InvalidArgument, 'max.memory')
    expect((await settings.getSettings({ key })).settingsRecord?.version).toBe(0n)
  })
})

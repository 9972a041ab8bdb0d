import { create } from '@bufbuild/protobuf'
import { type ScopeLevel, SettingsSchema, SettingState } from '@tern/idl/settings'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveSettings } from './resolve-settings.ts'
import { leafPlaces } from './setting-leaves.ts'

test('every setting of the protocol is found', () => {
  const names = leafPlaces.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
  expect(names).toEqual(
    expect.arrayContaining([
      'run.default_queue',
      'run.max_action_concurrency',
      'run.run_base_dir',
      'security.service_account',
      'storage.raw_data_path',
      'task_resource.min.cpu',
      'task_resource.max.storage',
      'task_resource.mirror_limits_request',
      'labels',
      'annotations',
      'environment_variables',
      'app.disallow_anonymous',
      'pod_template_name',
    ]),
  )
})

const said = fc.oneof(
  fc.constant('inherit' as const),
  fc.constant('unset' as const),
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')),
)
type Said = 'inherit' | 'unset' | Record<string, string>

const toSettings = (what: Said) =>
  create(SettingsSchema, {
    labels:
      what === 'inherit' || what === 'unset'
        ? { state: what === 'unset' ? SettingState.UNSET : SettingState.INHERIT }
        : { state: SettingState.VALUE, mapValue: { entries: what } },
  })

test('the entries of maps come together, down from the last level that has none', () => {
  fc.assert(
    fc.property(fc.array(said, { minLength: 3, maxLength: 3 }), (levels: Said[]) => {
      const { labels } = resolveSettings(
        levels.map((what, index) => ({ level: index as ScopeLevel, settings: toSettings(what) })),
      )
      const last = levels.findLastIndex((what) => what !== 'inherit')
      const from = levels.lastIndexOf('unset') + 1
      const maps = levels.slice(from).filter((what) => what !== 'inherit')
      expect(labels?.scopeLevel).toBe(last < 0 ? undefined : last)
      expect(labels?.state === SettingState.VALUE).toBe(maps.length > 0)
      expect(labels?.mapValue?.entries).toEqual(maps.length > 0 ? Object.assign({}, ...maps) : undefined)
    }),
  )
})

import type { SettingsRecord } from '@tern/idl/settings'
import { readSetting, type SettingField, settingFields, type SettingValue } from './setting-fields.ts'

/** Where settings are set: for all, for a domain, or for a project in one. */
export type SettingLevelName = 'PROJECT' | 'DOMAIN' | 'ORG'

/** What holds for a setting, and who says so. */
export interface EffectiveSetting {
  readonly name: string
  readonly value: SettingValue
  /** The narrowest level that says something about it. */
  readonly from: SettingLevelName
  /** Of a map, the level that each entry is from. */
  readonly entriesFrom?: Readonly<Record<string, SettingLevelName>>
}

/** What was set at a level. */
export interface SettingsLevel {
  readonly level: SettingLevelName
  readonly record: SettingsRecord
}

export function toLevels(records: readonly SettingsRecord[]): readonly SettingsLevel[] {
  return records.map((record) => ({
    level: record.key?.project ? 'PROJECT' : record.key?.domain ? 'DOMAIN' : 'ORG',
    record,
  }))
}

/**
 * What holds where these levels end, without the settings that nobody has set. The narrowest level counts; entries of maps
 * come together from all levels down from the last that wants none.
 *
 * @param levels the broadest first
 */
export function effectiveSettings(levels: readonly SettingsLevel[]): readonly EffectiveSetting[] {
  return settingFields.flatMap((field) => effectiveSetting(field, levels) ?? [])
}

function effectiveSetting(field: SettingField, levels: readonly SettingsLevel[]): EffectiveSetting | undefined {
  let found: EffectiveSetting | undefined
  for (const { level, record } of levels) {
    const value = record.settings === undefined ? undefined : readSetting(record.settings, field)
    if (value === undefined) continue
    found = { name: field.name, from: level, ...(isMap(value) ? merged(found, value, level) : { value }) }
  }
  return found
}

function merged(
  before: EffectiveSetting | undefined,
  entries: Readonly<Record<string, string>>,
  level: SettingLevelName,
): Pick<EffectiveSetting, 'value' | 'entriesFrom'> {
  const inherited = before !== undefined && isMap(before.value) ? before.value : {}
  const own = Object.fromEntries(Object.keys(entries).map((key) => [key, level]))
  return { value: { ...inherited, ...entries }, entriesFrom: { ...before?.entriesFrom, ...own } }
}

export function isMap(value: SettingValue | undefined): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null
}

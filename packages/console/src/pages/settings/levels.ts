import {
  type EffectiveSetting,
  readSetting,
  type SettingField,
  type SettingLevelName,
  type SettingValue,
} from '@tern/core/settings'
import type { SettingsRecord } from '@tern/idl/settings'
import type { Scope } from '../../app/scope.ts'

/** Where settings are looked at and set. */
export type Level = 'org' | 'domain' | 'project'

export function levelOf(text: string | undefined): Level {
  return text === 'org' || text === 'domain' ? text : 'project'
}

/** Of a level, as the protocol names it. */
export function keyOf(level: Level, { project, domain }: Scope) {
  return { org: '', domain: level === 'org' ? '' : domain, project: level === 'project' ? project : '' }
}

/** Whom a level is for, in words. */
export function levelWords(level: Level, { project, domain }: Scope): string {
  if (level === 'org') return 'all projects'
  return level === 'domain' ? `every project in ${domain}` : `${project} in ${domain}`
}

/** The level itself, in a word or two. */
export function levelName(level: Level, { project, domain }: Scope): string {
  return { org: 'all projects', domain, project }[level]
}

const names: Readonly<Record<SettingLevelName, Level>> = { ORG: 'org', DOMAIN: 'domain', PROJECT: 'project' }

/** What is said of a setting where one looks, and what holds. */
export interface SettingState {
  readonly field: SettingField
  /** What this level says: null for no value, undefined for nothing. */
  readonly own: SettingValue | undefined
  /** What holds, with the level that says so; undefined where nobody says anything. */
  readonly effective: (Pick<EffectiveSetting, 'value' | 'entriesFrom'> & { readonly from: Level }) | undefined
  /** What holds without this level. */
  readonly inherited: (Pick<EffectiveSetting, 'value'> & { readonly from: Level }) | undefined
}

export function stateOf(
  field: SettingField,
  own: SettingsRecord | undefined,
  effective: ReadonlyArray<EffectiveSetting>,
  inherited: ReadonlyArray<EffectiveSetting>,
): SettingState {
  return {
    field,
    own: own?.settings && readSetting(own.settings, field),
    effective: found(effective, field),
    inherited: found(inherited, field),
  }
}

function found(settings: ReadonlyArray<EffectiveSetting>, { name }: SettingField) {
  const setting = settings.find((each) => each.name === name)
  return setting && { ...setting, from: names[setting.from] }
}

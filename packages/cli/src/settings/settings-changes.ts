import { isDeepStrictEqual } from 'node:util'
import { settingFields, type SettingValue } from '@tern/core/settings'
import type { Colors } from '../io.ts'
import { entry, type SettingValues } from './settings-document.ts'

/** What a level says about a setting. */
export interface SettingState {
  /** Whether it says nothing, so that a broader level counts. */
  readonly inherited: boolean
  /** Null where it says nothing, or wants no value. */
  readonly value: SettingValue
}

export interface SettingChange {
  readonly name: string
  readonly before: SettingState
  readonly after: SettingState
}

export function settingChanges(before: SettingValues, after: SettingValues): readonly SettingChange[] {
  return settingFields.flatMap(({ name }) => {
    const change = { name, before: stateOf(before.get(name)), after: stateOf(after.get(name)) }
    return isDeepStrictEqual(change.before, change.after) ? [] : [change]
  })
}

/** The changes as lines that go and lines that come. */
export function changesText(changes: readonly SettingChange[], colors: Colors): string {
  const lines = ({ inherited, value }: SettingState, name: string, mark: '-' | '+') =>
    inherited ? [] : entry(name, value).replace(/^/gm, `${mark} `).split('\n')
  return changes
    .flatMap(({ name, before, after }) => [
      ...lines(before, name, '-').map(colors.red),
      ...lines(after, name, '+').map(colors.green),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

function stateOf(value: SettingValue | undefined): SettingState {
  return { inherited: value === undefined, value: value ?? null }
}

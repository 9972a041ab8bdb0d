import { Code, ConnectError } from '@connectrpc/connect'
import { callUnaryMethod, useQuery, useTransport } from '@connectrpc/connect-query'
import {
  effectiveSettings,
  readSetting,
  settingFields,
  type SettingValue,
  toLevels,
  writeSettings,
} from '@tern/core/settings'
import { type SettingsRecord, SettingsService } from '@tern/idl/settings'
import { useMutation } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Scope } from '../../app/scope.ts'
import { keyOf, type Level, type SettingState, stateOf } from './levels.ts'

export interface ShownSettings {
  readonly own: SettingsRecord | undefined
  readonly states: ReadonlyArray<SettingState>
}

const everyMs = 10_000

/** All settings, as they are at a level. */
export function useSettings(level: Level, scope: Scope) {
  const query = useQuery(
    SettingsService.method.getSettingsForEdit,
    { key: keyOf(level, scope) },
    { refetchInterval: ({ state }) => (state.error === null ? everyMs : false) },
  )
  const levels = query.data?.levels
  const settings = useMemo(() => levels && toShown(levels), [levels])
  return { ...query, settings }
}

export function toShown(levels: ReadonlyArray<SettingsRecord>): ShownSettings {
  const named = toLevels(levels)
  const effective = effectiveSettings(named)
  const inherited = effectiveSettings(named.slice(0, -1))
  const own = levels.at(-1)
  return { own, states: settingFields.map((field) => stateOf(field, own, effective, inherited)) }
}

/** What a level says with one setting changed; undefined for one that is inherited from now on. */
export function changed(
  own: SettingsRecord | undefined,
  name: string,
  value: SettingValue | undefined,
): ReadonlyMap<string, SettingValue> {
  const values = new Map<string, SettingValue>()
  for (const field of settingFields) {
    const present = own?.settings && readSetting(own.settings, field)
    const next = field.name === name ? value : present
    if (next !== undefined) values.set(field.name, next)
  }
  return values
}

/** Saves one setting of a level, if nobody else has changed the level since it was read. */
export function useSaveSetting(level: Level, scope: Scope) {
  const transport = useTransport()
  return useMutation({
    mutationFn: async ({ own, name, value }: Change) => {
      const settings = writeSettings(changed(own, name, value), own?.settings)
      const key = keyOf(level, scope)
      const version = own?.version ?? 0n
      return version === 0n
        ? callUnaryMethod(transport, SettingsService.method.createSettings, { key, settings })
        : callUnaryMethod(transport, SettingsService.method.updateSettings, { key, settings, version })
    },
  })
}

export interface Change {
  /** The level as it was read. */
  readonly own: SettingsRecord | undefined
  readonly name: string
  readonly value: SettingValue | undefined
}

/** Whether somebody else was quicker. */
export function isConflict(error: unknown): boolean {
  if (error === null || error === undefined) return false
  return [Code.FailedPrecondition, Code.AlreadyExists, Code.Aborted].includes(ConnectError.from(error).code)
}

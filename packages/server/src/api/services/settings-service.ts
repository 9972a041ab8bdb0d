import { create } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'
import { InvalidArgumentError } from '@tern/core'
import {
  type Settings,
  type SettingsKey,
  type SettingsRecord as RecordMessage,
  SettingsRecordSchema,
  type SettingsService,
} from '@tern/idl/settings'
import type { SettingsRecord } from '../../settings/scoped-settings.ts'
import type { ApiDomain } from '../domain.ts'

export function createSettingsService({ settings, config }: ApiDomain): ServiceImpl<typeof SettingsService> {
  const toMessage = ({ scope, settings: values, version }: SettingsRecord): RecordMessage =>
    create(SettingsRecordSchema, {
      key: { org: config.org, ...scope },
      settings: values,
      version: BigInt(version),
    })
  return {
    async getSettings({ key }) {
      return { settingsRecord: toMessage(await settings.effective(requireKey(key))) }
    },
    async getSettingsForEdit({ key }) {
      const scope = requireKey(key)
      const levels = await settings.levels(scope)
      return { requestedKey: { org: config.org, ...scope }, levels: levels.map(toMessage) }
    },
    async createSettings({ key, settings: values }) {
      const scope = requireKey(key)
      return { settingsRecord: toMessage(await settings.create(scope, requireSettings(values))) }
    },
    async updateSettings({ key, settings: values, version }) {
      const scope = requireKey(key)
      return { settingsRecord: toMessage(await settings.update(scope, requireSettings(values), toVersion(version))) }
    },
  }
}

function requireKey(key: SettingsKey | undefined): { domain: string; project: string } {
  if (key === undefined) throw new InvalidArgumentError('key: value is required', { field: 'key' })
  return { domain: key.domain, project: key.project }
}

function requireSettings(settings: Settings | undefined): Settings {
  if (settings === undefined) throw new InvalidArgumentError('settings: value is required', { field: 'settings' })
  return settings
}

// No record ever gets that far, so what is beyond is a version that it does not have.
function toVersion(version: bigint): number {
  return version > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(version)
}

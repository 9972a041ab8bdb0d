// Settings of the organization, of domains and of projects, for whoever shows or edits them.
export {
  type EffectiveSetting,
  effectiveSettings,
  isMap,
  type SettingLevelName,
  type SettingsLevel,
  toLevels,
} from './settings/effective-settings.ts'
export {
  readSetting,
  type SettingField,
  settingFields,
  type SettingKind,
  type SettingValue,
  writeSettings,
} from './settings/setting-fields.ts'

import { create } from '@bufbuild/protobuf'
import { IdentitySchema, SecurityContextSchema } from '@tern/idl/core'
import { type Settings, SettingState, type StringMapSetting, type StringSetting } from '@tern/idl/settings'
import { AnnotationsSchema, EnvsSchema, LabelsSchema, RawDataStorageSchema, type RunSpec } from '@tern/idl/task'

/** Fills in what a run spec does not say for itself from the settings of its project; maps entry by entry. */
export function applyRunDefaults(spec: RunSpec, settings: Settings): void {
  const { run, labels, annotations, environmentVariables, security, storage } = settings
  spec.queue ||= textOf(run?.defaultQueue)
  spec.runBaseDir ||= textOf(run?.runBaseDir)
  spec.maxActionConcurrency ||= run?.maxActionConcurrency ? Number(run.maxActionConcurrency.intValue) : 0
  applyMaps(spec, { labels, annotations, environmentVariables })
  applyRawDataPath(spec, textOf(storage?.rawDataPath))
  applyServiceAccount(spec, textOf(security?.serviceAccount))
}

function applyMaps(
  spec: RunSpec,
  { labels, annotations, environmentVariables }: Pick<Settings, 'labels' | 'annotations' | 'environmentVariables'>,
): void {
  const defaultLabels = entriesOf(labels)
  if (hasEntries(defaultLabels)) {
    spec.labels = create(LabelsSchema, { values: { ...defaultLabels, ...spec.labels?.values } })
  }
  const defaultAnnotations = entriesOf(annotations)
  if (hasEntries(defaultAnnotations)) {
    spec.annotations = create(AnnotationsSchema, { values: { ...defaultAnnotations, ...spec.annotations?.values } })
  }
  const given = spec.envs?.values ?? []
  const names = new Set(given.map(({ key }) => key))
  const added = Object.entries(entriesOf(environmentVariables)).filter(([key]) => !names.has(key))
  if (added.length > 0) {
    spec.envs = create(EnvsSchema, { values: [...given, ...added.map(([key, value]) => ({ key, value }))] })
  }
}

function applyRawDataPath(spec: RunSpec, path: string): void {
  if (path === '' || spec.rawDataStorage?.rawDataPrefix) return
  spec.rawDataStorage = create(RawDataStorageSchema, { rawDataPrefix: path })
}

function applyServiceAccount(spec: RunSpec, account: string): void {
  if (account === '' || spec.securityContext?.runAs?.k8sServiceAccount) return
  spec.securityContext ??= create(SecurityContextSchema)
  spec.securityContext.runAs ??= create(IdentitySchema)
  spec.securityContext.runAs.k8sServiceAccount = account
}

function textOf(setting: StringSetting | undefined): string {
  return setting?.state === SettingState.VALUE ? setting.stringValue : ''
}

function entriesOf(setting: StringMapSetting | undefined): Readonly<Record<string, string>> {
  return setting?.state === SettingState.VALUE ? (setting.mapValue?.entries ?? {}) : {}
}

function hasEntries(entries: Readonly<Record<string, string>>): boolean {
  return Object.keys(entries).length > 0
}

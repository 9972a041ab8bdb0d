import { clone, create } from '@bufbuild/protobuf'
import { AnnotationsSchema, EnvsSchema, LabelsSchema, type RunSpec, RunSpecSchema } from '@tern/idl/task'

/**
 * What holds for a run of which two have something to say: field by field what the first one says, or else the second one.
 * Labels, annotations and environment variables are taken from both, one by one.
 */
export function mergeRunSpecs(first: RunSpec | undefined, second: RunSpec | undefined): RunSpec {
  const [own, other] = [first, second].map((spec) => clone(RunSpecSchema, spec ?? create(RunSpecSchema)))
  if (own === undefined || other === undefined) return create(RunSpecSchema)
  return {
    ...own,
    ...mergedMaps(own, other),
    ...(own.interruptible === undefined && other.interruptible !== undefined && { interruptible: other.interruptible }),
    overwriteCache: own.overwriteCache || other.overwriteCache,
    queue: own.queue || other.queue,
    ...either('rawDataStorage', own, other),
    ...either('securityContext', own, other),
    ...either('cacheConfig', own, other),
    notificationSettings:
      own.notificationSettings.case === undefined ? other.notificationSettings : own.notificationSettings,
    ...either('runStartTime', own, other),
    maxActionConcurrency: own.maxActionConcurrency || other.maxActionConcurrency,
    runBaseDir: own.runBaseDir || other.runBaseDir,
    clusterPool: own.clusterPool || other.clusterPool,
  }
}

function either<Name extends 'rawDataStorage' | 'securityContext' | 'cacheConfig' | 'runStartTime'>(
  name: Name,
  own: RunSpec,
  other: RunSpec,
): Pick<RunSpec, Name> {
  const value = own[name] ?? other[name]
  return (value === undefined ? {} : { [name]: value }) as Pick<RunSpec, Name>
}

function mergedMaps(own: RunSpec, other: RunSpec): Pick<RunSpec, 'labels' | 'annotations' | 'envs'> {
  const labels = { ...other.labels?.values, ...own.labels?.values }
  const annotations = { ...other.annotations?.values, ...own.annotations?.values }
  const given = own.envs?.values ?? []
  const names = new Set(given.map(({ key }) => key))
  const envs = [...given, ...(other.envs?.values ?? []).filter(({ key }) => !names.has(key))]
  return {
    ...(Object.keys(labels).length > 0 && { labels: create(LabelsSchema, { values: labels }) }),
    ...(Object.keys(annotations).length > 0 && { annotations: create(AnnotationsSchema, { values: annotations }) }),
    ...(envs.length > 0 && { envs: create(EnvsSchema, { values: envs }) }),
  }
}

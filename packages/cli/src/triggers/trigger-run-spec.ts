import { create } from '@bufbuild/protobuf'
import { type RunSpec, RunSpecSchema } from '@tern/idl/task'
import type { TriggerOptions } from '../commands/trigger-options.ts'
import { catchUpAnnotation, overlapAnnotation } from './policies.ts'

type Given = Pick<TriggerOptions, 'label' | 'annotation' | 'env' | 'overlap' | 'catchUp'>

/** How a trigger's runs are made, as flags say it; what they do not say stays as it is. */
export function toTriggerRunSpec(given: Given, present: RunSpec | undefined): RunSpec {
  const labels = { ...present?.labels?.values, ...given.label }
  const annotations: Record<string, string> = { ...present?.annotations?.values, ...given.annotation }
  if (given.overlap !== undefined) annotations[overlapAnnotation] = given.overlap
  if (given.catchUp !== undefined) annotations[catchUpAnnotation] = given.catchUp
  const envs = new Map((present?.envs?.values ?? []).map(({ key, value }) => [key, value]))
  for (const [key, value] of Object.entries(given.env ?? {})) envs.set(key, value)
  const changed = create(RunSpecSchema, {
    ...(isEmpty(labels) ? {} : { labels: { values: labels } }),
    ...(isEmpty(annotations) ? {} : { annotations: { values: annotations } }),
    ...(envs.size === 0 ? {} : { envs: { values: Array.from(envs, ([key, value]) => ({ key, value })) } }),
  })
  const { labels: newLabels, annotations: newAnnotations, envs: newEnvs } = changed
  return present === undefined ? changed : { ...present, labels: newLabels, annotations: newAnnotations, envs: newEnvs }
}

function isEmpty(record: Readonly<Record<string, string>>): boolean {
  return Object.keys(record).length === 0
}

import { toJson } from '@bufbuild/protobuf'
import { RunSpecSchema } from '@tern/idl/task'
import { type RunDetails, RunSource } from '@tern/idl/workflow'

/** Something about a run, in two of them. What one of them does not have is undefined. */
export interface FactPair {
  readonly label: string
  readonly a: string | undefined
  readonly b: string | undefined
}

/** What can differ between two runs beside their actions: what they run, and with what. */
export function comparedFacts(a: RunDetails, b: RunDetails): ReadonlyArray<FactPair> {
  const [before, after] = [factsOf(a), factsOf(b)]
  return [...new Set([...before.keys(), ...after.keys()])].map((label) => ({
    label,
    a: before.get(label),
    b: after.get(label),
  }))
}

/** Of the fact that says where files go. */
export const filesLabel = 'Files go to'

const sources: Readonly<Record<number, string>> = {
  [RunSource.WEB]: 'console',
  [RunSource.CLI]: 'command line',
  [RunSource.SCHEDULE_TRIGGER]: 'schedule',
  [RunSource.ARTIFACT_TRIGGER]: 'artifact',
}

function factsOf({ action, runSpec }: RunDetails): ReadonlyMap<string, string> {
  const { metadata } = action ?? {}
  const task = metadata?.spec.case === 'task' ? metadata.spec.value.id : undefined
  const facts = new Map<string, string>()
  const add = (label: string, text: string | undefined) => void (text && facts.set(label, text))
  add('Task', task?.name || metadata?.funtionName)
  add('Version', task?.version)
  add('Started by', metadata?.triggerName || sources[metadata?.source ?? 0])
  if (runSpec === undefined) return facts
  add('Queue', runSpec.queue)
  add('Busy actions at most', runSpec.maxActionConcurrency === 0 ? '' : String(runSpec.maxActionConcurrency))
  add('Service account', runSpec.securityContext?.runAs?.k8sServiceAccount)
  add(filesLabel, runSpec.rawDataStorage?.rawDataPrefix)
  if (runSpec.overwriteCache || runSpec.cacheConfig?.overwriteCache) add('Cache', 'computed anew')
  const { interruptible } = toJson(RunSpecSchema, runSpec) as { interruptible?: boolean }
  add('Interruptible', interruptible === undefined ? '' : String(interruptible))
  for (const [key, value] of Object.entries(runSpec.labels?.values ?? {})) add(`Label ${key}`, value || '(empty)')
  for (const [key, value] of Object.entries(runSpec.annotations?.values ?? {})) add(`Annotation ${key}`, value)
  for (const { key, value } of runSpec.envs?.values ?? []) add(`Variable ${key}`, value || '(empty)')
  return facts
}

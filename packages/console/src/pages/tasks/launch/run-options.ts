import { clone, create } from '@bufbuild/protobuf'
import {
  AnnotationsSchema,
  CacheConfigSchema,
  EnvsSchema,
  LabelsSchema,
  type RunSpec,
  RunSpecSchema,
} from '@tern/idl/task'

export type Pair = readonly [key: string, value: string]

/** How a run is made, beside its inputs, as it is typed. */
export interface RunOptions {
  readonly name: string
  readonly labels: ReadonlyArray<Pair>
  readonly annotations: ReadonlyArray<Pair>
  readonly envs: ReadonlyArray<Pair>
  readonly queue: string
  readonly maxActionConcurrency: string
  /** Empty for what the task says. */
  readonly interruptible: '' | 'true' | 'false'
  readonly overwriteCache: boolean
}

export const noOptions: RunOptions = {
  name: '',
  labels: [],
  annotations: [],
  envs: [],
  queue: '',
  maxActionConcurrency: '',
  interruptible: '',
  overwriteCache: false,
}

/** What an earlier run was made with. */
export function optionsOf(spec: RunSpec | undefined): RunOptions {
  if (spec === undefined) return noOptions
  return {
    name: '',
    labels: Object.entries(spec.labels?.values ?? {}),
    annotations: Object.entries(spec.annotations?.values ?? {}),
    envs: (spec.envs?.values ?? []).map(({ key, value }) => [key, value] as const),
    queue: spec.queue,
    maxActionConcurrency: spec.maxActionConcurrency === 0 ? '' : String(spec.maxActionConcurrency),
    interruptible: spec.interruptible === undefined ? '' : spec.interruptible ? 'true' : 'false',
    overwriteCache: spec.cacheConfig?.overwriteCache ?? spec.overwriteCache,
  }
}

/** How many of them are set. */
export function countOf(options: RunOptions): number {
  return Object.values(options).filter((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value))).length
}

export type OptionProblems = { readonly [Name in keyof RunOptions]?: string }

/** What is wrong, before the server is asked. */
export function optionProblems(options: RunOptions): OptionProblems {
  const problems: { -readonly [Name in keyof RunOptions]?: string } = {}
  const { maxActionConcurrency: most, name } = options
  if (name !== '' && !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    problems.name = 'It takes small letters, digits and hyphens, and begins with a letter.'
  }
  if (most !== '' && !(/^\d+$/.test(most) && Number(most) >= 2)) problems.maxActionConcurrency = 'It takes 2 or more.'
  for (const list of ['labels', 'annotations', 'envs'] as const) {
    const keys = options[list].map(([key]) => key.trim())
    const twice = keys.find((key, index) => keys.indexOf(key) !== index)
    if (keys.includes('')) problems[list] = 'Each needs a name.'
    else if (twice !== undefined) problems[list] = `There are two of the name ${twice}.`
    else if (list === 'envs' && keys.some((key) => !/^[A-Za-z_]\w*$/.test(key)))
      problems[list] = 'Names of environment variables have letters, digits and underscores only.'
  }
  return problems
}

/** @param base what an earlier run had that a form does not show */
export function toRunSpec(options: RunOptions, base: RunSpec = create(RunSpecSchema)): RunSpec {
  const { labels, annotations, envs, queue, maxActionConcurrency, interruptible, overwriteCache } = options
  const spec = clone(RunSpecSchema, base)
  spec.labels = create(LabelsSchema, { values: record(labels) })
  spec.annotations = create(AnnotationsSchema, { values: record(annotations) })
  spec.envs = create(EnvsSchema, { values: envs.map(([key, value]) => ({ key: key.trim(), value })) })
  spec.interruptible = interruptible === '' ? undefined : interruptible === 'true'
  spec.queue = queue.trim()
  spec.maxActionConcurrency = Number(maxActionConcurrency)
  spec.overwriteCache = overwriteCache
  spec.cacheConfig = create(CacheConfigSchema, { overwriteCache })
  return spec
}

export function record(pairs: ReadonlyArray<Pair>): Record<string, string> {
  return Object.fromEntries(pairs.map(([key, value]) => [key.trim(), value]))
}

import { clone, type JsonObject, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { base64Encode } from '@bufbuild/protobuf/wire'
import {
  type Container,
  ContainerSchema,
  type K8sPod,
  Resources_ResourceName,
  type SecurityContext,
  type TaskMetadata,
  type TaskTemplate,
} from '@tern/idl/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { InvalidArgumentError } from './errors.ts'
import { sha256Base64 } from './hashing.ts'
import { isRecord } from './plain-object.ts'

/** The options of a deployed task that a call can replace. */
export const overridableOptions = [
  'shortName',
  'resources',
  'envVars',
  'secrets',
  'cache',
  'retries',
  'timeout',
  'queue',
  'interruptible',
  'reusable',
  'podTemplate',
  'links',
  'maxInlineIoBytes',
] as const

export type OverridableOption = (typeof overridableOptions)[number]

/** What a call changes of the options of a deployed task. */
export interface TaskSpecOverride {
  /** A spec that has the new values. Of what else it says, nothing counts. */
  readonly values: TaskSpec
  /** The options that are replaced, each as a whole. */
  readonly options: readonly string[]
}

interface Parts {
  readonly spec: TaskSpec
  readonly template: TaskTemplate
  readonly metadata: TaskMetadata
}

type Replace = (to: Parts, from: Parts) => void

const replacements: Readonly<Record<OverridableOption, Replace>> = {
  shortName: ({ spec }, from) => void (spec.shortName = from.spec.shortName),
  resources: replaceResources,
  envVars: replaceVariables,
  secrets: ({ template }, from) => {
    const secrets = from.template.securityContext?.secrets ?? []
    if (template.securityContext !== undefined) template.securityContext.secrets = secrets
    else if (secrets.length > 0) template.securityContext = from.template.securityContext as SecurityContext
  },
  cache: ({ metadata }, from) => {
    metadata.discoverable = from.metadata.discoverable
    metadata.discoveryVersion = from.metadata.discoveryVersion
    metadata.cacheSerializable = from.metadata.cacheSerializable
    metadata.cacheIgnoreInputVars = from.metadata.cacheIgnoreInputVars
  },
  retries: ({ template, metadata }, from) => {
    assign(metadata, 'retries', from.metadata.retries)
    replaceConfig(template, from.template, ['retry-on', 'retry-on-timeout'])
  },
  timeout: ({ metadata }, from) => {
    assign(metadata, 'timeout', from.metadata.timeout)
    assign(metadata, 'timeouts', from.metadata.timeouts)
  },
  queue: ({ template }, from) => replaceConfig(template, from.template, ['queue']),
  interruptible: ({ metadata }, from) => void (metadata.interruptibleValue = from.metadata.interruptibleValue),
  reusable: replaceReuse,
  podTemplate: ({ metadata }, from) => void (metadata.podTemplateName = from.metadata.podTemplateName),
  links: ({ metadata }, from) => void (metadata.logLinks = from.metadata.logLinks),
  maxInlineIoBytes: ({ template }, from) => replaceConfig(template, from.template, ['max-inline-io-bytes']),
}

/** What processes have from their start, so that no call can change it where they are used again. */
const fixedByReuse: readonly string[] = ['resources', 'envVars', 'secrets']

/**
 * A deployed task with other options, as calls of it want it.
 *
 * @throws InvalidArgumentError naming the option that cannot be replaced
 */
export function overrideTaskSpec(spec: TaskSpec, { values, options }: TaskSpecOverride): TaskSpec {
  const changed = clone(TaskSpecSchema, spec)
  const to = partsOf(changed)
  const from = partsOf(clone(TaskSpecSchema, values))
  checkReuse(to, from, options)
  const unknown = options.find((option) => !isOverridable(option))
  if (unknown !== undefined) throw refused(unknown, 'it is no option that a call can replace')
  // What is reused depends on the others: it comes after them.
  const inOrder = [...overridableOptions.filter((option) => option !== 'reusable'), 'reusable' as const]
  for (const option of inOrder) if (options.includes(option)) replacements[option](to, from)
  return changed
}

function isOverridable(option: string): boolean {
  return Object.hasOwn(replacements, option)
}

function checkReuse(to: Parts, from: Parts, options: readonly string[]): void {
  const reuse = options.includes('reusable') ? from.template.reusePolicy : to.template.reusePolicy
  const fixed = options.find((option) => fixedByReuse.includes(option))
  if (reuse === undefined || fixed === undefined) return
  throw refused(fixed, "its processes are reused. Give reusable: 'off' too, and the call has a process of its own")
}

function partsOf(spec: TaskSpec): Parts {
  const template = spec.taskTemplate
  const metadata = template?.metadata
  if (template === undefined || metadata === undefined) {
    throw new InvalidArgumentError('a task without a template or its metadata has no options', { field: 'override' })
  }
  return { spec, template, metadata }
}

function replaceReuse({ template }: Parts, from: Parts): void {
  assign(template, 'reusePolicy', from.template.reusePolicy)
  // Those who do not know the policy find the environment there; what else is custom is for whoever runs the task.
  if (template.custom === undefined || template.custom['type'] === 'actor') {
    assign(template, 'custom', from.template.reusePolicy === undefined ? undefined : environmentOf(template, from))
  }
}

/** With a version that stands for what is in its processes, which the task decides and not the call. */
function environmentOf({ target, metadata, securityContext }: TaskTemplate, { template }: Parts): JsonObject {
  const container = target.case === 'container' ? toBinary(ContainerSchema, { ...target.value, args: [] }) : undefined
  const about = JSON.stringify([
    template.custom ?? {},
    container === undefined ? '' : base64Encode(container),
    target.case === 'k8sPod' ? (target.value.podSpec ?? {}) : {},
    metadata?.codeBundleUri ?? '',
    (securityContext?.secrets ?? []).map(({ group, key, envVar }) => [group, key, envVar]),
  ])
  return { ...template.custom, version: sha256Base64(about).replaceAll(/\W/g, '').slice(0, 15) }
}

function replaceResources({ template }: Parts, from: Parts): void {
  const { resources } = containerIn(from.template) ?? {}
  assign(template, 'extendedResources', from.template.extendedResources)
  onContainer(template, {
    own: (container) => assign(container, 'resources', resources),
    ofPod: (container) => {
      const own = isRecord(container['resources']) ? container['resources'] : {}
      const amounts = { requests: toAmounts(resources?.requests), limits: toAmounts(resources?.limits) }
      return { ...container, resources: { ...own, ...amounts } as JsonObject }
    },
  })
}

function replaceVariables({ template }: Parts, from: Parts): void {
  const env = containerIn(from.template)?.env ?? []
  onContainer(template, {
    own: (container) => void (container.env = env),
    ofPod: (container) => ({ ...container, env: env.map(({ key, value }) => ({ name: key, value })) }),
  })
}

function containerIn({ target }: TaskTemplate): Container | undefined {
  return target.case === 'container' ? target.value : undefined
}

interface ContainerChange {
  readonly own: (container: Container) => void
  readonly ofPod: (container: JsonObject) => JsonObject
}

function onContainer({ target, config }: TaskTemplate, change: ContainerChange): void {
  if (target.case === 'container') change.own(target.value)
  if (target.case !== 'k8sPod') return
  const pod: K8sPod = target.value
  const containers = listOf(pod.podSpec?.['containers'])
  const name = pod.primaryContainerName || config['primary_container_name']
  const primary = Math.max(
    0,
    containers.findIndex((each) => each['name'] === name),
  )
  const changed = containers.map((each, index) => (index === primary ? change.ofPod(each) : each))
  pod.podSpec = { ...pod.podSpec, containers: changed }
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isRecord).map((each) => each as JsonObject) : []
}

function toAmounts(entries: readonly { name: Resources_ResourceName; value: string }[] = []): Record<string, string> {
  const nameOf = (wanted: Resources_ResourceName): string =>
    Object.entries(Resources_ResourceName).find(([, value]) => value === wanted)?.[0] ?? ''
  return Object.fromEntries(
    entries.map(({ name, value }) => [nameOf(name).toLowerCase().replaceAll('_', '-'), value] as const),
  )
}

function replaceConfig(to: TaskTemplate, from: TaskTemplate, keys: readonly string[]): void {
  for (const key of keys) {
    const value = from.config[key]
    if (value === undefined) delete to.config[key]
    else to.config[key] = value
  }
}

function assign<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key]
  else target[key] = value
}

function refused(option: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`${option} of a deployed task cannot be overridden: ${why}`, { field: option })
}

import { create } from '@bufbuild/protobuf'
import { toProtoDuration, toQuantity, truncateText } from '@tern/core'
import {
  type Container,
  ContainerSchema,
  type LiteralType,
  ParameterSchema,
  ResourceType,
  Resources_ResourceName,
  type Resources as WireResources,
  ResourcesSchema,
  RuntimeMetadata_RuntimeType,
  Secret_MountType,
  SecurityContextSchema,
  type TaskMetadata,
  TaskMetadataSchema,
  type TaskTemplate,
  TaskTemplateSchema,
} from '@tern/idl/core'
import { type NamedParameter, NamedParameterSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { gpuCount, toExtendedResources } from './accelerators.ts'
import { imageName, imageVariables } from '../images/image.ts'
import { cachingOf } from './caching.ts'
import { toRetryPolicy } from './retry-options.ts'
import { toTimeoutsMs } from './timeout-options.ts'
import { usualInlineIoBytes } from './effective-options.ts'
import { toTaskLogs } from './links.ts'
import { primaryContainerKey, primaryNameOf, toPod } from './pod-template.ts'
import { sdkVersion } from './registry.ts'
import { toActor, toWireReuse } from './reuse-policy.ts'
import type { KindTask } from '../kinds/task-kind.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { EffectiveOptions, Quantity, Resources } from './task-options.ts'

/** Where a task belongs and where its code lies. */
export interface SpecLocation {
  readonly org: string
  readonly project: string
  readonly domain: string
  readonly version: string
  /** Where workers find the code bundle. */
  readonly bundleUri: string
  /** Names of the images that are made for environments of the bundle, by environment. */
  readonly images?: Readonly<Record<string, string>> | undefined
  /** Of the bundle's code, for a task that was not loaded from there. */
  readonly codeHash?: string | undefined
}

/** The type of tasks whose code is a TypeScript bundle. */
export const taskType = 'typescript'

// Options without a field of their own in the protocol; servers and workers find them among the template's config.
export const configKeys = {
  queue: 'queue',
  retryOn: 'retry-on',
  retryOnTimeout: 'retry-on-timeout',
  maxInlineIoBytes: 'max-inline-io-bytes',
  images: 'images',
} as const

const defaultImage = 'tern/node'

/** A task as the wire describes it. */
export function toTaskSpec(definition: TaskDefinition, location: SpecLocation): TaskSpec {
  const { options, environment } = definition
  return create(TaskSpecSchema, {
    taskTemplate: toTemplate(definition, location),
    defaultInputs: toDefaultInputs(definition),
    shortName: options.shortName,
    environment: { name: environment.name, description: truncateText(environment.options.description ?? '', 255) },
    documentation: {
      shortDescription: truncateText(definition.docs.short ?? '', 255),
      longDescription: truncateText(definition.docs.long ?? '', 2048),
    },
  })
}

function toTemplate(definition: TaskDefinition, location: SpecLocation): TaskTemplate {
  const { options, kind } = definition
  const secrets = [...options.secrets, ...kind.secrets]
  const template = create(TaskTemplateSchema, {
    id: {
      resourceType: ResourceType.TASK,
      org: location.org,
      project: location.project,
      domain: location.domain,
      name: definition.name,
      version: location.version,
    },
    type: definition.kind.type,
    metadata: toMetadata(definition, location),
    interface: definition.interface.typed,
    config: { ...toConfig(options), ...imagesConfig(location) },
    ...(secrets.length === 0 ? {} : { securityContext: toSecurityContext(secrets) }),
  })
  definition.kind.describe(template, definition, location)
  return template
}

/** What a task has more whose code is in the bundle: where, and in which processes. */
export function describeCode(template: TaskTemplate, definition: KindTask, location: SpecLocation): void {
  const { podTemplate, pluginConfig, reusable } = definition.options
  template.type = pluginConfig?.taskType ?? template.type
  const container = toContainer(definition, location)
  template.target =
    typeof podTemplate === 'string'
      ? { case: 'container', value: container }
      : { case: 'k8sPod', value: toPod(podTemplate, container) }
  const extended = toExtendedResources(definition.options.resources)
  if (extended !== undefined) template.extendedResources = extended
  if (pluginConfig !== undefined) template.custom = pluginConfig.custom
  if (reusable === undefined) return
  template.reusePolicy = toWireReuse(reusable)
  template.custom ??= toActor(reusable, definition.environment.name, template)
}

/** What the wire says about how a task is to be run. */
export function toMetadata(definition: TaskDefinition, location: SpecLocation): TaskMetadata {
  const { options } = definition
  const caching = cachingOf(definition, location.codeHash)
  const { count, backoff } = toRetryPolicy(options.retries)
  const { maxRuntime, maxQueuedTime, deadline } = options.timeout
  const { maxRuntimeMs, maxQueuedMs, deadlineMs } = toTimeoutsMs(options.timeout)
  return create(TaskMetadataSchema, {
    runtime: { type: RuntimeMetadata_RuntimeType.FLYTE_SDK, version: sdkVersion, flavor: taskType },
    discoverable: caching.enabled,
    discoveryVersion: caching.version,
    cacheSerializable: caching.serialize,
    cacheIgnoreInputVars: [...caching.ignoredInputs],
    retries: {
      retries: count,
      ...(backoff === undefined
        ? {}
        : {
            backoff: {
              base: toProtoDuration(backoff.baseMs),
              factor: backoff.factor,
              ...(backoff.capMs === undefined ? {} : { cap: toProtoDuration(backoff.capMs) }),
            },
          }),
    },
    // A limit of 0 says that there is none, one that is left out leaves it to the server.
    ...(maxRuntime === undefined ? {} : { timeout: toProtoDuration(maxRuntimeMs) }),
    ...(maxQueuedTime === undefined && deadline === undefined
      ? {}
      : {
          timeouts: {
            ...(maxQueuedTime === undefined ? {} : { queuedTimeout: toProtoDuration(maxQueuedMs) }),
            ...(deadline === undefined ? {} : { deadline: toProtoDuration(deadlineMs) }),
          },
        }),
    ...(options.interruptible === undefined
      ? {}
      : { interruptibleValue: { case: 'interruptible', value: options.interruptible } }),
    generatesDeck: options.report,
    deprecatedErrorMessage: options.deprecated,
    producesArtifacts: definition.interface.outputs.some(({ artifact }) => artifact !== undefined),
    logLinks: toTaskLogs(options.links),
    podTemplateName: typeof options.podTemplate === 'string' ? options.podTemplate : '',
    codeBundleUri: location.bundleUri,
  })
}

function toContainer({ name, options, environment }: KindTask, location: SpecLocation): Container {
  const { image } = environment.options
  return create(ContainerSchema, {
    image: location.images?.[environment.name] ?? imageName(image, environment.name) ?? defaultImage,
    args: ['tern-worker', '--bundle', location.bundleUri, '--task', name],
    env: Object.entries({ ...imageVariables(image), ...options.envVars }).map(([key, value]) => ({ key, value })),
    resources: toWireResources(options.resources),
  })
}

/** What a container asks for, and may have. */
export function toWireResources({ cpu, memory, gpu, disk }: Resources): WireResources {
  const amounts: readonly [Resources_ResourceName, Quantity | readonly [Quantity, Quantity] | undefined][] = [
    [Resources_ResourceName.CPU, cpu],
    [Resources_ResourceName.MEMORY, memory],
    [Resources_ResourceName.GPU, gpuCount(gpu)],
    [Resources_ResourceName.EPHEMERAL_STORAGE, disk],
  ]
  const entries = (index: 0 | 1) =>
    amounts.flatMap(([name, amount]) => {
      const quantity = typeof amount === 'object' ? amount[index] : index === 0 ? amount : undefined
      return quantity === undefined ? [] : [{ name, value: toQuantity(quantity) }]
    })
  return create(ResourcesSchema, { requests: entries(0), limits: entries(1) })
}

/** For workers, which call tasks of other environments and have no files of the project. */
function imagesConfig({ images = {} }: SpecLocation): Record<string, string> {
  return Object.keys(images).length === 0 ? {} : { [configKeys.images]: JSON.stringify(images) }
}

function toConfig(options: EffectiveOptions): Record<string, string> {
  return {
    ...(options.queue === '' ? {} : { [configKeys.queue]: options.queue }),
    ...(options.retries.on === 'recoverable' ? { [configKeys.retryOn]: 'recoverable' } : {}),
    ...(options.retries.onTimeout === false ? { [configKeys.retryOnTimeout]: 'false' } : {}),
    ...(options.maxInlineIoBytes === usualInlineIoBytes
      ? {}
      : { [configKeys.maxInlineIoBytes]: String(options.maxInlineIoBytes) }),
    ...(typeof options.podTemplate === 'string' ? {} : { [primaryContainerKey]: primaryNameOf(options.podTemplate) }),
  }
}

function toSecurityContext(secrets: EffectiveOptions['secrets']) {
  return create(SecurityContextSchema, {
    secrets: secrets.map((secret) => ({
      key: secret.key,
      group: secret.group ?? '',
      mountRequirement: (secret.mount ?? false) === false ? Secret_MountType.ENV_VAR : Secret_MountType.FILE,
      envVar: secretVariable(secret),
    })),
  })
}

/** The variable that a task finds a secret in, or the path of its file. */
export function secretVariable({
  key,
  group = '',
  envVar,
  mount = false,
}: EffectiveOptions['secrets'][number]): string {
  return envVar ?? `${defaultEnvVar(group, key)}${mount === false ? '' : '_FILE'}`
}

function defaultEnvVar(group: string, key: string): string {
  return (group === '' ? key : `${group}_${key}`).replaceAll('-', '_').toUpperCase()
}

function toDefaultInputs(definition: TaskDefinition): NamedParameter[] {
  return definition.interface.inputs.flatMap(({ name, codec, description, fallback }) => {
    if (fallback === undefined || !canBeWritten(codec.type, fallback.value)) return []
    return [
      create(NamedParameterSchema, {
        name,
        parameter: create(ParameterSchema, {
          var: { type: codec.type, description },
          behavior: { case: 'default', value: codec.toLiteral(fallback.value) },
        }),
      }),
    ]
  })
}

// What may be left out of a union with none travels as none; anything else needs a value.
function canBeWritten(type: LiteralType, value: unknown): boolean {
  return value !== undefined || type.type.case === 'unionType'
}

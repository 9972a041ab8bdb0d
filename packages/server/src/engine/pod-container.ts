import { create, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { type Container, ContainerSchema, Resources_ResourceName, type TaskTemplate } from '@tern/idl/core'

// The SDKs' name for it among the template's config.
const primaryNameKey = 'primary_container_name'

/** The container that a task runs in: its own, or the primary one of its pod. Where there are no pods, it is all that counts. */
export function containerOf(template: TaskTemplate | undefined): Container | undefined {
  if (template?.target.case === 'container') return template.target.value
  if (template?.target.case !== 'k8sPod') return undefined
  const { podSpec, primaryContainerName } = template.target.value
  const containers = listOf(podSpec?.['containers'])
  const name = primaryContainerName || template.config[primaryNameKey]
  const primary = containers.find((container) => container['name'] === name) ?? containers[0]
  return primary && toContainer(primary)
}

function toContainer({ image, command, args, env, resources }: JsonObject): Container {
  const { requests, limits } = objectOf(resources)
  return create(ContainerSchema, {
    image: textOf(image),
    command: textsOf(command),
    args: textsOf(args),
    // Those that come from elsewhere in a cluster have no value here.
    env: listOf(env).flatMap(({ name, value }) => {
      return typeof value === 'string' ? [{ key: textOf(name), value }] : []
    }),
    resources: { requests: toEntries(requests), limits: toEntries(limits) },
  })
}

const { CPU, MEMORY, GPU, EPHEMERAL_STORAGE } = Resources_ResourceName
const resourceNames = new Map([
  ['cpu', CPU],
  ['memory', MEMORY],
  ['gpu', GPU],
  ['nvidia.com/gpu', GPU],
  ['ephemeral-storage', EPHEMERAL_STORAGE],
])

function toEntries(amounts: JsonValue | undefined) {
  return Object.entries(objectOf(amounts)).flatMap(([name, value]) => {
    const known = resourceNames.get(name)
    const isAmount = typeof value === 'string' || typeof value === 'number'
    return known === undefined || !isAmount ? [] : [{ name: known, value: String(value) }]
  })
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : []
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

import { create, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { type Container, type K8sPod, K8sPodSchema, Resources_ResourceName } from '@tern/idl/core'
import { checkKeys, checkText, checkTexts, invalid, isRecord } from './check-values.ts'

/** The name of a pod template that the cluster has, or what the pods of a task are made from. */
export type PodTemplateOption = string | PodTemplate

/** A pod that the task's own container is put into. Only Kubernetes makes pods; elsewhere the container is all that counts. */
export interface PodTemplate {
  /** A Kubernetes `PodSpec`, as in its API. */
  readonly podSpec?: JsonObject | undefined
  /** The container that the task runs in. Defaults to `primary`. */
  readonly primaryContainerName?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

/** Among a template's config: which container of the pod is the task's. */
export const primaryContainerKey = 'primary_container_name'

const keys = new Set(['podSpec', 'primaryContainerName', 'labels', 'annotations'])
const usualName = 'primary'

/** @throws InvalidArgumentError naming what is wrong */
export function checkPodTemplate(value: unknown): void {
  if (value === undefined || typeof value === 'string') return
  if (!isRecord(value)) throw invalid('podTemplate', 'podTemplate must be a name or an object')
  checkKeys(value, keys, 'podTemplate')
  checkText(value['primaryContainerName'], 'podTemplate.primaryContainerName')
  checkTexts(value['labels'], 'podTemplate.labels')
  checkTexts(value['annotations'], 'podTemplate.annotations')
  if (value['podSpec'] !== undefined && !isRecord(value['podSpec'])) {
    throw invalid('podTemplate.podSpec', 'podTemplate.podSpec must be an object')
  }
  const template = value as PodTemplate
  const containers = containersOf(template)
  if (containers.length === 0 || containers.some(({ name }) => name === primaryNameOf(template))) return
  throw invalid(
    'podTemplate.podSpec',
    `podTemplate.podSpec has no container ${primaryNameOf(template)}`,
    'Give the container that the task runs in that name, or say its name as primaryContainerName.',
  )
}

/** The name of the container that the task runs in. */
export function primaryNameOf({ primaryContainerName }: PodTemplate): string {
  return primaryContainerName ?? usualName
}

/** The pod of a task: its template, with the task's container in the place of the primary one. */
export function toPod(template: PodTemplate, container: Container): K8sPod {
  const primary = primaryNameOf(template)
  const given = containersOf(template)
  const containers = (given.length === 0 ? [{ name: primary }] : given).map((each) =>
    each['name'] === primary ? withTask(each, container) : each,
  )
  return create(K8sPodSchema, {
    podSpec: { ...template.podSpec, containers },
    metadata: { labels: { ...template.labels }, annotations: { ...template.annotations } },
  })
}

function containersOf({ podSpec }: PodTemplate): JsonObject[] {
  const containers = podSpec?.['containers']
  return Array.isArray(containers) ? containers.filter(isRecord).map((each) => each as JsonObject) : []
}

/** An image of its own stays; command and arguments are the task's; what the task asks for wins. */
function withTask(given: JsonObject, { image, command, args, env, resources }: Container): JsonObject {
  const own = given['resources'] as { requests?: JsonObject; limits?: JsonObject } | undefined
  const limits = { ...own?.limits, ...toAmounts(resources?.limits ?? []) }
  const requests = { ...own?.requests, ...toAmounts(resources?.requests ?? []) }
  const variables = [...env.map(({ key, value }) => ({ name: key, value })), ...listOf(given['env'])]
  return {
    ...given,
    image: given['image'] ?? image,
    command: [...command],
    args: [...args],
    ...(isEmpty(limits) && isEmpty(requests) ? {} : { resources: { ...own, limits, requests } }),
    ...(variables.length === 0 ? {} : { env: variables }),
  }
}

function toAmounts(entries: readonly { name: Resources_ResourceName; value: string }[]): JsonObject {
  const nameOf = (name: Resources_ResourceName) =>
    Object.entries(Resources_ResourceName).find(([, value]) => value === name)?.[0] ?? ''
  return Object.fromEntries(entries.map(({ name, value }) => [nameOf(name).toLowerCase().replaceAll('_', '-'), value]))
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : []
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0
}

import { type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf'
import type { VariableMap } from '@tern/idl/core'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { typeName } from '../../../data/type-name.ts'
import { toJson as valueToJson, toValue } from '../../../data/value.ts'

/** Something that two versions of a task differ in. What one of them does not have is undefined. */
export interface SpecChange {
  readonly label: string
  readonly before: string | undefined
  readonly after: string | undefined
}

export interface SpecChanges {
  readonly interface: ReadonlyArray<SpecChange>
  readonly options: ReadonlyArray<SpecChange>
  readonly resources: ReadonlyArray<SpecChange>
}

/** What is different about a task, but for its code. */
export function specChanges(before: TaskSpec, after: TaskSpec): SpecChanges {
  const settings = changesOf(settingsOf(before), settingsOf(after))
  const isResource = ({ label }: SpecChange) => /\bresources\b|\bk8s pod\b/i.test(label)
  return {
    interface: changesOf(interfaceOf(before), interfaceOf(after)),
    options: settings.filter((change) => !isResource(change)),
    resources: settings.filter(isResource).map((change) => ({ ...change, label: withoutPlace(change.label) })),
  }
}

/** `Container resources requests CPU` as `Requests CPU`. */
function withoutPlace(label: string): string {
  const rest = label
    .replace(/^Container resources /, '')
    .replaceAll(/\b[A-Z_]{4,}\b/g, (name) => name.toLowerCase().replaceAll('_', ' '))
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}

type Facts = ReadonlyMap<string, string>

function changesOf(before: Facts, after: Facts): ReadonlyArray<SpecChange> {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((label) => before.get(label) !== after.get(label))
    .toSorted()
    .map((label) => ({ label, before: before.get(label), after: after.get(label) }))
}

function interfaceOf({ taskTemplate, defaultInputs }: TaskSpec): Facts {
  const defaults = new Map(
    defaultInputs.map(({ name, parameter }) => [
      name,
      parameter?.behavior.case === 'default' ? JSON.stringify(valueToJson(toValue(parameter.behavior.value))) : '',
    ]),
  )
  const facts = new Map<string, string>()
  const add = (kind: string, map: VariableMap | undefined) => {
    for (const { key, value } of map?.variables ?? []) {
      const preset = kind === 'Input' ? defaults.get(key) : undefined
      const text = `${typeName(value?.type)}${preset ? ` = ${preset}` : ''}`
      facts.set(`${kind} ${key}`, value?.description ? `${text} (${value.description})` : text)
    }
  }
  add('Input', taskTemplate?.interface?.inputs)
  add('Output', taskTemplate?.interface?.outputs)
  return facts
}

/** What a version says of itself, and what follows from its code. */
function settingsOf(spec: TaskSpec): Facts {
  const { taskTemplate = {}, defaultInputs: _, ...rest } = toJson(TaskSpecSchema, spec) as JsonObject
  const { id: __, interface: ___, metadata, ...template } = taskTemplate as JsonObject
  const { codeBundleUri, discoveryVersion, ...kept } = (metadata ?? {}) as JsonObject
  const bundle = typeof codeBundleUri === 'string' && codeBundleUri !== '' ? codeBundleUri : undefined
  const isCached = kept['discoverable'] === true
  const facts = new Map<string, string>()
  flatten(
    { ...rest, ...template, ...kept, ...(isCached && { cacheVersion: discoveryVersion ?? '' }) },
    [],
    facts,
    bundle,
  )
  return facts
}

function flatten(json: JsonValue, path: ReadonlyArray<string>, facts: Map<string, string>, bundle: string | undefined) {
  if (Array.isArray(json) && json.every((item) => !isObject(item))) {
    if (json.length > 0) facts.set(labelOf(path), textOf(json.map(String).join(' '), bundle))
  } else if (Array.isArray(json)) {
    json.forEach((item, index) => flatten(withoutName(item), [...path, nameOf(item) ?? String(index)], facts, bundle))
  } else if (isObject(json)) {
    for (const [key, value] of Object.entries(json)) flatten(value, [...path, key], facts, bundle)
  } else {
    facts.set(labelOf(path), textOf(String(json), bundle))
  }
}

function textOf(text: string, bundle: string | undefined): string {
  return bundle === undefined ? text : text.replaceAll(bundle, '(the code bundle)')
}

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function nameOf(item: JsonValue): string | undefined {
  const name = isObject(item) ? (item['name'] ?? item['key']) : undefined
  return typeof name === 'string' ? name : undefined
}

/** What is called by its name need not say it again; of a pair, the value is enough. */
function withoutName(item: JsonValue): JsonValue {
  if (!isObject(item) || nameOf(item) === undefined) return item
  const { name: _, key: __, ...rest } = item
  const [only, ...others] = Object.values(rest)
  return only !== undefined && others.length === 0 ? only : rest
}

/** `retries.retries` as `Retries`, `container.resources.requests.CPU` as `Container resources requests CPU`. */
function labelOf(path: ReadonlyArray<string>): string {
  const words = path
    .filter((part, index) => part !== path[index - 1])
    .map((part) => (/^[A-Z_\d]+$/.test(part) ? part : part.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase()))
    .join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

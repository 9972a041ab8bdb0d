import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { type FormField, isNothing, isObject } from './form-fields.ts'

/** What was typed into a field so far, right or wrong; undefined for nothing. */
export type Draft =
  | undefined
  | string
  | { readonly kind: 'parts'; readonly parts: { readonly [name: string]: Draft } }
  | { readonly kind: 'items'; readonly items: ReadonlyArray<Draft> }
  | { readonly kind: 'entries'; readonly entries: ReadonlyArray<readonly [key: string, value: Draft]> }
  | { readonly kind: 'variant'; readonly variant: number; readonly draft: Draft }
  | { readonly kind: 'address'; readonly uri: string; readonly format: string }

/** What is wrong, by the path of a field, such as `order.lines[2].count`. */
export type Problems = Readonly<Record<string, string>>

export function partPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

export function itemPath(path: string, index: number): string {
  return `${path}[${index}]`
}

/** What a field shows of a value. */
export function toDraft(field: FormField, value: JsonValue | undefined): Draft {
  if (isNothing(value) || value === undefined || value === null) return emptyDraft(field)
  switch (field.kind) {
    case 'structure':
      if (!isObject(value)) return undefined
      return {
        kind: 'parts',
        parts: Object.fromEntries(
          field.parts.map((part) => [part.name, toDraft(part, value[part.name] ?? part.initial)]),
        ),
      }
    case 'list': {
      const { item } = field
      if (!Array.isArray(value) || item === undefined) return undefined
      return { kind: 'items', items: value.map((each) => toDraft(item, each)) }
    }
    case 'map': {
      const { item } = field
      if (!isObject(value) || item === undefined) return undefined
      return {
        kind: 'entries',
        entries: Object.entries(value).map(([key, each]) => [key, toDraft(item, each)] as const),
      }
    }
    case 'union': {
      const variant = Math.max(
        0,
        field.variants.findIndex((each) => fits(each, value)),
      )
      const chosen = field.variants[variant]
      return chosen && { kind: 'variant', variant, draft: toDraft(chosen, value) }
    }
    case 'file':
    case 'folder':
    case 'table':
      if (!isObject(value)) return undefined
      return { kind: 'address', uri: textOf(value['uri']), format: textOf(value['format']) || field.format }
    case 'json':
      return toJsonText(value)
    case 'nothing':
      return undefined
    default:
      return typeof value === 'object' ? toJsonText(value) : String(value)
  }
}

/** Parts of a structure have defaults of their own. */
function emptyDraft(field: FormField): Draft {
  if (field.kind !== 'structure' || !field.isRequired) return undefined
  return {
    kind: 'parts',
    parts: Object.fromEntries(field.parts.map((part) => [part.name, toDraft(part, part.initial)])),
  }
}

function fits(field: FormField, value: JsonValue): boolean {
  switch (field.kind) {
    case 'integer':
      return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && /^-?\d+$/.test(value)
    case 'number':
    case 'boolean':
      return typeof value === field.kind
    case 'choice':
      return typeof value === 'string' && field.choices.includes(value)
    case 'text':
    case 'duration':
      return typeof value === 'string'
    case 'time':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value))
    case 'list':
      return Array.isArray(value)
    case 'nothing':
      return isNothing(value)
    case 'file':
    case 'folder':
    case 'table':
      return isObject(value) && 'uri' in value
    case 'structure':
      return isObject(value) && field.parts.every(({ name, isRequired }) => !isRequired || name in value)
    default:
      return isObject(value)
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

const lineWidth = 60

function toJsonText(value: JsonValue): string {
  const line = JSON.stringify(value)
  return line.length <= lineWidth ? line : JSON.stringify(value, undefined, 2)
}

/** The value that was typed; undefined for a field that is left out. What is wrong is added to the problems. */
export function fromDraft(
  field: FormField,
  draft: Draft,
  path: string,
  problems: Record<string, string>,
): JsonValue | undefined {
  if (draft === undefined || (draft === '' && (field.kind !== 'text' || !field.isRequired))) {
    if (field.kind === 'nothing') return { type: 'null' }
    if (field.isRequired) problems[path] = missingText(field)
    return undefined
  }
  if (typeof draft === 'string') {
    const value = parse(field, draft)
    if (!(value instanceof Error)) return value
    problems[path] = value.message
    return undefined
  }
  switch (draft.kind) {
    case 'parts':
      return partsValue(field, draft.parts, path, problems)
    case 'items':
      return draft.items.map((each, index) => itemValue(field, each, itemPath(path, index), problems))
    case 'entries':
      return entriesValue(field, draft.entries, path, problems)
    case 'variant': {
      const variant = field.variants[draft.variant]
      return variant && fromDraft(variant, draft.draft, path, problems)
    }
    case 'address':
      return addressValue(field, draft, path, problems)
  }
}

function missingText({ kind }: FormField): string {
  if (kind === 'choice' || kind === 'boolean' || kind === 'union') return 'It needs one of these.'
  if (kind === 'list' || kind === 'map') return 'It needs a value. Add one, or choose an empty one.'
  return 'It needs a value.'
}

function partsValue(
  { parts, isRequired }: FormField,
  drafts: { readonly [name: string]: Draft },
  path: string,
  problems: Record<string, string>,
): JsonValue | undefined {
  const own: Record<string, string> = {}
  const value: JsonObject = {}
  for (const part of parts) {
    const each = fromDraft(part, drafts[part.name], partPath(path, part.name), own)
    if (each !== undefined) value[part.name] = each
  }
  // An optional structure of which nothing was filled in is left out as a whole.
  if (!isRequired && Object.keys(value).length === 0 && parts.every(({ name }) => isEmpty(drafts[name])))
    return undefined
  Object.assign(problems, own)
  return value
}

function isEmpty(draft: Draft): boolean {
  return draft === undefined || draft === ''
}

function itemValue({ item }: FormField, draft: Draft, path: string, problems: Record<string, string>): JsonValue {
  return (item && fromDraft(item, item.kind === 'text' ? (draft ?? '') : draft, path, problems)) ?? null
}

function entriesValue(
  field: FormField,
  entries: ReadonlyArray<readonly [string, Draft]>,
  path: string,
  problems: Record<string, string>,
): JsonValue {
  const value: JsonObject = {}
  entries.forEach(([key, draft], index) => {
    if (key in value) problems[itemPath(path, index)] = `There is another ${JSON.stringify(key)}.`
    value[key] = itemValue(field, draft, itemPath(path, index), problems)
  })
  return value
}

function addressValue(
  { kind, isRequired }: FormField,
  { uri, format }: { readonly uri: string; readonly format: string },
  path: string,
  problems: Record<string, string>,
): JsonValue | undefined {
  const address = uri.trim()
  if (address === '') {
    if (isRequired) problems[path] = 'It needs a file, or the address of one.'
    return undefined
  }
  if (!/^[a-z][\w+.-]*:\/\/|^\//i.test(address)) {
    problems[path] = 'An address has the form s3://bucket/path. Files of this computer are chosen with the button.'
    return undefined
  }
  if (kind === 'table') return { uri: address, format }
  return { uri: address, format, dimensionality: kind === 'folder' ? 'MULTIPART' : 'SINGLE' }
}

function parse({ kind, choices }: FormField, text: string): JsonValue | Error {
  const trimmed = text.trim()
  switch (kind) {
    case 'integer':
      if (!/^[+-]?\d+$/.test(trimmed)) return new Error('It takes a whole number.')
      // Digits beyond what a number holds go as text.
      return Number.isSafeInteger(Number(trimmed)) ? Number(trimmed) : trimmed.replace(/^\+/, '')
    case 'number': {
      if (/^(NaN|-?Infinity)$/.test(trimmed)) return trimmed
      const value = Number(trimmed)
      return Number.isFinite(value) ? value : new Error('It takes a number.')
    }
    case 'boolean':
      return trimmed === 'true'
    case 'choice':
      return choices.includes(text) ? text : new Error(`It takes one of ${choices.join(', ')}.`)
    case 'time':
      return Number.isNaN(Date.parse(trimmed)) ? new Error('It takes a time such as 2026-01-31T09:00:00Z.') : trimmed
    case 'duration':
      if (/^-?\d+(\.\d+)?$/.test(trimmed) || /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(trimmed)) return trimmed
      return new Error('It takes a length of time such as 1h30m or 45s.')
    case 'text':
      return text
    default:
      try {
        return JSON.parse(text) as JsonValue
      } catch (error) {
        return new Error(`It takes JSON. ${error instanceof Error ? error.message : ''}`.trim())
      }
  }
}

/** Paths of all fields that are shown. */
export function pathsOf(field: FormField, draft: Draft, path: string): ReadonlyArray<string> {
  if (draft === undefined || typeof draft === 'string') return [path]
  switch (draft.kind) {
    case 'parts':
      return [path, ...field.parts.flatMap((part) => pathsOf(part, draft.parts[part.name], partPath(path, part.name)))]
    case 'items':
    case 'entries': {
      const items = draft.kind === 'items' ? draft.items : draft.entries.map(([, value]) => value)
      const { item } = field
      return [path, ...items.flatMap((each, index) => (item ? pathsOf(item, each, itemPath(path, index)) : []))]
    }
    case 'variant': {
      const variant = field.variants[draft.variant]
      return variant === undefined ? [path] : pathsOf(variant, draft.draft, path)
    }
    case 'address':
      return [path]
  }
}

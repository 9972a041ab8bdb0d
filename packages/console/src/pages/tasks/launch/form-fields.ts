import type { JsonObject, JsonValue } from '@bufbuild/protobuf'

/** How a value is asked for. */
export type FieldKind =
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'time'
  | 'duration'
  | 'file'
  | 'folder'
  | 'table'
  | 'structure'
  | 'list'
  | 'map'
  | 'union'
  | 'nothing'
  | 'json'

/** An input of a task, or a part of one, as a form asks for it. */
export interface FormField {
  readonly name: string
  readonly kind: FieldKind
  readonly description: string
  readonly isRequired: boolean
  /** Of an enum. */
  readonly choices: ReadonlyArray<string>
  /** Of a structure. */
  readonly parts: ReadonlyArray<FormField>
  /** Of a list or a map. */
  readonly item: FormField | undefined
  /** Of a union, in its order. */
  readonly variants: ReadonlyArray<FormField>
  /** Of a file or a table; empty for any. */
  readonly format: string
  /** What it is filled with; undefined for nothing. */
  readonly initial: JsonValue | undefined
}

// What is nested deeper is typed as JSON.
const maxDepth = 4

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: JsonValue | undefined): ReadonlyArray<JsonValue> {
  return Array.isArray(value) ? value : []
}

/** Nothing, as forms write it. */
export function isNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || (isObject(value) && value['type'] === 'null' && !('default' in value))
}

/** The fields of a launch form, a JSON schema, in its order. */
export function fieldsOf(form: JsonObject): ReadonlyArray<FormField> {
  return partsOf(form, form, 0)
}

function partsOf({ properties, required }: JsonObject, root: JsonObject, depth: number): ReadonlyArray<FormField> {
  if (!isObject(properties)) return []
  const wanted = new Set(listOf(required))
  return Object.entries(properties).flatMap(([name, schema]) =>
    isObject(schema) ? fieldOf(name, schema, wanted.has(name), depth === 0 ? schema : root, depth) : [],
  )
}

/** @param root of the input, which references are looked up in */
function fieldOf(name: string, given: JsonObject, isRequired: boolean, root: JsonObject, depth: number): FormField {
  const schema = { ...resolved(given, root), ...given }
  const plain = resolved(withoutNothing(schema), root)
  const kind = kindOf(plain, depth)
  const { description, properties } = schema
  const parts = isObject(properties) ? properties : {}
  return {
    name,
    kind,
    description: typeof description === 'string' ? description : '',
    isRequired: isRequired && kind !== 'nothing',
    choices: listOf(plain['enum']).filter((each) => typeof each === 'string'),
    parts: kind === 'structure' ? partsOf(plain, root, depth + 1) : [],
    item: itemOf(plain, kind, root, depth),
    variants:
      kind === 'union' ? variantsOf(plain).map((each) => fieldOf(titleOf(each), each, true, root, depth + 1)) : [],
    format: formatOf(plain),
    initial: depth === 0 && schema['format'] === 'blob' ? initialAddress(schema, parts) : initialOf(schema),
  }
}

function resolved(schema: JsonObject, root: JsonObject, tries = 8): JsonObject {
  const { $ref: reference } = schema
  if (typeof reference !== 'string' || !reference.startsWith('#/') || tries === 0) return schema
  let found: JsonValue | undefined = root
  for (const step of reference.slice(2).split('/')) found = isObject(found) ? found[step] : undefined
  return isObject(found) ? resolved(found, root, tries - 1) : schema
}

function variantsOf(schema: JsonObject): ReadonlyArray<JsonObject> {
  return listOf(schema['oneOf'] ?? schema['anyOf']).filter(isObject)
}

/** Of something or nothing, the something. */
function withoutNothing(schema: JsonObject): JsonObject {
  const others = variantsOf(schema).filter(({ type }) => type !== 'null')
  const [only] = others
  return others.length === 1 && only !== undefined ? only : schema
}

const formats: Readonly<Record<string, FieldKind>> = {
  datetime: 'time',
  'date-time': 'time',
  duration: 'duration',
  'structured-dataset': 'table',
}

function kindOf(schema: JsonObject, depth: number): FieldKind {
  const { type, format } = schema
  if (Array.isArray(schema['enum']) && format !== 'blob') return 'choice'
  if (format === 'blob') return isFolder(schema) ? 'folder' : 'file'
  if (typeof format === 'string' && Object.hasOwn(formats, format)) return formats[format] ?? 'text'
  if (variantsOf(schema).length > 0) return depth < maxDepth ? 'union' : 'json'
  switch (type) {
    case 'string':
      return 'text'
    case 'integer':
    case 'number':
    case 'boolean':
      return type
    case 'null':
      return 'nothing'
    case 'array':
      return depth < maxDepth && isObject(schema['items']) ? 'list' : 'json'
    case 'object':
      if (depth >= maxDepth) return 'json'
      if (isObject(schema['properties']) && Object.keys(schema['properties']).length > 0) return 'structure'
      return isObject(schema['additionalProperties']) ? 'map' : 'json'
    default:
      return 'json'
  }
}

function itemOf(schema: JsonObject, kind: FieldKind, root: JsonObject, depth: number): FormField | undefined {
  const item = kind === 'list' ? schema['items'] : kind === 'map' ? schema['additionalProperties'] : undefined
  return isObject(item) ? fieldOf('', item, true, root, depth + 1) : undefined
}

function titleOf({ title }: JsonObject): string {
  return typeof title === 'string' ? title : ''
}

function partDefault({ properties }: JsonObject, name: string): JsonValue | undefined {
  const part = isObject(properties) ? properties[name] : undefined
  return isObject(part) ? part['default'] : undefined
}

function isFolder(schema: JsonObject): boolean {
  return partDefault(schema, 'dimensionality') === 'MULTIPART'
}

function formatOf(schema: JsonObject): string {
  const format = partDefault(schema, 'format')
  return typeof format === 'string' ? format : ''
}

function initialOf({ default: value }: JsonObject): JsonValue | undefined {
  return isNothing(value) ? undefined : value
}

/** A file of a form has its parts as fields of their own. */
function initialAddress(schema: JsonObject, parts: JsonObject): JsonValue | undefined {
  if (isObject(schema['default'])) return schema['default']
  const uri = partDefault(schema, 'uri')
  if (typeof uri !== 'string' || uri === '') return undefined
  return Object.fromEntries(Object.keys(parts).map((name) => [name, partDefault(schema, name) ?? '']))
}

/** The name of the field, at any depth, that a refusal is about, with what it says of it. */
export function problemOf(
  message: string,
  paths: ReadonlyArray<string>,
): readonly [path: string, problem: string] | undefined {
  const [, place, problem = ''] = /^(?:json\.properties|inputs|values)\.([^:]*?):\s*([\s\S]*)$/.exec(message) ?? []
  if (place === undefined) return undefined
  // The default of a field is its value.
  const path = place.replace(/^([^.[]+)(?:\.properties\.uri)?\.default(?=$|[.[])/, '$1')
  const fits = paths.filter((each) => path === each || (path.startsWith(each) && /^[.[]/.test(path.slice(each.length))))
  const best = fits.toSorted((one, other) => other.length - one.length)[0]
  if (best === undefined) return undefined
  const rest = path.slice(best.length)
  return [best, rest === '' ? problem : `${rest.replace(/^\./, '')}: ${problem}`]
}

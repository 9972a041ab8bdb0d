import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import type { LiteralType, StructuredDatasetType } from '@tern/idl/core'
import { SimpleType } from '@tern/idl/core'
import { isRecord } from './plain-object.ts'

/**
 * Whether every value of the type `from` can be given where a value of the type `to` is expected. Types are compared for what
 * travels: tags and annotations do not count. An integer is no float, and text is no enum.
 */
export function isCastable(from: LiteralType, to: LiteralType): boolean {
  if (from === to) return true
  if (from.type.case === 'unionType') return from.type.value.variants.every((variant) => isCastable(variant, to))
  if (to.type.case === 'unionType') return to.type.value.variants.some((variant) => isCastable(from, variant))
  switch (to.type.case) {
    case 'simple':
      return isCastableToSimple(from, to, to.type.value)
    case 'collectionType':
      return from.type.case === 'collectionType' && isCastable(from.type.value, to.type.value)
    case 'mapValueType':
      return from.type.case === 'mapValueType' && isCastable(from.type.value, to.type.value)
    case 'enumType': {
      const { values } = to.type.value
      return from.type.case === 'enumType' && from.type.value.values.every((value) => values.includes(value))
    }
    case 'blob': {
      if (from.type.case !== 'blob' || from.type.value.dimensionality !== to.type.value.dimensionality) return false
      return to.type.value.format === '' || to.type.value.format === from.type.value.format
    }
    case 'structuredDatasetType':
      return from.type.case === 'structuredDatasetType' && isCastableTable(from.type.value, to.type.value)
    default:
      return false
  }
}

function isCastableToSimple(from: LiteralType, to: LiteralType, kind: SimpleType): boolean {
  if (kind === SimpleType.STRING && from.type.case === 'enumType') return true
  if (from.type.case !== 'simple' || from.type.value !== kind) return false
  if (kind !== SimpleType.STRUCT || from.metadata === undefined || to.metadata === undefined) return true
  return new SchemaComparison(from.metadata, to.metadata).isCastable(from.metadata, to.metadata)
}

// A consumer that says nothing about columns, or the format, takes any.
function isCastableTable(from: StructuredDatasetType, to: StructuredDatasetType): boolean {
  if (to.format !== '' && to.format !== from.format) return false
  if (to.columns.length === 0) return true
  if (to.columns.length !== from.columns.length) return false
  return to.columns.every(({ name, literalType }, i) => {
    const column = from.columns[i]
    if (column?.name !== name) return false
    return column.literalType === undefined || literalType === undefined || isCastable(column.literalType, literalType)
  })
}

/** Compares two JSON schemas for what they say about shape: types, properties and which of them are required. */
class SchemaComparison {
  private readonly fromRoot: JsonObject
  private readonly toRoot: JsonObject
  /** Pairs that are being compared, so that schemas which contain themselves come to an end. */
  private readonly open = new Map<JsonObject, Set<JsonObject>>()

  constructor(fromRoot: JsonObject, toRoot: JsonObject) {
    this.fromRoot = fromRoot
    this.toRoot = toRoot
  }

  isCastable(given: JsonValue | undefined, wanted: JsonValue | undefined): boolean {
    const from = resolveSchema(given, this.fromRoot)
    const to = resolveSchema(wanted, this.toRoot)
    const pairs = this.open.get(from) ?? new Set()
    if (pairs.has(to)) return true
    this.open.set(from, pairs.add(to))
    const fromAlternatives = alternativesOf(from)
    if (fromAlternatives !== undefined) return fromAlternatives.every((option) => this.isCastable(option, to))
    const toAlternatives = alternativesOf(to)
    if (toAlternatives !== undefined) return toAlternatives.some((option) => this.isCastable(from, option))
    return this.isCastablePlain(from, to)
  }

  private isCastablePlain(from: JsonObject, to: JsonObject): boolean {
    // What says nothing about its type takes, and may be, anything.
    if (kindOf(to) === undefined || kindOf(from) === undefined) return true
    if (kindOf(from) !== kindOf(to)) return false
    const wanted = choicesOf(to)
    if (wanted !== undefined && choicesOf(from)?.every((choice) => wanted.includes(choice)) !== true) return false
    if (kindOf(to) === 'array') return this.isCastable(from['items'], to['items'])
    return kindOf(to) !== 'object' || this.isCastableObject(from, to)
  }

  private isCastableObject(from: JsonObject, to: JsonObject): boolean {
    const given = propertiesOf(from)
    const wanted = propertiesOf(to)
    const sure = presentIn(from)
    if (!requiredIn(to).every((name) => sure.has(name))) return false
    if (!Object.entries(wanted).every(([name, schema]) => !(name in given) || this.isCastable(given[name], schema)))
      return false
    if (to['additionalProperties'] === false) return Object.keys(given).every((name) => name in wanted)
    if (!isRecord(to['additionalProperties']) || !isRecord(from['additionalProperties'])) return true
    return this.isCastable(from['additionalProperties'] as JsonObject, to['additionalProperties'] as JsonObject)
  }
}

/** A part of a JSON schema, with what it refers to in its place. */
export function resolveSchema(schema: JsonValue | undefined, root: JsonObject): JsonObject {
  let found = schema
  for (let steps = 0; steps < 16; steps++) {
    if (!isSchemaObject(found)) return {}
    const reference = found['$ref']
    if (typeof reference !== 'string') return found
    if (reference === '#') return root
    const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(reference)?.[1] ?? ''
    const definitions = root['$defs'] ?? root['definitions']
    found = isSchemaObject(definitions) ? definitions[name] : undefined
  }
  return {}
}

/** The alternatives of a JSON schema that has several. */
export function alternativesOf(schema: JsonObject): JsonObject[] | undefined {
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options)) return options.filter(isSchemaObject)
  const { type } = schema
  return Array.isArray(type) ? type.map((one) => ({ ...schema, type: one })) : undefined
}

/** The names of the properties that a value is sure to have: the required ones, and those with a default. */
export function presentIn(schema: JsonObject): ReadonlySet<string> {
  const withDefault = Object.entries(propertiesOf(schema)).filter(([, of]) => isSchemaObject(of) && 'default' in of)
  return new Set([...requiredIn(schema), ...withDefault.map(([name]) => name)])
}

export function propertiesOf(schema: JsonObject): JsonObject {
  return isSchemaObject(schema['properties']) ? schema['properties'] : {}
}

function requiredIn(schema: JsonObject): string[] {
  const names = schema['required']
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

// Dates and times are texts in JSON, and something else to those who read them.
function kindOf(schema: JsonObject): string | undefined {
  const { type, format } = schema
  if (type === 'string' && (format === 'date-time' || format === 'duration')) return `string of format ${format}`
  if (typeof type === 'string') return type
  const choice = choicesOf(schema)?.[0]
  return choice === undefined ? undefined : choice === null ? 'null' : typeof choice
}

function choicesOf(schema: JsonObject): JsonValue[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum']
  return schema['const'] === undefined ? undefined : [schema['const']]
}

export function isSchemaObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

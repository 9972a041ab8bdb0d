import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import { isRecord } from '../plain-object.ts'
import { referredSchema } from './json-pointer.ts'

/**
 * Whether every value of one type may stand where the other is expected. A union may where each of its variants may; where a
 * union is expected, one of its variants has to take the value. Lists and maps go by their items, tables by their columns,
 * structured values by their JSON Schemas. An enum is a string, but no string is an enum, and no integer a float.
 */
export function isCastable(from: LiteralType, to: LiteralType): boolean {
  if (from.type.case === 'unionType') return from.type.value.variants.every((variant) => isCastable(variant, to))
  if (to.type.case === 'unionType') return to.type.value.variants.some((variant) => isCastable(from, variant))
  switch (from.type.case) {
    case 'collectionType':
      return to.type.case === 'collectionType' && isCastable(from.type.value, to.type.value)
    case 'mapValueType':
      return to.type.case === 'mapValueType' && isCastable(from.type.value, to.type.value)
    case 'simple':
      return to.type.case === 'simple' && from.type.value === to.type.value && structFits(from, to)
    case 'enumType': {
      if (to.type.case === 'simple') return to.type.value === SimpleType.STRING
      if (to.type.case !== 'enumType') return false
      const { values } = to.type.value
      return from.type.value.values.every((value) => values.includes(value))
    }
    case 'blob': {
      if (to.type.case !== 'blob') return false
      const [a, b] = [from.type.value, to.type.value]
      return a.dimensionality === b.dimensionality && (b.format === '' || a.format === b.format)
    }
    case 'structuredDatasetType':
      return to.type.case === 'structuredDatasetType' && tableFits(from, to)
    default:
      return from.type.case === to.type.case
  }
}

function tableFits(from: LiteralType, to: LiteralType): boolean {
  if (from.type.case !== 'structuredDatasetType' || to.type.case !== 'structuredDatasetType') return false
  const [a, b] = [from.type.value, to.type.value]
  if (b.format !== '' && a.format !== '' && a.format !== b.format) return false
  if (a.externalSchemaType !== b.externalSchemaType) return false
  // Without columns, any are taken.
  if (b.columns.length === 0) return true
  return b.columns.every(({ name, literalType }, index) => {
    const column = a.columns[index]
    if (column?.name !== name || a.columns.length !== b.columns.length) return false
    return literalType === undefined || column.literalType === undefined || isCastable(column.literalType, literalType)
  })
}

function structFits(from: LiteralType, to: LiteralType): boolean {
  if (from.type.value !== SimpleType.STRUCT) return true
  const [a, b] = [from.metadata, to.metadata]
  return a === undefined || b === undefined || schemaFits(a, b, new Roots(a, b))
}

/** The schemas that references inside of the two lead into, and the pairs that are being compared. */
class Roots {
  readonly from: JsonObject
  readonly to: JsonObject
  readonly #open = new Set<string>()

  constructor(from: JsonObject, to: JsonObject) {
    this.from = from
    this.to = to
  }

  /** Types may contain themselves. */
  once(a: JsonObject, b: JsonObject, compare: () => boolean): boolean {
    const pair = JSON.stringify([a['$ref'] ?? a, b['$ref'] ?? b])
    if (a['$ref'] === undefined && b['$ref'] === undefined) return compare()
    if (this.#open.has(pair)) return true
    this.#open.add(pair)
    return compare()
  }
}

/** Whatever is not understood fits: it is for whoever reads the value to say more. */
function schemaFits(from: JsonValue | undefined, to: JsonValue | undefined, roots: Roots): boolean {
  if (!isRecord(from) || !isRecord(to)) return true
  const [given, expected] = [from as JsonObject, to as JsonObject]
  return roots.once(given, expected, () =>
    resolvedFits(referredSchema(given, roots.from), referredSchema(expected, roots.to), roots),
  )
}

function resolvedFits(from: JsonObject, to: JsonObject, roots: Roots): boolean {
  const ours = alternativesOf(from)
  if (ours !== undefined) return ours.every((each) => schemaFits(each, to, roots))
  const theirs = alternativesOf(to)
  if (theirs !== undefined) return theirs.some((each) => schemaFits(from, each, roots))
  const [a, b] = [from['type'], to['type']]
  if (typeof a !== 'string' || typeof b !== 'string') return true
  if (a !== b) return a === 'integer' && b === 'number'
  if (a === 'array') return schemaFits(from['items'], to['items'], roots)
  return a !== 'object' || objectFits(from, to, roots)
}

function objectFits(from: JsonObject, to: JsonObject, roots: Roots): boolean {
  const [ours, theirs] = [from['properties'], to['properties']]
  if (!isRecord(ours) || !isRecord(theirs)) return true
  const required = Array.isArray(to['required']) ? to['required'] : []
  if (required.some((name) => typeof name === 'string' && !Object.hasOwn(ours, name))) return false
  return Object.keys(theirs).every(
    (name) => !Object.hasOwn(ours, name) || schemaFits(ours[name] as JsonValue, theirs[name] as JsonValue, roots),
  )
}

function alternativesOf(schema: JsonObject): ReadonlyArray<JsonValue> | undefined {
  const alternatives = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(alternatives)) return alternatives
  const { type } = schema
  return Array.isArray(type) ? type.map((each) => ({ ...schema, type: each })) : undefined
}

import { Buffer } from '#platform'
import type { JsonValue } from '@bufbuild/protobuf'
import { formatDuration, isDurationParts } from './duration.ts'
import { Mismatch, mismatch, within } from './mismatch.ts'
import { Float } from './msgpack.ts'
import { isRecord, setOwn } from './plain-object.ts'

// A struct's value follows its JSON Schema. Only what decides the encoding is looked at here (types, properties, items,
// references, alternatives); the full rules of a schema are the business of the schema library that made it.

type Schema = { readonly [key: string]: JsonValue }

/**
 * Prepares a value for msgpack after its JSON Schema: whole numbers under `number` become floats, dates become text,
 * undefined properties go.
 *
 * @throws Mismatch where the value's type is another than the schema's, or a required property is missing
 */
export function prepareStruct(value: unknown, schema: Schema): unknown {
  return prepare(value, schema, schema)
}

/** How well a value fits a schema: 0 not at all, 1 with properties that the schema does not know, 2 exactly. */
export function structFit(value: unknown, schema: Schema): 0 | 1 | 2 {
  try {
    prepare(value, schema, schema)
  } catch (error) {
    if (error instanceof Mismatch) return 0
    throw error
  }
  const properties = resolve(schema, schema).properties
  if (!isRecord(value) || !isSchema(properties)) return 1
  return Object.keys(value).every((key) => Object.hasOwn(properties, key)) ? 2 : 1
}

function prepare(value: unknown, at: JsonValue | undefined, root: Schema): unknown {
  if (!isSchema(at)) return plain(value)
  const schema = resolve(at, root)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (Array.isArray(alternatives)) return prepareAlternative(value, alternatives, root)
  if (Object.hasOwn(schema, 'const') && !sameJson(value, schema.const)) {
    throw mismatch(value, JSON.stringify(schema.const))
  }
  if (Array.isArray(schema.enum) && !schema.enum.some((option) => sameJson(value, option))) {
    throw mismatch(value, schema.enum.map((option) => JSON.stringify(option)).join(' | '))
  }
  if (Array.isArray(schema.type)) {
    return prepareAlternative(
      value,
      schema.type.map((type) => ({ ...schema, type })),
      root,
    )
  }
  if (typeof schema.type === 'string') return prepareTyped(value, schema.type, schema, root)
  if (Array.isArray(schema.allOf) && schema.allOf.length === 1) return prepare(value, schema.allOf[0], root)
  return isSchema(schema.properties) && isRecord(value) ? prepareObject(value, schema, root) : plain(value)
}

function prepareTyped(value: unknown, type: string, schema: Schema, root: Schema): unknown {
  switch (type) {
    case 'number':
      if (typeof value === 'number') return Number.isInteger(value) ? new Float(value) : value
      if (typeof value === 'bigint') return new Float(Number(value))
      throw mismatch(value, 'number')
    case 'integer':
      if (Number.isSafeInteger(value) || typeof value === 'bigint') return value
      throw mismatch(value, 'integer', typeof value === 'number' && Number.isInteger(value) ? 'use a bigint' : '')
    case 'string':
      return prepareText(value)
    case 'boolean':
      if (typeof value === 'boolean') return value
      throw mismatch(value, 'boolean')
    case 'null':
      if (value === null || value === undefined) return null
      throw mismatch(value, 'null')
    case 'array':
      if (Array.isArray(value)) return prepareArray(value, schema, root)
      if (value instanceof Set) return prepareArray([...value], schema, root)
      throw mismatch(value, 'array')
    case 'object':
      if (isRecord(value)) return prepareObject(value, schema, root)
      if (value instanceof Map) return prepareObject(Object.fromEntries(value), schema, root)
      throw mismatch(value, titleOf(schema))
    default:
      return plain(value)
  }
}

function prepareText(value: unknown): unknown {
  if (typeof value === 'string') return value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isDurationParts(value) && 'milliseconds' in value) return formatDuration(value.milliseconds ?? 0)
  throw mismatch(value, 'string')
}

function prepareArray(value: readonly unknown[], schema: Schema, root: Schema): unknown[] {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
  const items: unknown[] = []
  let i = 0
  try {
    for (; i < value.length; i++) items.push(prepare(value[i], i < prefix.length ? prefix[i] : schema.items, root))
  } catch (error) {
    throw within(i, error)
  }
  return items
}

function prepareObject(value: Record<string, unknown>, schema: Schema, root: Schema): Record<string, unknown> {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required : []
  for (const name of required) {
    if (typeof name === 'string' && value[name] === undefined && !acceptsNull(properties[name], root)) {
      throw new Mismatch(`${titleOf(schema)} lacks ${JSON.stringify(name)}`)
    }
  }
  const prepared: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) continue
    const isKnown = Object.hasOwn(properties, key)
    if (!isKnown && schema.additionalProperties === false) {
      throw new Mismatch(`${titleOf(schema)} has no property ${JSON.stringify(key)}`)
    }
    try {
      setOwn(prepared, key, prepare(value[key], isKnown ? properties[key] : schema.additionalProperties, root))
    } catch (error) {
      throw within(key, error)
    }
  }
  return prepared
}

function prepareAlternative(value: unknown, alternatives: readonly JsonValue[], root: Schema): unknown {
  // Numbers fit `integer` and `number` alike: a whole number stays whole where either is allowed.
  const ordered = [...alternatives].sort((a, b) => Number(isFloat(a, root)) - Number(isFloat(b, root)))
  let best: Mismatch | undefined
  for (const alternative of ordered) {
    try {
      return prepare(value, alternative, root)
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error
      // The alternative that fits deepest is likely the one that was meant.
      if (best === undefined || error.path.length > best.path.length) best = error
    }
  }
  if (best !== undefined && best.path !== '') throw best
  throw mismatch(value, ordered.map((alternative) => nameOf(alternative, root)).join(' | '))
}

function isFloat(schema: JsonValue, root: Schema): boolean {
  return isSchema(schema) && resolve(schema, root).type === 'number'
}

function acceptsNull(schema: JsonValue | undefined, root: Schema): boolean {
  if (!isSchema(schema)) return true
  const { type, anyOf, oneOf } = resolve(schema, root)
  if (type === 'null' || (Array.isArray(type) && type.includes('null'))) return true
  const alternatives = anyOf ?? oneOf
  return Array.isArray(alternatives) && alternatives.some((alternative) => acceptsNull(alternative, root))
}

function nameOf(schema: JsonValue, root: Schema): string {
  if (!isSchema(schema)) return 'any'
  const resolved = resolve(schema, root)
  if (resolved.type === 'object') return titleOf(resolved)
  if (Object.hasOwn(resolved, 'const')) return JSON.stringify(resolved.const)
  if (Array.isArray(resolved.enum)) return resolved.enum.map((option) => JSON.stringify(option)).join(' | ')
  return typeof resolved.type === 'string' ? resolved.type : titleOf(resolved)
}

function titleOf(schema: Schema): string {
  return typeof schema.title === 'string' && schema.title !== '' ? schema.title : 'object'
}

function resolve(schema: Schema, root: Schema): Schema {
  let current = schema
  // A reference may lead to a reference; one that leads back to itself says nothing.
  for (let hops = 0; hops < 16 && typeof current.$ref === 'string'; hops++) {
    const target = lookUp(current.$ref, root)
    if (target === undefined) return {}
    current = target
  }
  return typeof current.$ref === 'string' ? {} : current
}

function lookUp(reference: string, root: Schema): Schema | undefined {
  if (!reference.startsWith('#')) return undefined
  let at: JsonValue | undefined = root as JsonValue
  for (const part of reference.split('/').slice(1)) {
    if (!isSchema(at)) return undefined
    at = at[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return isSchema(at) ? at : undefined
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sameJson(value: unknown, expected: JsonValue | undefined): boolean {
  return value === expected || (typeof value === 'object' && JSON.stringify(value) === JSON.stringify(expected))
}

// Where the schema says nothing: what msgpack takes stays, the rest is refused there.
function plain(value: unknown): unknown {
  if (value instanceof Set) return [...value]
  return value
}

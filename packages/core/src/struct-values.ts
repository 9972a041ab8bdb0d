import { Buffer } from '#platform'
import type { JsonValue } from '@bufbuild/protobuf'
import { formatDuration, isDurationParts } from './duration.ts'
import { isIntegerText, nonFinite } from './json-text.ts'
import { Mismatch, mismatch, within } from './mismatch.ts'
import { Float } from './msgpack.ts'
import { isRecord, setOwn } from './plain-object.ts'
import type { ValueSource } from './value-source.ts'

// A struct's value follows its JSON Schema. Only what decides the encoding is looked at here (types, properties, items,
// references, alternatives); the full rules of a schema are the business of the schema library that made it.

type Schema = { readonly [key: string]: JsonValue }

/** What stays the same within a value: where references lead, and whether numbers may be text. */
interface Context {
  readonly root: Schema
  readonly source: ValueSource
}

/**
 * Prepares a value for msgpack after its JSON Schema: whole numbers under `number` become floats, dates become text,
 * undefined properties go. In a value from JSON, text is read as the number that JSON cannot write: one that is not finite,
 * and an integer beyond the safe range.
 *
 * @throws Mismatch where the value's type is another than the schema's, or a required property is missing
 */
export function prepareStruct(value: unknown, schema: Schema, source: ValueSource = 'value'): unknown {
  return prepare(value, schema, { root: schema, source })
}

/** How well a value fits a schema: 0 not at all, 1 with properties that the schema does not know, 2 exactly. */
export function structFit(value: unknown, schema: Schema, source: ValueSource = 'value'): 0 | 1 | 2 {
  try {
    prepare(value, schema, { root: schema, source })
  } catch (error) {
    if (error instanceof Mismatch) return 0
    throw error
  }
  const properties = resolve(schema, schema).properties
  if (!isRecord(value) || !isSchema(properties)) return 1
  return Object.keys(value).every((key) => Object.hasOwn(properties, key)) ? 2 : 1
}

function prepare(value: unknown, at: JsonValue | undefined, context: Context): unknown {
  if (!isSchema(at)) return plain(value)
  const schema = resolve(at, context.root)
  const alternatives = schema.anyOf ?? schema.oneOf
  if (Array.isArray(alternatives)) return prepareAlternative(value, alternatives, context)
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
      context,
    )
  }
  if (typeof schema.type === 'string') return prepareTyped(value, schema.type, schema, context)
  if (Array.isArray(schema.allOf) && schema.allOf.length === 1) return prepare(value, schema.allOf[0], context)
  return isSchema(schema.properties) && isRecord(value) ? prepareObject(value, schema, context) : plain(value)
}

function prepareTyped(value: unknown, type: string, schema: Schema, context: Context): unknown {
  switch (type) {
    case 'number':
      return prepareNumber(value, context.source)
    case 'integer':
      return prepareInteger(value, context.source)
    case 'string':
      return prepareText(value)
    case 'boolean':
      if (typeof value === 'boolean') return value
      throw mismatch(value, 'boolean')
    case 'null':
      if (value === null || value === undefined) return null
      throw mismatch(value, 'null')
    case 'array':
      if (Array.isArray(value)) return prepareArray(value, schema, context)
      if (value instanceof Set) return prepareArray([...value], schema, context)
      throw mismatch(value, 'array')
    case 'object':
      if (isRecord(value)) return prepareObject(value, schema, context)
      if (value instanceof Map) return prepareObject(Object.fromEntries(value), schema, context)
      throw mismatch(value, titleOf(schema))
    default:
      return plain(value)
  }
}

function prepareNumber(value: unknown, source: ValueSource): number | Float {
  if (typeof value === 'number') return Number.isInteger(value) ? new Float(value) : value
  if (typeof value === 'bigint') return new Float(Number(value))
  const read = source === 'json' ? nonFinite(value) : undefined
  if (read === undefined) throw mismatch(value, 'number')
  return read
}

function prepareInteger(value: unknown, source: ValueSource): number | bigint {
  if (Number.isSafeInteger(value) || typeof value === 'bigint') return value as number | bigint
  if (source === 'json' && isIntegerText(value)) return toInteger(value)
  const isUnsafe = typeof value === 'number' && Number.isInteger(value)
  throw mismatch(value, 'integer', isUnsafe ? (source === 'json' ? 'write it as text' : 'use a bigint') : '')
}

function toInteger(text: string): number | bigint {
  const integer = BigInt(text)
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer
}

function prepareText(value: unknown): unknown {
  if (typeof value === 'string') return value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isDurationParts(value) && 'milliseconds' in value) return formatDuration(value.milliseconds ?? 0)
  throw mismatch(value, 'string')
}

function prepareArray(value: readonly unknown[], schema: Schema, context: Context): unknown[] {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : []
  const items: unknown[] = []
  let i = 0
  try {
    for (; i < value.length; i++) items.push(prepare(value[i], i < prefix.length ? prefix[i] : schema.items, context))
  } catch (error) {
    throw within(i, error)
  }
  return items
}

function prepareObject(value: Record<string, unknown>, schema: Schema, context: Context): Record<string, unknown> {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required : []
  for (const name of required) {
    if (typeof name === 'string' && value[name] === undefined && !acceptsNull(properties[name], context.root)) {
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
      setOwn(prepared, key, prepare(value[key], isKnown ? properties[key] : schema.additionalProperties, context))
    } catch (error) {
      throw within(key, error)
    }
  }
  return prepared
}

function prepareAlternative(value: unknown, alternatives: readonly JsonValue[], context: Context): unknown {
  const { root, source } = context
  // Numbers fit `integer` and `number` alike: a whole number stays whole where either is allowed.
  const ordered = [...alternatives].sort((a, b) => Number(isFloat(a, root)) - Number(isFloat(b, root)))
  // Text that is text for one of them stands for no number.
  const attempts: readonly ValueSource[] = source === 'json' ? ['value', 'json'] : ['value']
  let best: Mismatch | undefined
  for (const attempt of attempts) {
    for (const alternative of ordered) {
      try {
        return prepare(value, alternative, { root, source: attempt })
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error
        // The alternative that fits deepest is likely the one that was meant.
        if (attempt === source && (best === undefined || error.path.length > best.path.length)) best = error
      }
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

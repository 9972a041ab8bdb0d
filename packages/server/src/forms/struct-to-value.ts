import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { describeValue, Float, isRecord, setOwn } from '@tern/core'
import { at, type FormPath, invalidAt, type Steps } from './form-error.ts'
import { isSchema, resolveSchema } from './form-schema.ts'
import { exactFit, type Fit, noFit } from './fit.ts'

/** The schema of a struct: what a value is read by, and what references in it are looked up in. */
export interface StructSchema {
  readonly at: JsonValue | undefined
  readonly root: JsonObject
}

/** How well a value of a form fits the schema of a struct. */
export function fitStruct(value: JsonValue, schema: StructSchema, steps: Steps): Fit {
  return fit(value, schema.at, { root: schema.root, steps, known: new Map() }, 0)
}

/**
 * What msgpack is to be made of a value, by the schema of its struct: whole numbers are floats where the schema says so,
 * and integers of any size may be text.
 *
 * Throws InvalidArgumentError naming what does not fit.
 */
export function toStructValue(value: JsonValue, schema: StructSchema, steps: Steps, path: FormPath): unknown {
  return convert(value, schema.at, { root: schema.root, steps, known: new Map() }, path, 0)
}

interface Work {
  readonly root: JsonObject
  readonly steps: Steps
  /** How well values fit schemas with alternatives, as far as that is known. */
  readonly known: Map<JsonObject, Map<JsonValue, Fit>>
}

// How often a schema may lead on without the value being entered.
const maxHops = 16

function fit(value: JsonValue, given: JsonValue | undefined, work: Work, hops: number): Fit {
  work.steps.take()
  const schema = resolve(given, work.root)
  if (schema === undefined || hops > maxHops) return anyFit
  const alternatives = alternativesOf(schema)
  if (alternatives !== undefined) return fitAlternatives(value, schema, alternatives, work, hops)
  if (!allows(schema, value)) return noFit
  const { type } = schema
  if (Array.isArray(schema['enum']) || Object.hasOwn(schema, 'const')) return exactFit
  switch (type) {
    case 'array':
      return Array.isArray(value) ? fitItems(value, schema, work) : noFit
    case 'object':
      return isRecord(value) ? fitObject(value as JsonObject, schema, work) : noFit
    case undefined:
      return isSchema(schema['properties']) && isRecord(value) ? fitObject(value as JsonObject, schema, work) : anyFit
    default:
      return fitScalar(value, type)
  }
}

// Schemas that refer to one another ask for the same value again and again: what is known is not tried anew.
function fitAlternatives(
  value: JsonValue,
  schema: JsonObject,
  alternatives: ReadonlyArray<JsonValue>,
  work: Work,
  hops: number,
): Fit {
  const known = work.known.get(schema) ?? new Map<JsonValue, Fit>()
  work.known.set(schema, known)
  let best = known.get(value)
  if (best !== undefined) return best
  best = noFit
  for (const option of alternatives) best = Math.max(best, fit(value, option, work, hops + 1))
  known.set(value, best)
  return best
}

/** A schema that says nothing takes anything, but one that says something is meant rather than it. */
const anyFit: Fit = 2
const looseFit: Fit = 4

function fitScalar(value: JsonValue, type: JsonValue): Fit {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? 8 : noFit
    case 'integer':
      if (typeof value === 'number') return Number.isSafeInteger(value) ? exactFit : noFit
      return integerText(value) === undefined ? noFit : 3
    case 'number':
      if (typeof value === 'number') return Number.isInteger(value) ? 8 : exactFit
      return typeof value === 'string' && notFinite.has(value) ? 3 : noFit
    case 'boolean':
      return typeof value === 'boolean' ? exactFit : noFit
    case 'null':
      return value === null ? exactFit : noFit
    default:
      return anyFit
  }
}

function fitItems(values: ReadonlyArray<JsonValue>, schema: JsonObject, work: Work): Fit {
  let worst: Fit = exactFit
  for (const [index, value] of values.entries()) {
    worst = Math.min(worst, fit(value, itemSchema(schema, index), work, 0))
    if (worst === noFit) return noFit
  }
  return worst
}

function fitObject(value: JsonObject, schema: JsonObject, work: Work): Fit {
  if (missingProperty(value, schema, work) !== undefined) return noFit
  let worst: Fit = exactFit
  for (const key of Object.keys(value)) {
    const property = propertySchema(schema, key)
    worst = Math.min(worst, property.isKnown ? fit(value[key] ?? null, property.schema, work, 0) : looseFit)
    if (worst === noFit) return noFit
  }
  return worst
}

function convert(value: JsonValue, given: JsonValue | undefined, work: Work, path: FormPath, hops: number): unknown {
  const schema = resolve(given, work.root)
  if (schema === undefined || hops > maxHops) return value
  const alternatives = alternativesOf(schema)
  if (alternatives !== undefined) return convertAlternative(value, alternatives, work, path, hops)
  if (!allows(schema, value)) throw mismatch(value, choicesOf(schema), path)
  const { type } = schema
  if (type === 'array' && Array.isArray(value)) {
    return value.map((item, index) => convert(item, itemSchema(schema, index), work, at(path, index), 0))
  }
  if (isRecord(value) && (type === 'object' || (type === undefined && isSchema(schema['properties'])))) {
    return convertObject(value as JsonObject, schema, work, path)
  }
  return typeof type === 'string' ? convertScalar(value, type, schema, path) : value
}

function convertScalar(value: JsonValue, type: string, schema: JsonObject, path: FormPath): unknown {
  if (type === 'array' || type === 'object' || fitScalar(value, type) === noFit) {
    const isUnsafe = type === 'integer' && typeof value === 'number' && Number.isInteger(value)
    const hint = isUnsafe ? 'Write integers beyond 2^53 as text, which keeps their digits.' : undefined
    throw mismatch(value, type === 'object' ? titleOf(schema) : type, path, hint)
  }
  if (type === 'integer' && typeof value === 'string') return integerText(value)
  if (type !== 'number') return value
  const number = Number(value)
  return Number.isInteger(number) ? new Float(number) : number
}

function convertObject(value: JsonObject, schema: JsonObject, work: Work, path: FormPath): Record<string, unknown> {
  const missing = missingProperty(value, schema, work)
  if (missing !== undefined) throw invalidAt(path, `${titleOf(schema)} lacks ${JSON.stringify(missing)}`)
  const converted: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    setOwn(converted, key, convert(value[key] ?? null, propertySchema(schema, key).schema, work, at(path, key), 0))
  }
  return converted
}

function convertAlternative(
  value: JsonValue,
  alternatives: ReadonlyArray<JsonValue>,
  work: Work,
  path: FormPath,
  hops: number,
): unknown {
  let best: JsonValue | undefined
  let bestFit: Fit = noFit
  for (const option of alternatives) {
    const quality = fit(value, option, work, hops + 1)
    if (quality > bestFit) {
      best = option
      bestFit = quality
    }
  }
  if (best !== undefined) return convert(value, best, work, path, hops + 1)
  // With one beside null, that one is meant: what is wrong inside of the value is then told exactly.
  const real = alternatives.filter((option) => resolve(option, work.root)?.['type'] !== 'null')
  if (real.length === 1 && value !== null) return convert(value, real[0], work, path, hops + 1)
  throw mismatch(value, alternatives.map((option) => nameOf(option, work.root)).join(' | '), path)
}

function resolve(schema: JsonValue | undefined, root: JsonObject): JsonObject | undefined {
  return isSchema(schema) ? resolveSchema(schema, root) : undefined
}

function alternativesOf(schema: JsonObject): ReadonlyArray<JsonValue> | undefined {
  const { type } = schema
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options)) return options
  if (Array.isArray(type)) return type.map((one) => ({ ...schema, type: one }))
  const all = schema['allOf']
  return type === undefined && Array.isArray(all) && all.length === 1 ? all : undefined
}

function allows(schema: JsonObject, value: JsonValue): boolean {
  if (Object.hasOwn(schema, 'const')) return sameJson(value, schema['const'])
  return !Array.isArray(schema['enum']) || schema['enum'].some((option) => sameJson(value, option))
}

function sameJson(a: JsonValue, b: JsonValue | undefined): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}

function itemSchema(schema: JsonObject, index: number): JsonValue | undefined {
  const prefix = schema['prefixItems']
  return Array.isArray(prefix) && index < prefix.length ? prefix[index] : schema['items']
}

function propertySchema(schema: JsonObject, key: string): { isKnown: boolean; schema: JsonValue | undefined } {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {}
  if (Object.hasOwn(properties, key)) return { isKnown: true, schema: properties[key] }
  const others = schema['additionalProperties']
  return { isKnown: isSchema(others), schema: others }
}

function missingProperty(value: JsonObject, schema: JsonObject, work: Work): string | undefined {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  for (const name of required) {
    if (typeof name !== 'string' || Object.hasOwn(value, name)) continue
    work.steps.take()
    const property = propertySchema(schema, name).schema
    if (isSchema(property) && fit(null, property, work, 0) === noFit) return name
  }
  return undefined
}

function integerText(value: JsonValue): number | bigint | undefined {
  if (typeof value !== 'string' || !/^[+-]?\d{1,20}$/.test(value)) return undefined
  const integer = BigInt(value)
  if (integer < -(2n ** 63n) || integer >= 2n ** 64n) return undefined
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer
}

const notFinite: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity'])

function choicesOf(schema: JsonObject): string {
  const choices = Array.isArray(schema['enum']) ? schema['enum'] : [schema['const'] ?? null]
  return choices
    .slice(0, 20)
    .map((choice) => JSON.stringify(choice))
    .join(' | ')
}

function nameOf(option: JsonValue, root: JsonObject): string {
  const schema = resolve(option, root)
  if (schema === undefined) return 'any'
  const { type } = schema
  if (Array.isArray(schema['enum']) || Object.hasOwn(schema, 'const')) return choicesOf(schema)
  return typeof type === 'string' && type !== 'object' ? type : titleOf(schema)
}

function titleOf({ title }: JsonObject): string {
  return typeof title === 'string' && title !== '' ? title : 'object'
}

function mismatch(value: JsonValue, expected: string, path: FormPath, hint?: string): Error {
  return invalidAt(path, `expected ${expected}, got ${describeValue(value)}`, hint)
}

import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { type $ZodType, type $ZodTypes, toJSONSchema } from 'zod/v4/core'
import { transformerFor } from './transformers.ts'
import { enumNames } from './zod-facts.ts'

/** The JSON schema that describes a zod schema's values on the wire, as pydantic would write it. */
export function zodJsonSchema(schema: $ZodType, title: string): JsonObject {
  const json = toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema, path }) => adapt(zodSchema, jsonSchema as JsonObject, path),
  })
  const { $schema: _, '~standard': __, ...rest } = json as JsonObject
  return alternatives(toPlainJson({ ...rest, title: rest['title'] ?? title })) as JsonObject
}

/**
 * A list of types as alternatives of one type each, in a schema and all that it is made of. It means the same, and is how
 * pydantic writes it: readers that rebuild a class from the schema overlook the others of a list.
 */
function alternatives(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(alternatives)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.entries(schema).map(([key, value]) => [key, parts.has(key) ? alternatives(value) : value])
  const { properties, $defs, type, ...rest } = Object.fromEntries(inner) as JsonObject
  const whole = {
    ...(isObject(properties) ? { properties: eachOf(properties) } : {}),
    ...(isObject($defs) ? { $defs: eachOf($defs) } : {}),
  }
  if (!Array.isArray(type)) return { ...(type === undefined ? {} : { type }), ...whole, ...rest }
  const { title, description, default: fallback, ...limits } = rest
  const about = { title, description, default: fallback }
  const anyOf = type.map((one) => (one === 'null' ? { type: one } : { type: one, ...whole, ...limits }))
  return toPlainJson({ anyOf, ...about } as JsonObject)
}

const parts = new Set(['items', 'prefixItems', 'additionalProperties', 'anyOf', 'oneOf', 'allOf'])

function eachOf(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, alternatives(schema)]))
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function adapt(schema: $ZodTypes, json: JsonObject, path: readonly (string | number)[]): void {
  const def = schema._zod.def
  switch (def.type) {
    case 'bigint':
      json['type'] = 'integer'
      break
    case 'date':
      Object.assign(json, { type: 'string', format: 'date-time' })
      break
    case 'number':
      dropSafeRange(json)
      break
    case 'enum':
      json['enum'] = enumNames(def.entries)
      json['type'] = 'string'
      break
    case 'set':
      Object.assign(json, { type: 'array', items: zodJsonSchema(def.valueType, 'Item'), uniqueItems: true })
      break
    case 'map':
      Object.assign(json, { type: 'object', additionalProperties: zodJsonSchema(def.valueType, 'Value') })
      break
    case 'custom':
      Object.assign(json, transformerFor(schema)?.jsonSchema)
      break
    case 'object':
      // Readers that rebuild a class from the schema name it by the title.
      addTitle(json, path)
      break
    default:
      break
  }
}

// zod states the range of safe integers, which pydantic's schemas of `int` do not have.
function dropSafeRange(json: JsonObject): void {
  if (json['minimum'] === Number.MIN_SAFE_INTEGER) delete json['minimum']
  if (json['maximum'] === Number.MAX_SAFE_INTEGER) delete json['maximum']
}

function addTitle(json: JsonObject, path: readonly (string | number)[]): void {
  const name = path.findLast((part) => typeof part === 'string' && !structural.has(part))
  if (name !== undefined) json['title'] ??= pascalCase(String(name))
}

const structural = new Set([
  'properties',
  'items',
  'prefixItems',
  'additionalProperties',
  'anyOf',
  'oneOf',
  'allOf',
  '$defs',
])

/** `daily_mean` and `dailyMean` become `DailyMean`. */
export function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

// Undefined and functions would not survive as a Struct.
function toPlainJson(json: JsonObject): JsonObject {
  return JSON.parse(
    JSON.stringify(json, (_, value: JsonValue | bigint) => (typeof value === 'bigint' ? Number(value) : value)),
  )
}

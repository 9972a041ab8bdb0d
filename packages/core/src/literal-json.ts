import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import type { Literal, Primitive, Scalar } from '@tern/idl/core'
import { formatDuration, fromProtoDuration } from './duration.ts'
import { fromLiteral } from './from-literal.ts'
import { setOwn } from './plain-object.ts'
import { formatTimestamp } from './timestamps.ts'

/**
 * A literal as JSON, for `-o json` and logs: integers beyond the safe range as text, times as ISO 8601 with all their
 * digits, durations as `5m`, bytes as base64, references as objects. `jsonToLiteral` reads it back.
 *
 * @throws DataValidationError for an empty literal and one that is kept in storage
 */
export function literalToJson(literal: Literal): JsonValue {
  switch (literal.value.case) {
    case 'collection':
      return literal.value.value.literals.map(literalToJson)
    case 'map':
      return mapRecord(literal.value.value.literals, literalToJson)
    case 'scalar':
      return scalarToJson(literal.value.value.value, literal)
    default:
      return valueToJson(fromLiteral(literal))
  }
}

/** A value, as tasks hold it, as JSON; see `literalToJson`. */
export function valueToJson(value: unknown): JsonValue {
  switch (typeof value) {
    case 'bigint':
      return value.toString()
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'string':
    case 'boolean':
      return value
    case 'object':
      return value === null ? null : objectToJson(value)
    default:
      return null
  }
}

function objectToJson(value: object): JsonValue {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(valueToJson)
  return mapRecord(value as Record<string, unknown>, valueToJson)
}

function scalarToJson(scalar: Scalar['value'], literal: Literal): JsonValue {
  if (scalar.case === 'union') return scalar.value.value === undefined ? null : literalToJson(scalar.value.value)
  if (scalar.case === 'primitive') return primitiveToJson(scalar.value.value, literal)
  return valueToJson(fromLiteral(literal))
}

function primitiveToJson(primitive: Primitive['value'], literal: Literal): JsonValue {
  if (primitive.case === 'datetime') return formatTimestamp(primitive.value)
  if (primitive.case === 'duration') return formatDuration(fromProtoDuration(primitive.value))
  return valueToJson(fromLiteral(literal))
}

function mapRecord<T>(record: Readonly<Record<string, T>>, convert: (item: T) => JsonValue): JsonObject {
  const result: JsonObject = {}
  for (const key of Object.keys(record)) setOwn(result, key, convert(record[key] as T))
  return result
}

import { Buffer } from '#platform'
import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import type { Literal, LiteralType, Primitive, Scalar } from '@tern/idl/core'
import { formatDuration, fromProtoDuration } from './duration.ts'
import { fromLiteral } from './from-literal.ts'
import { isDateType, isTupleType } from './literal-types.ts'
import { setOwn } from './plain-object.ts'
import { formatTimestamp } from './timestamps.ts'

/**
 * A literal as JSON, for `-o json` and logs: integers beyond the safe range as text, times as ISO 8601 with all their
 * digits, durations as `5m`, bytes as base64, references as objects. `jsonToLiteral` reads it back.
 *
 * @param type tells days and tuples from what they are on the wire; without it, they are shown as datetimes and objects
 * @throws DataValidationError for an empty literal and one that is kept in storage
 */
export function literalToJson(literal: Literal, type?: LiteralType): JsonValue {
  switch (literal.value.case) {
    case 'collection': {
      const of = type?.type.case === 'collectionType' ? type.type.value : undefined
      return literal.value.value.literals.map((item) => literalToJson(item, of))
    }
    case 'map': {
      const of = type?.type.case === 'mapValueType' ? type.type.value : undefined
      return mapRecord(literal.value.value.literals, (item) => literalToJson(item, of))
    }
    case 'scalar':
      return scalarToJson(literal.value.value.value, literal, type)
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

function scalarToJson(scalar: Scalar['value'], literal: Literal, type: LiteralType | undefined): JsonValue {
  if (scalar.case === 'union') {
    const { value, type: variant } = scalar.value
    return value === undefined ? null : literalToJson(value, variant)
  }
  if (scalar.case === 'primitive') return primitiveToJson(scalar.value.value, literal, type)
  return valueToJson(fromLiteral(literal, isTupleType(type) ? type : undefined))
}

function primitiveToJson(primitive: Primitive['value'], literal: Literal, type: LiteralType | undefined): JsonValue {
  if (primitive.case === 'datetime') {
    const text = formatTimestamp(primitive.value)
    return isDateType(type) ? text.replace(/T.*/, '') : text
  }
  if (primitive.case === 'duration') return formatDuration(fromProtoDuration(primitive.value))
  return valueToJson(fromLiteral(literal))
}

function mapRecord<T>(record: Readonly<Record<string, T>>, convert: (item: T) => JsonValue): JsonObject {
  const result: JsonObject = {}
  for (const key of Object.keys(record)) setOwn(result, key, convert(record[key] as T))
  return result
}

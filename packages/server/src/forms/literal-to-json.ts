import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import {
  DataValidationError,
  decodeMsgpack,
  formatTimestamp,
  setOwn,
  UnimplementedError,
  valueToJson,
} from '@tern/core'
import type { Binary, Literal, LiteralType, Primitive, Scalar } from '@tern/idl/core'
import { SimpleType } from '@tern/idl/core'
import { at, type FormPath, invalidAt, pathText } from './form-error.ts'
import { isDeeper, nullMarker } from './form-schema.ts'
import { formatGoDuration } from './go-duration.ts'
import { dimensionalityName } from './type-to-schema.ts'

// Leaves room for the schema around it: a level takes two messages on the wire, where decoders stop at a hundred.
const maxDepth = 30

/**
 * A literal as the value of a form's field: times as RFC 3339, durations as `1h30m0s`, integers beyond the safe range and
 * what is no finite number as text, bytes as base64, nothing as `{ "type": "null" }`, a union as the value in it.
 *
 * Throws UnimplementedError for what forms do not show, InvalidArgumentError for what is no literal.
 */
export function literalToFormJson(literal: Literal | undefined, type: LiteralType | undefined, path: FormPath) {
  const json = toJson(literal, type, path, 0)
  if (isDeeper(json, maxDepth)) throw tooDeep(path)
  return json
}

function toJson(literal: Literal | undefined, type: LiteralType | undefined, path: FormPath, depth: number): JsonValue {
  if (depth > maxDepth) throw tooDeep(path)
  switch (literal?.value.case) {
    case 'scalar':
      return scalarToJson(literal.value.value.value, type, path, depth)
    case 'collection': {
      const of = type?.type.case === 'collectionType' ? type.type.value : undefined
      return literal.value.value.literals.map((item, index) => toJson(item, of, at(path, index), depth + 1))
    }
    case 'map': {
      const of = type?.type.case === 'mapValueType' ? type.type.value : undefined
      const json: JsonObject = {}
      for (const [key, item] of Object.entries(literal.value.value.literals)) {
        setOwn(json, key, toJson(item, of, at(path, key), depth + 1))
      }
      return json
    }
    case 'offloadedMetadata':
      throw new UnimplementedError(`${pathText(path)}: the value is kept in storage, and forms do not show it`)
    default:
      throw invalidAt(path, 'the literal is empty')
  }
}

function scalarToJson(
  scalar: Scalar['value'],
  type: LiteralType | undefined,
  path: FormPath,
  depth: number,
): JsonValue {
  switch (scalar.case) {
    case 'primitive':
      return primitiveToJson(scalar.value.value, path)
    case 'noneType':
      return { ...nullMarker }
    case 'binary':
      return binaryToJson(scalar.value, type)
    case 'generic':
      return valueToJson(scalar.value)
    case 'union':
      return toJson(scalar.value.value, scalar.value.type, path, depth + 1)
    case 'blob': {
      const { format = '', dimensionality = 0 } = scalar.value.metadata?.type ?? {}
      return { uri: scalar.value.uri, format, dimensionality: dimensionalityName(dimensionality) }
    }
    case 'structuredDataset':
      return { uri: scalar.value.uri, format: scalar.value.metadata?.structuredDatasetType?.format ?? '' }
    case 'schema':
    case 'error':
      throw new UnimplementedError(`${pathText(path)}: forms do not show a value of the kind ${scalar.case}`)
    default:
      throw invalidAt(path, 'the literal is empty')
  }
}

function primitiveToJson(primitive: Primitive['value'], path: FormPath): JsonValue {
  switch (primitive.case) {
    case 'integer': {
      const number = Number(primitive.value)
      return Number.isSafeInteger(number) ? number : primitive.value.toString()
    }
    case 'floatValue':
      return Number.isFinite(primitive.value) ? primitive.value : String(primitive.value)
    case 'stringValue':
    case 'boolean':
      return primitive.value
    case 'datetime':
      return formatTimestamp(primitive.value)
    case 'duration':
      return formatGoDuration(primitive.value)
    default:
      throw invalidAt(path, 'the literal is empty')
  }
}

function binaryToJson({ value, tag }: Binary, type: LiteralType | undefined): JsonValue {
  const isBytes = tag !== 'msgpack' && type?.type.case === 'simple' && type.type.value === SimpleType.BINARY
  return (isBytes ? undefined : decoded(value)) ?? Buffer.from(value).toString('base64')
}

function decoded(bytes: Uint8Array): JsonValue | undefined {
  try {
    return valueToJson(decodeMsgpack(bytes))
  } catch (error) {
    // Not msgpack; times that are none, and values nested beyond the stack, are range errors.
    if (error instanceof DataValidationError || error instanceof RangeError) return undefined
    throw error
  }
}

function tooDeep(path: FormPath): Error {
  return invalidAt(path, `the value is nested deeper than ${maxDepth} levels`)
}

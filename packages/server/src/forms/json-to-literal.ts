import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import {
  binaryLiteral,
  blobLiteral,
  collectionLiteral,
  DataValidationError,
  describeType,
  describeValue,
  encodeMsgpack,
  isRecord,
  mapLiteral,
  noneLiteral,
  primitiveLiteral,
  scalarLiteral,
  setOwn,
} from '@tern/core'
import { BlobType_BlobDimensionality, type Literal, type LiteralType, SimpleType } from '@tern/idl/core'
import { noFit } from './fit.ts'
import { bestVariant, fitType, isBase64, isNone, notFinite, parseDatetime, parseInt64 } from './fit-type.ts'
import { at, type FormPath, invalidAt, type Steps } from './form-error.ts'
import { isNullMarker } from './form-schema.ts'
import { parseGoDuration, secondsDuration } from './go-duration.ts'
import { toStructValue } from './struct-to-value.ts'
import { dimensionalityName, isMsgpack } from './type-to-schema.ts'

/**
 * The literal of a type that a value of a form stands for.
 *
 * Throws InvalidArgumentError naming the path, the value and the type it should have.
 */
export function formJsonToLiteral(value: JsonValue, type: LiteralType, path: FormPath, steps: Steps): Literal {
  switch (type.type.case) {
    case 'simple':
      return toSimple(value, type, type.type.value, path, steps)
    case 'collectionType': {
      const of = type.type.value
      if (!Array.isArray(value)) throw mismatch(value, type, path)
      return collectionLiteral(value.map((item, index) => formJsonToLiteral(item, of, at(path, index), steps)))
    }
    case 'mapValueType':
      return toMap(value, type, type.type.value, path, steps)
    case 'enumType':
      if (typeof value !== 'string' || !type.type.value.values.includes(value)) throw mismatch(value, type, path)
      return primitiveLiteral({ case: 'stringValue', value })
    case 'unionType':
      return toUnion(value, type, undefined, path, steps)
    case 'blob':
      return toBlob(value, type, path)
    case 'structuredDatasetType':
      return toDataset(value, type, path)
    case 'schema':
      throw invalidAt(path, 'the type schema is deprecated, and forms do not have it', 'Use a structured dataset.')
    default:
      if (!isNullMarker(value)) throw mismatch(value, type, path)
      return noneLiteral()
  }
}

/** A value of a union: of the variant that was chosen in the form if it can be, otherwise of the one that it fits best. */
export function toUnion(
  value: JsonValue,
  type: LiteralType,
  chosen: number | undefined,
  path: FormPath,
  steps: Steps,
): Literal {
  const variants = type.type.case === 'unionType' ? type.type.value.variants : []
  const wanted = chosen === undefined ? undefined : variants[chosen]
  const isWanted = wanted !== undefined && isNullMarker(value) === isNone(wanted)
  const variant = isWanted && fitType(value, wanted, steps) > noFit ? wanted : bestVariant(value, variants, steps)
  // With one variant beside none, that one is meant: what is wrong inside of the value is then told exactly.
  const only = variants.filter((option) => !isNone(option))
  const meant = variant ?? (only.length === 1 && !isNullMarker(value) ? only[0] : undefined)
  if (meant === undefined) throw mismatch(value, type, path)
  return scalarLiteral({
    case: 'union',
    value: { $typeName: 'flyteidl2.core.Union', value: formJsonToLiteral(value, meant, path, steps), type: meant },
  })
}

function toSimple(value: JsonValue, type: LiteralType, simple: SimpleType, path: FormPath, steps: Steps): Literal {
  switch (simple) {
    case SimpleType.INTEGER:
      return primitiveLiteral({ case: 'integer', value: toInt64(value, type, path) })
    case SimpleType.FLOAT:
      if (typeof value !== 'number' && !(typeof value === 'string' && notFinite.has(value))) {
        throw mismatch(value, type, path)
      }
      return primitiveLiteral({ case: 'floatValue', value: Number(value) })
    case SimpleType.STRING:
      if (typeof value !== 'string') throw mismatch(value, type, path)
      return primitiveLiteral({ case: 'stringValue', value })
    case SimpleType.BOOLEAN:
      if (typeof value !== 'boolean') throw mismatch(value, type, path)
      return primitiveLiteral({ case: 'boolean', value })
    case SimpleType.DATETIME: {
      const time = typeof value === 'string' ? parseDatetime(value) : undefined
      if (time === undefined) throw mismatch(value, type, path, 'Write it as 2026-01-31T12:00:00Z.')
      return primitiveLiteral({ case: 'datetime', value: time })
    }
    case SimpleType.DURATION:
      return toDuration(value, type, path)
    case SimpleType.BINARY:
      if (typeof value !== 'string' || !isBase64(value)) throw mismatch(value, type, path, 'Write bytes as base64.')
      return binaryLiteral(new Uint8Array(Buffer.from(value, 'base64')), '')
    case SimpleType.STRUCT:
      return toStruct(value, type, path, steps)
    case SimpleType.NONE:
      if (!isNullMarker(value)) throw mismatch(value, type, path)
      return noneLiteral()
    default:
      throw invalidAt(path, 'values of the type error cannot be given')
  }
}

function toInt64(value: JsonValue, type: LiteralType, path: FormPath): bigint {
  const isNumber = typeof value === 'number' && Number.isFinite(value)
  const integer = isNumber ? Math.trunc(value) : typeof value === 'string' ? parseInt64(value) : undefined
  if (integer === undefined) throw mismatch(value, type, path)
  if (typeof integer === 'number' && !Number.isSafeInteger(integer)) {
    throw mismatch(value, type, path, 'Write integers beyond 2^53 as text, which keeps their digits.')
  }
  return BigInt(integer)
}

function toDuration(value: JsonValue, type: LiteralType, path: FormPath): Literal {
  const duration =
    typeof value === 'string' ? parseGoDuration(value) : typeof value === 'number' ? secondsDuration(value) : undefined
  if (duration === undefined) throw mismatch(value, type, path, 'Write it as 1h30m, or as a number of seconds.')
  return primitiveLiteral({ case: 'duration', value: duration })
}

function toStruct(value: JsonValue, type: LiteralType, path: FormPath, steps: Steps): Literal {
  const { metadata } = type
  if (metadata === undefined && !isRecord(value)) throw mismatch(value, type, path)
  if (!isMsgpack(type)) return scalarLiteral({ case: 'generic', value: value as JsonObject })
  const prepared = metadata === undefined ? value : toStructValue(value, { at: metadata, root: metadata }, steps, path)
  try {
    return binaryLiteral(encodeMsgpack(prepared), 'msgpack')
  } catch (error) {
    if (error instanceof DataValidationError) throw invalidAt(path, error.message)
    throw error
  }
}

function toMap(value: JsonValue, type: LiteralType, of: LiteralType, path: FormPath, steps: Steps): Literal {
  if (!isRecord(value)) throw mismatch(value, type, path)
  const literals: { [key: string]: Literal } = {}
  for (const [key, item] of Object.entries(value as JsonObject)) {
    setOwn(literals, key, formJsonToLiteral(item, of, at(path, key), steps))
  }
  return mapLiteral(literals)
}

function toBlob(value: JsonValue, type: LiteralType, path: FormPath): Literal {
  if (type.type.case !== 'blob' || !isRecord(value)) throw mismatch(value, type, path)
  const uri = textAt(value as JsonObject, 'uri', path)
  const format = textAt(value as JsonObject, 'format', path)
  const dimensionality = toDimensionality(value['dimensionality'] as JsonValue | undefined, at(path, 'dimensionality'))
  const blobType = { ...type.type.value, format, dimensionality }
  return blobLiteral(
    {
      $typeName: 'flyteidl2.core.Blob',
      uri,
      metadata: { $typeName: 'flyteidl2.core.BlobMetadata', type: blobType },
    },
    '',
  )
}

function toDimensionality(value: JsonValue | undefined, path: FormPath): BlobType_BlobDimensionality {
  const kinds = [BlobType_BlobDimensionality.SINGLE, BlobType_BlobDimensionality.MULTIPART]
  const kind = kinds.find((one) => value === one || value === String(one) || value === dimensionalityName(one))
  if (kind !== undefined) return kind
  throw invalidAt(path, `expected SINGLE or MULTIPART, got ${describeValue(value)}`)
}

function toDataset(value: JsonValue, type: LiteralType, path: FormPath): Literal {
  if (type.type.case !== 'structuredDatasetType' || !isRecord(value)) throw mismatch(value, type, path)
  const uri = textAt(value as JsonObject, 'uri', path)
  const structuredDatasetType = { ...type.type.value, format: textAt(value as JsonObject, 'format', path) }
  const metadata = { $typeName: 'flyteidl2.core.StructuredDatasetMetadata' as const, structuredDatasetType }
  return scalarLiteral({
    case: 'structuredDataset',
    value: { $typeName: 'flyteidl2.core.StructuredDataset', uri, metadata },
  })
}

function textAt(value: JsonObject, key: string, path: FormPath): string {
  const text = value[key]
  if (typeof text === 'string') return text
  throw invalidAt(at(path, key), text === undefined ? 'value is required' : `expected text, got ${describeValue(text)}`)
}

function mismatch(value: JsonValue, type: LiteralType, path: FormPath, hint?: string): Error {
  return invalidAt(path, `expected ${describeType(type)}, got ${describeValue(value)}`, hint)
}

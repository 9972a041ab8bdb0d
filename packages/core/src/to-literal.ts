import { Buffer } from '#platform'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { Literal, LiteralType } from '@tern/idl/core'
import { BlobType_BlobDimensionality, SimpleType } from '@tern/idl/core'
import { durationMs, isDurationParts, isDurationText, toProtoDuration } from './duration.ts'
import { DataValidationError } from './errors.ts'
import { isBase64, isIntegerText, nonFinite } from './json-text.ts'
import {
  binaryLiteral,
  blobLiteral,
  collectionLiteral,
  mapLiteral,
  noneLiteral,
  primitiveLiteral,
  scalarLiteral,
} from './literal-messages.ts'
import { isDateType, isTupleType } from './literal-types.ts'
import { atPath, Mismatch, mismatch, within } from './mismatch.ts'
import { encodeMsgpack } from './msgpack.ts'
import { isRecord, setOwn } from './plain-object.ts'
import { isReference } from './references.ts'
import { prepareStruct } from './struct-values.ts'
import { isTimestampInRange, parseTimestamp, toDay, toTimestamp } from './timestamps.ts'
import { chooseVariant } from './union-choice.ts'
import type { ValueSource } from './value-source.ts'

/**
 * Converts a JavaScript value to a literal of a type.
 *
 * @param path how errors call the value, e.g. `inputs.x`
 * @throws DataValidationError naming the path, the value and the type it should have
 */
export function toLiteral(value: unknown, type: LiteralType, path = 'value'): Literal {
  try {
    return convert(value, type, 'value')
  } catch (error) {
    throw atPath(path, error)
  }
}

/**
 * Converts JSON, as people and programs write it, to a literal of a type: times as ISO 8601, durations as `'5m'`, bytes as
 * base64, integers beyond the safe range as text, files as their URI.
 *
 * @throws DataValidationError naming the path, the value and the type it should have
 */
export function jsonToLiteral(json: unknown, type: LiteralType, path = 'value'): Literal {
  try {
    return convert(json, type, 'json')
  } catch (error) {
    throw atPath(path, error)
  }
}

function convert(value: unknown, type: LiteralType, source: ValueSource): Literal {
  switch (type.type.case) {
    case 'simple':
      return convertSimple(value, type, type.type.value, source)
    case 'collectionType':
      return convertList(value, type, type.type.value, source)
    case 'mapValueType':
      return convertMap(value, type, type.type.value, source)
    case 'unionType':
      return convertUnion(value, type, source)
    case 'enumType':
      if (typeof value !== 'string' || !type.type.value.values.includes(value)) throw mismatch(value, type)
      return primitiveLiteral({ case: 'stringValue', value })
    case 'blob':
      return convertBlob(value, type, source)
    case 'structuredDatasetType':
      return convertTable(value, type, source)
    default:
      throw new Mismatch(`values of the type ${type.type.case ?? 'unset'} are not supported`)
  }
}

function convertSimple(value: unknown, type: LiteralType, simple: SimpleType, source: ValueSource): Literal {
  switch (simple) {
    case SimpleType.INTEGER:
      return primitiveLiteral({ case: 'integer', value: toInt64(value, type, source) })
    case SimpleType.FLOAT:
      return primitiveLiteral({ case: 'floatValue', value: toFloat(value, type, source) })
    case SimpleType.STRING:
      if (typeof value !== 'string') throw mismatch(value, type)
      return primitiveLiteral({ case: 'stringValue', value })
    case SimpleType.BOOLEAN:
      if (typeof value !== 'boolean') throw mismatch(value, type)
      return primitiveLiteral({ case: 'boolean', value })
    case SimpleType.DATETIME:
      return isDateType(type) ? convertDay(value, type, source) : convertDatetime(value, type, source)
    case SimpleType.DURATION:
      return convertDuration(value, type)
    case SimpleType.NONE:
      if (value !== null && value !== undefined) throw mismatch(value, type)
      return noneLiteral()
    case SimpleType.BINARY:
      return binaryLiteral(toBytes(value, type, source), '')
    case SimpleType.STRUCT:
      return convertStruct(value, type, source)
    default:
      throw new Mismatch(`values of the simple type ${simple} are not supported`)
  }
}

const maxInt64 = 0x7fff_ffff_ffff_ffffn

function toInt64(value: unknown, type: LiteralType, source: ValueSource): bigint {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
    throw mismatch(value, type, Number.isInteger(value) ? 'use a bigint beyond the safe range' : '')
  }
  const integer = source === 'json' && isIntegerText(value) ? BigInt(value) : value
  if (typeof integer !== 'bigint') throw mismatch(value, type)
  if (integer > maxInt64 || integer < -maxInt64 - 1n) throw mismatch(value, type, 'it does not fit 64 bits')
  return integer
}

function toFloat(value: unknown, type: LiteralType, source: ValueSource): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  const read = source === 'json' ? nonFinite(value) : undefined
  if (read === undefined) throw mismatch(value, type)
  return read
}

function toBytes(value: unknown, type: LiteralType, source: ValueSource): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (source === 'json' && typeof value === 'string' && isBase64(value))
    return new Uint8Array(Buffer.from(value, 'base64'))
  throw mismatch(value, type, source === 'json' ? 'write bytes as base64' : '')
}

function convertDatetime(value: unknown, type: LiteralType, source: ValueSource): Literal {
  const timestamp = toPointInTime(value, source)
  if (timestamp === undefined) throw mismatch(value, type, source === 'json' ? 'write it as 2026-01-31T12:00:00Z' : '')
  if (!isTimestampInRange(timestamp)) throw mismatch(value, type, 'it is not in the years 1 to 9999')
  return primitiveLiteral({ case: 'datetime', value: timestamp })
}

function toPointInTime(value: unknown, source: ValueSource): Timestamp | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : toTimestamp(value.getTime())
  return source === 'json' && typeof value === 'string' ? parseTimestamp(value) : undefined
}

function convertDay(value: unknown, type: LiteralType, source: ValueSource): Literal {
  const day = toDay(value, source)
  if (day === undefined) throw mismatch(value, type, 'write it as 2026-01-31')
  return primitiveLiteral({ case: 'datetime', value: toTimestamp(Date.parse(`${day}T00:00:00Z`)) })
}

function convertDuration(value: unknown, type: LiteralType): Literal {
  const isDuration = typeof value === 'string' ? isDurationText(value) : isDurationParts(value)
  if (!isDuration) throw mismatch(value, type, "write it as '5m' or { minutes: 5 }")
  return primitiveLiteral({ case: 'duration', value: toProtoDuration(durationMs(value as string)) })
}

function convertStruct(value: unknown, type: LiteralType, source: ValueSource): Literal {
  if (isTupleType(type)) return convertTuple(value, type, source)
  if (value === null || value === undefined) throw mismatch(value, type)
  if (type.metadata === undefined && !isRecord(value) && !(value instanceof Map)) throw mismatch(value, type)
  return binaryLiteral(pack(value, type, source), 'msgpack')
}

function convertTuple(value: unknown, type: LiteralType, source: ValueSource): Literal {
  const length = Object.keys(type.metadata?.properties ?? {}).length
  // Its items by name are how a tuple reads where its type is not known.
  const items: unknown = Array.isArray(value) ? Object.fromEntries(value.map((item, i) => [`item_${i}`, item])) : value
  if (!isRecord(items) || Object.keys(items).length !== length) throw mismatch(value, type)
  try {
    return binaryLiteral(pack(items, type, source), 'msgpack')
  } catch (error) {
    if (error instanceof Mismatch) error.path = error.path.replace(/^\.item_(\d+)/, '[$1]')
    throw error
  }
}

function pack(value: unknown, type: LiteralType, source: ValueSource): Uint8Array {
  try {
    return encodeMsgpack(type.metadata === undefined ? value : prepareStruct(value, type.metadata, source))
  } catch (error) {
    if (error instanceof DataValidationError) throw new Mismatch(error.message)
    // The stack overflows where a value leads back to itself.
    if (error instanceof RangeError) throw new Mismatch('the value is nested too deep, or contains itself')
    throw error
  }
}

function convertList(value: unknown, type: LiteralType, of: LiteralType, source: ValueSource): Literal {
  if (!Array.isArray(value)) throw mismatch(value, type)
  const literals: Literal[] = []
  let i = 0
  try {
    for (; i < value.length; i++) literals.push(convert(value[i], of, source))
  } catch (error) {
    throw within(i, error)
  }
  return collectionLiteral(literals)
}

function convertMap(value: unknown, type: LiteralType, of: LiteralType, source: ValueSource): Literal {
  const record = value instanceof Map ? Object.fromEntries(value) : value
  if (!isRecord(record)) throw mismatch(value, type)
  const literals: { [key: string]: Literal } = {}
  for (const key of Object.keys(record)) {
    if (record[key] === undefined) continue
    try {
      setOwn(literals, key, convert(record[key], of, source))
    } catch (error) {
      throw within(key, error)
    }
  }
  return mapLiteral(literals)
}

function convertUnion(value: unknown, type: LiteralType, source: ValueSource): Literal {
  const variant = chooseVariant(value, type, source)
  return scalarLiteral({
    case: 'union',
    value: { $typeName: 'flyteidl2.core.Union', value: convert(value, variant, source), type: variant },
  })
}

function convertBlob(value: unknown, type: LiteralType, source: ValueSource): Literal {
  if (type.type.case !== 'blob') throw mismatch(value, type)
  const { dimensionality, format } = type.type.value
  const reference = source === 'json' && typeof value === 'string' ? { uri: value } : value
  const kind = dimensionality === BlobType_BlobDimensionality.MULTIPART ? 'directory' : 'file'
  if (!isReference(reference, kind)) throw mismatch(value, type)
  const blobType = { ...type.type.value, format: reference.format || format }
  return blobLiteral(
    {
      $typeName: 'flyteidl2.core.Blob',
      metadata: { $typeName: 'flyteidl2.core.BlobMetadata', type: blobType },
      uri: reference.uri,
    },
    reference.hash ?? '',
  )
}

function convertTable(value: unknown, type: LiteralType, source: ValueSource): Literal {
  if (type.type.case !== 'structuredDatasetType') throw mismatch(value, type)
  const reference = source === 'json' && typeof value === 'string' ? { uri: value } : value
  if (!isReference(reference, 'table')) throw mismatch(value, type)
  const structuredDatasetType = { ...type.type.value, format: reference.format || type.type.value.format }
  const metadata = { $typeName: 'flyteidl2.core.StructuredDatasetMetadata' as const, structuredDatasetType }
  return scalarLiteral(
    {
      case: 'structuredDataset',
      value: { $typeName: 'flyteidl2.core.StructuredDataset', uri: reference.uri, metadata },
    },
    reference.hash ?? '',
  )
}

import type { JsonObject } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { Literal, LiteralType, Primitive, Scalar, Union } from '@tern/idl/core'
import { BlobType_BlobDimensionality, SimpleType } from '@tern/idl/core'
import { fromProtoDuration } from './duration.ts'
import { DataValidationError } from './errors.ts'
import { isDateType, isTupleType, transformerTag, typesEqual } from './literal-types.ts'
import { atPath, Mismatch, mismatch, within } from './mismatch.ts'
import { decodeMsgpack } from './msgpack.ts'
import { isRecord, setOwn } from './plain-object.ts'
import type { DirectoryReference, FileReference, TableReference } from './references.ts'
import { formatTimestamp, fromTimestamp, isTimestampInRange } from './timestamps.ts'

/**
 * Converts a literal to a JavaScript value. Integers become numbers, or bigints outside the safe range; datetimes become
 * `Date`s, days text, durations `Duration`s, structs plain objects, nothing `null`, what lies in storage a reference.
 *
 * @param type what the literal should be; without it, the literal says itself
 * @param path how errors call the value, e.g. `outputs.o0`
 * @throws DataValidationError when the literal is not of the type, or is not held here but in storage
 */
export function fromLiteral(literal: Literal, type?: LiteralType, path = 'value'): unknown {
  try {
    return convert(literal, type)
  } catch (error) {
    throw atPath(path, error)
  }
}

function convert(literal: Literal, type: LiteralType | undefined): unknown {
  if (type?.type.case === 'unionType' && !isUnion(literal)) return convertToUnion(literal, type)
  switch (literal.value.case) {
    case 'scalar':
      return convertScalar(literal.value.value.value, literal.hash, type)
    case 'collection':
      return convertList(literal.value.value.literals, type)
    case 'map':
      return convertMap(literal.value.value.literals, type)
    case 'offloadedMetadata':
      throw new Mismatch(`the value is kept in storage, at ${literal.value.value.uri}, and has to be fetched first`)
    default:
      throw new Mismatch('the literal is empty')
  }
}

function convertList(literals: readonly Literal[], type: LiteralType | undefined): unknown[] {
  const of = type?.type.case === 'collectionType' ? type.type.value : undefined
  const values: unknown[] = []
  let i = 0
  try {
    for (; i < literals.length; i++) values.push(convert(literals[i] as Literal, of))
  } catch (error) {
    throw within(i, error)
  }
  if (type !== undefined && of === undefined) throw mismatch(values, type)
  return values
}

function convertMap(literals: Readonly<Record<string, Literal>>, type: LiteralType | undefined): unknown {
  const of = type?.type.case === 'mapValueType' ? type.type.value : undefined
  const values: Record<string, unknown> = {}
  for (const key of Object.keys(literals)) {
    try {
      setOwn(values, key, convert(literals[key] as Literal, of))
    } catch (error) {
      throw within(key, error)
    }
  }
  if (type !== undefined && of === undefined) throw mismatch(values, type)
  return values
}

function convertScalar(scalar: Scalar['value'], hash: string, type: LiteralType | undefined): unknown {
  switch (scalar.case) {
    case 'primitive':
      return convertPrimitive(scalar.value.value, type)
    case 'noneType':
      return expectSimple(null, type, SimpleType.NONE)
    case 'binary':
      return scalar.value.tag === 'msgpack'
        ? convertStruct(decodeStruct(scalar.value.value), type)
        : expectSimple(scalar.value.value, type, SimpleType.BINARY)
    case 'generic':
      return convertStruct(scalar.value, type)
    case 'union':
      return convertUnion(scalar.value, type)
    case 'blob':
      return convertBlob(scalar.value, hash, type)
    case 'structuredDataset':
      return convertTable(scalar.value, hash, type)
    case 'error':
      return { failedNodeId: scalar.value.failedNodeId, message: scalar.value.message }
    case 'schema':
      return { uri: scalar.value.uri }
    default:
      throw new Mismatch('the literal is empty')
  }
}

function convertPrimitive(primitive: Primitive['value'], type: LiteralType | undefined): unknown {
  const expected = type?.type.case === 'simple' ? type.type.value : undefined
  switch (primitive.case) {
    case 'integer': {
      const number = Number(primitive.value)
      if (expected === SimpleType.FLOAT) return number
      return expectSimple(Number.isSafeInteger(number) ? number : primitive.value, type, SimpleType.INTEGER)
    }
    case 'floatValue':
      // Values that passed through JSON come back as floats.
      if (expected === SimpleType.INTEGER && Number.isSafeInteger(primitive.value)) return primitive.value
      return expectSimple(primitive.value, type, SimpleType.FLOAT)
    case 'stringValue':
      return convertText(primitive.value, type)
    case 'boolean':
      return expectSimple(primitive.value, type, SimpleType.BOOLEAN)
    case 'datetime':
      if (!isTimestampInRange(primitive.value)) throw new Mismatch('the datetime is not in the years 1 to 9999')
      return expectSimple(convertTime(primitive.value, type), type, SimpleType.DATETIME)
    case 'duration':
      return expectSimple(fromProtoDuration(primitive.value), type, SimpleType.DURATION)
    default:
      throw new Mismatch('the literal is empty')
  }
}

function convertTime(time: Timestamp, type: LiteralType | undefined): Date | string {
  return isDateType(type) ? formatTimestamp(time).slice(0, 10) : new Date(fromTimestamp(time))
}

function convertText(text: string, type: LiteralType | undefined): string {
  if (type?.type.case !== 'enumType') return expectSimple(text, type, SimpleType.STRING)
  if (!type.type.value.values.includes(text)) throw mismatch(text, type)
  return text
}

function expectSimple<T>(value: T, type: LiteralType | undefined, simple: SimpleType): T {
  if (type !== undefined && (type.type.case !== 'simple' || type.type.value !== simple)) throw mismatch(value, type)
  return value
}

function decodeStruct(bytes: Uint8Array): unknown {
  try {
    return decodeMsgpack(bytes)
  } catch (error) {
    throw error instanceof DataValidationError ? new Mismatch(error.message) : error
  }
}

function convertStruct(value: unknown, type: LiteralType | undefined): unknown {
  expectSimple(value, type, SimpleType.STRUCT)
  if (type?.metadata?.type === 'object' && !isRecord(value)) throw mismatch(value, type)
  if (!isTupleType(type)) return value
  const items = value as JsonObject
  return Object.keys(items).map((_, i) => items[`item_${i}`])
}

function convertBlob(
  blob: { uri: string; metadata?: { type?: { format: string; dimensionality: number } | undefined } | undefined },
  hash: string,
  type: LiteralType | undefined,
): FileReference | DirectoryReference {
  const isDirectory = blob.metadata?.type?.dimensionality === BlobType_BlobDimensionality.MULTIPART
  const format = blob.metadata?.type?.format ?? ''
  const reference = { kind: isDirectory ? 'directory' : 'file', uri: blob.uri, format, ...withHash(hash) } as const
  const isExpected =
    type === undefined ||
    (type.type.case === 'blob' &&
      (type.type.value.dimensionality === BlobType_BlobDimensionality.MULTIPART) === isDirectory)
  if (!isExpected) throw mismatch(reference, type)
  return reference
}

function convertTable(
  table: { uri: string; metadata?: { structuredDatasetType?: { format: string } | undefined } | undefined },
  hash: string,
  type: LiteralType | undefined,
): TableReference {
  const format = table.metadata?.structuredDatasetType?.format ?? ''
  const reference = { kind: 'table', uri: table.uri, format, ...withHash(hash) } as const
  if (type !== undefined && type.type.case !== 'structuredDatasetType') throw mismatch(reference, type)
  return reference
}

function withHash(hash: string): { hash?: string } {
  return hash === '' ? {} : { hash }
}

function isUnion(literal: Literal): boolean {
  return literal.value.case === 'scalar' && literal.value.value.value.case === 'union'
}

function convertUnion(union: Union, type: LiteralType | undefined): unknown {
  if (union.value === undefined) throw new Mismatch('the literal is empty')
  if (type === undefined) return convert(union.value, union.type)
  // A union where a plain type is expected: what counts is the value in it.
  if (type.type.case !== 'unionType') return convert(union.value, type)
  const { variants } = type.type.value
  const stored = union.type
  if (stored === undefined) return convertToUnion(union.value, type)
  const same = variants.find((variant) => typesEqual(variant, stored))
  if (same !== undefined) return convert(union.value, same)
  const tag = transformerTag(stored)
  const candidates = variants.filter((variant) => transformerTag(variant) === tag)
  return firstThatFits(union.value, candidates.length > 0 ? candidates : variants, type)
}

// Another SDK, or JSON, may give a bare value where a union is declared.
function convertToUnion(literal: Literal, type: LiteralType): unknown {
  const variants = type.type.case === 'unionType' ? type.type.value.variants : []
  return firstThatFits(literal, variants, type)
}

function firstThatFits(literal: Literal, variants: readonly LiteralType[], type: LiteralType): unknown {
  for (const variant of variants) {
    try {
      return convert(literal, variant)
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error
      if (variants.length === 1) throw error
    }
  }
  throw mismatch(convert(literal, undefined), type)
}

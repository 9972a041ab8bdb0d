import type { JsonObject } from '@bufbuild/protobuf'
import type { LiteralType } from '@tern/idl/core'
import { BlobType_BlobDimensionality, SimpleType } from '@tern/idl/core'
import { describeType } from './describe-type.ts'
import { describeValue } from './describe-value.ts'
import { isDurationParts, isDurationText } from './duration.ts'
import { isBase64, isIntegerText, nonFinite } from './json-text.ts'
import { isDateType, isTupleType, typesEqual } from './literal-types.ts'
import { Mismatch, mismatch } from './mismatch.ts'
import { isRecord } from './plain-object.ts'
import { isReference } from './references.ts'
import { structFit } from './struct-values.ts'
import { parseTimestamp, toDay } from './timestamps.ts'
import type { ValueSource } from './value-source.ts'

/** How well a value fits a type. */
type Fit = 0 | 1 | 2 | 3 | 4 | 5
const noFit = 0
/** Bytes as base64: nearly any text could be that. */
const asBytes = 1
/** A file by its address, or an object whose numbers are text. */
const loosely = 2
/** A whole number as a float, or text that reads as what it should be. */
const converted = 3
const asItIs = 4
/** As one of the few values that the type has (an enum's). */
const oneOfFew = 5

/**
 * The variant of a union that a value belongs to: the one it fits best.
 *
 * @throws Mismatch when it fits none, or several equally well
 */
export function chooseVariant(value: unknown, type: LiteralType, source: ValueSource): LiteralType {
  const variants = type.type.case === 'unionType' ? type.type.value.variants : []
  const only = onlyVariant(value, variants)
  if (only !== undefined) return only
  let best: LiteralType[] = []
  let bestFit: Fit = noFit
  for (const variant of variants) {
    const quality = fit(value, variant, source)
    if (quality > bestFit) {
      best = [variant]
      bestFit = quality
    } else if (quality === bestFit && quality > noFit && !best.some((other) => typesEqual(other, variant))) {
      best.push(variant)
    }
  }
  const chosen = best[0]
  if (chosen === undefined) throw mismatch(value, type)
  if (best.length > 1) {
    throw new Mismatch(
      `${describeValue(value)} is ambiguous: it could be ${best.map(describeType).join(' or ')}`,
      'Make the types of the union tell their values apart, for example with a property of a constant value.',
    )
  }
  return chosen
}

// With one variant beside none, that one is meant: what is wrong inside of the value is then told exactly.
function onlyVariant(value: unknown, variants: readonly LiteralType[]): LiteralType | undefined {
  const isNothing = value === null || value === undefined
  const none = variants.find(isNone)
  if (isNothing) return none
  return none !== undefined && variants.length === 2 ? variants.find((variant) => !isNone(variant)) : undefined
}

function isNone(type: LiteralType): boolean {
  return type.type.case === 'simple' && type.type.value === SimpleType.NONE
}

function fit(value: unknown, type: LiteralType, source: ValueSource): Fit {
  switch (type.type.case) {
    case 'simple':
      return fitSimple(value, type, type.type.value, source)
    case 'collectionType':
      return Array.isArray(value) ? fitAll(value, type.type.value, source) : noFit
    case 'mapValueType':
      return isRecord(value) ? fitAll(Object.values(value), type.type.value, source) : noFit
    case 'enumType':
      return typeof value === 'string' && type.type.value.values.includes(value) ? oneOfFew : noFit
    case 'unionType':
      return Math.max(noFit, ...type.type.value.variants.map((variant) => fit(value, variant, source))) as Fit
    case 'blob': {
      const isDirectory = type.type.value.dimensionality === BlobType_BlobDimensionality.MULTIPART
      return fitReference(value, isDirectory ? 'directory' : 'file', source)
    }
    case 'structuredDatasetType':
      return fitReference(value, 'table', source)
    default:
      return noFit
  }
}

function fitAll(values: readonly unknown[], type: LiteralType, source: ValueSource): Fit {
  let worst: Fit = asItIs
  for (const value of values) {
    const quality = fit(value, type, source)
    if (quality === noFit) return noFit
    if (quality < worst) worst = quality
  }
  return worst
}

function fitReference(value: unknown, kind: 'file' | 'directory' | 'table', source: ValueSource): Fit {
  if (isReference(value, kind)) return asItIs
  return source === 'json' && typeof value === 'string' ? loosely : noFit
}

function fitSimple(value: unknown, type: LiteralType, simple: SimpleType, source: ValueSource): Fit {
  const text = typeof value === 'string' ? value : undefined
  const jsonText = source === 'json' ? text : undefined
  switch (simple) {
    case SimpleType.INTEGER:
      if (Number.isSafeInteger(value) || typeof value === 'bigint') return asItIs
      return isIntegerText(jsonText) ? converted : noFit
    case SimpleType.FLOAT:
      if (typeof value === 'number') return Number.isSafeInteger(value) ? converted : asItIs
      return typeof value === 'bigint' || nonFinite(jsonText) !== undefined ? converted : noFit
    case SimpleType.STRING:
      return text === undefined ? noFit : asItIs
    case SimpleType.BOOLEAN:
      return typeof value === 'boolean' ? asItIs : noFit
    case SimpleType.DATETIME:
      if (isDateType(type)) return toDay(value, source) === undefined ? noFit : converted
      if (value instanceof Date) return asItIs
      return jsonText !== undefined && parseTimestamp(jsonText) !== undefined ? converted : noFit
    case SimpleType.DURATION:
      if (isDurationParts(value)) return asItIs
      return text !== undefined && isDurationText(text) ? converted : noFit
    case SimpleType.NONE:
      return value === null || value === undefined ? asItIs : noFit
    case SimpleType.BINARY:
      if (value instanceof Uint8Array) return asItIs
      return jsonText !== undefined && isBase64(jsonText) ? asBytes : noFit
    case SimpleType.STRUCT:
      return fitStruct(value, type, source)
    default:
      return noFit
  }
}

function fitStruct(value: unknown, type: LiteralType, source: ValueSource): Fit {
  if (isTupleType(type)) {
    if (!Array.isArray(value)) return noFit
    return fitSchema(Object.fromEntries(value.map((item, i) => [`item_${i}`, item])), type.metadata ?? {}, source)
  }
  if (type.metadata !== undefined) return fitSchema(value, type.metadata, source)
  return isRecord(value) ? converted : noFit
}

function fitSchema(value: unknown, schema: JsonObject, source: ValueSource): Fit {
  const quality = structFit(value, schema)
  if (quality > 0) return quality === 2 ? asItIs : converted
  return source === 'json' && structFit(value, schema, source) > 0 ? loosely : noFit
}

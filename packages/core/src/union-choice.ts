import type { LiteralType } from '@tern/idl/core'
import { BlobType_BlobDimensionality, SimpleType } from '@tern/idl/core'
import { describeType } from './describe-type.ts'
import { describeValue } from './describe-value.ts'
import { isDurationParts, isDurationText } from './duration.ts'
import { isDateType, isTupleType, typesEqual } from './literal-types.ts'
import { Mismatch, mismatch } from './mismatch.ts'
import { isRecord } from './plain-object.ts'
import { isReference } from './references.ts'
import { structFit } from './struct-values.ts'
import { parseTimestamp, toDay } from './timestamps.ts'
import type { ValueSource } from './value-source.ts'

/**
 * How well a value fits a type: 0 not at all, 1 after conversion (a whole number as a float), 2 as it is, 3 as one of
 * the few values the type has (an enum's).
 */
type Fit = 0 | 1 | 2 | 3

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
  let bestFit: Fit = 0
  for (const variant of variants) {
    const quality = fit(value, variant, source)
    if (quality > bestFit) {
      best = [variant]
      bestFit = quality
    } else if (quality === bestFit && quality > 0 && !best.some((other) => typesEqual(other, variant))) {
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
      return Array.isArray(value) ? fitAll(value, type.type.value, source) : 0
    case 'mapValueType':
      return isRecord(value) ? fitAll(Object.values(value), type.type.value, source) : 0
    case 'enumType':
      return typeof value === 'string' && type.type.value.values.includes(value) ? 3 : 0
    case 'unionType':
      return Math.max(0, ...type.type.value.variants.map((variant) => fit(value, variant, source))) as Fit
    case 'blob': {
      const isDirectory = type.type.value.dimensionality === BlobType_BlobDimensionality.MULTIPART
      return fitReference(value, isDirectory ? 'directory' : 'file', source)
    }
    case 'structuredDatasetType':
      return fitReference(value, 'table', source)
    default:
      return 0
  }
}

function fitAll(values: readonly unknown[], type: LiteralType, source: ValueSource): Fit {
  let worst: Fit = 2
  for (const value of values) {
    const quality = fit(value, type, source)
    if (quality === 0) return 0
    if (quality < worst) worst = quality
  }
  return worst
}

function fitReference(value: unknown, kind: 'file' | 'directory' | 'table', source: ValueSource): Fit {
  if (isReference(value, kind)) return 2
  return source === 'json' && typeof value === 'string' ? 1 : 0
}

function fitSimple(value: unknown, type: LiteralType, simple: SimpleType, source: ValueSource): Fit {
  const text = typeof value === 'string' ? value : undefined
  const jsonText = source === 'json' ? text : undefined
  switch (simple) {
    case SimpleType.INTEGER:
      if (Number.isSafeInteger(value) || typeof value === 'bigint') return 2
      return jsonText !== undefined && /^[+-]?\d+$/.test(jsonText) ? 1 : 0
    case SimpleType.FLOAT:
      if (typeof value === 'number') return Number.isSafeInteger(value) ? 1 : 2
      return typeof value === 'bigint' ? 1 : 0
    case SimpleType.STRING:
      return text === undefined ? 0 : 2
    case SimpleType.BOOLEAN:
      return typeof value === 'boolean' ? 2 : 0
    case SimpleType.DATETIME:
      if (isDateType(type)) return toDay(value, source) === undefined ? 0 : 1
      if (value instanceof Date) return 2
      return jsonText !== undefined && parseTimestamp(jsonText) !== undefined ? 1 : 0
    case SimpleType.DURATION:
      if (isDurationParts(value)) return 2
      return text !== undefined && isDurationText(text) ? 1 : 0
    case SimpleType.NONE:
      return value === null || value === undefined ? 2 : 0
    case SimpleType.BINARY:
      return value instanceof Uint8Array ? 2 : 0
    case SimpleType.STRUCT:
      return fitStruct(value, type)
    default:
      return 0
  }
}

function fitStruct(value: unknown, type: LiteralType): Fit {
  if (isTupleType(type)) {
    if (!Array.isArray(value)) return 0
    return structFit(Object.fromEntries(value.map((item, i) => [`item_${i}`, item])), type.metadata ?? {})
  }
  if (type.metadata !== undefined) return structFit(value, type.metadata)
  return isRecord(value) ? 1 : 0
}

import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { isRecord, isTimestampInRange, parseTimestamp } from '@tern/core'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import { exactFit, type Fit, noFit } from './fit.ts'
import type { Steps } from './form-error.ts'
import { isNullMarker } from './form-schema.ts'
import { parseGoDuration } from './go-duration.ts'
import { fitStruct } from './struct-to-value.ts'

/** How well a value of a form fits a type. What fits can be converted, but for a struct's innards. */
export function fitType(value: JsonValue, type: LiteralType, steps: Steps): Fit {
  steps.take()
  switch (type.type.case) {
    case 'simple':
      return fitSimple(value, type, type.type.value, steps)
    case 'collectionType':
      return Array.isArray(value) ? fitAll(value, type.type.value, 8, steps) : noFit
    case 'mapValueType':
      return isRecord(value) ? fitAll(Object.values(value as JsonObject), type.type.value, 5, steps) : noFit
    case 'enumType':
      return typeof value === 'string' && type.type.value.values.includes(value) ? exactFit : noFit
    case 'unionType':
      return type.type.value.variants.reduce((best, variant) => Math.max(best, fitType(value, variant, steps)), noFit)
    case 'blob':
      return isReference(value) && 'dimensionality' in value ? 8 : noFit
    case 'structuredDatasetType':
      if (!isReference(value)) return noFit
      return Object.keys(value).length === 2 ? 8 : 4
    default:
      return isNullMarker(value) ? exactFit : noFit
  }
}

/** The variant that a value fits best; of several that it fits as well, the first. Undefined when it fits none. */
export function bestVariant(
  value: JsonValue,
  variants: ReadonlyArray<LiteralType>,
  steps: Steps,
): LiteralType | undefined {
  let best: LiteralType | undefined
  let bestFit: Fit = noFit
  for (const variant of variants) {
    const quality = isNullMarker(value) && !isNone(variant) ? noFit : fitType(value, variant, steps)
    if (quality > bestFit) {
      best = variant
      bestFit = quality
    }
  }
  return best
}

export function isNone({ type }: LiteralType): boolean {
  return type.case === undefined || (type.case === 'simple' && type.value === SimpleType.NONE)
}

function fitAll(values: ReadonlyArray<JsonValue>, type: LiteralType, most: Fit, steps: Steps): Fit {
  let worst = most
  for (const value of values) {
    worst = Math.min(worst, fitType(value, type, steps))
    if (worst === noFit) return noFit
  }
  return worst
}

function isReference(value: JsonValue): value is JsonObject {
  return isRecord(value) && typeof value['uri'] === 'string' && typeof value['format'] === 'string'
}

function fitSimple(value: JsonValue, type: LiteralType, simple: SimpleType, steps: Steps): Fit {
  switch (simple) {
    case SimpleType.STRUCT:
      if (!isRecord(value) && type.metadata === undefined) return noFit
      if (type.metadata === undefined) return 3
      return fitStruct(value, { at: type.metadata, root: type.metadata }, steps)
    case SimpleType.BOOLEAN:
      return typeof value === 'boolean' ? exactFit : noFit
    case SimpleType.NONE:
      return isNullMarker(value) ? exactFit : noFit
    default:
      if (typeof value === 'number') return fitNumber(value, simple)
      return typeof value === 'string' ? fitText(value, simple) : noFit
  }
}

function fitNumber(value: number, simple: SimpleType): Fit {
  if (simple === SimpleType.FLOAT) return Number.isInteger(value) ? 8 : exactFit
  if (simple === SimpleType.DURATION) return Number.isFinite(value) ? 1 : noFit
  if (simple !== SimpleType.INTEGER || !Number.isFinite(value)) return noFit
  if (Number.isSafeInteger(value)) return exactFit
  return Number.isInteger(value) ? noFit : 1
}

function fitText(text: string, simple: SimpleType): Fit {
  switch (simple) {
    case SimpleType.STRING:
      return 8
    case SimpleType.DATETIME:
      return parseDatetime(text) === undefined ? noFit : 7
    case SimpleType.DURATION:
      return parseGoDuration(text) === undefined ? noFit : /^[+-]?\d+$/.test(text) ? 3 : 6
    case SimpleType.INTEGER:
      return parseInt64(text) === undefined ? noFit : 5
    case SimpleType.FLOAT:
      return notFinite.has(text) ? 4 : noFit
    case SimpleType.BINARY:
      return isBase64(text) ? 2 : noFit
    default:
      return noFit
  }
}

/** What JSON has no number for. */
export const notFinite: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity'])

/** An integer of 64 bits that is written as text. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,20}$/.test(text)) return undefined
  const value = BigInt(text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

export function parseDatetime(text: string) {
  const time = parseTimestamp(text)
  return time !== undefined && isTimestampInRange(time) ? time : undefined
}

/** Whether text is base64, of either alphabet, padded or not. */
export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1
}

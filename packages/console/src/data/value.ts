import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { decode } from '@msgpack/msgpack'
import type { Literal, Primitive, Scalar } from '@tern/idl/core'
import { durationMsOf, formatMs, msOf } from '../model/times.ts'

/** A value of a task as it is shown, whatever language it was made in. */
export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'time'; readonly ms: number; readonly text: string }
  | { readonly kind: 'duration'; readonly text: string }
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'json'; readonly json: JsonValue }
  | { readonly kind: 'list'; readonly items: ReadonlyArray<Value> }
  | { readonly kind: 'map'; readonly entries: ReadonlyArray<readonly [string, Value]> }
  | { readonly kind: 'file' | 'folder'; readonly uri: string; readonly format: string }
  | { readonly kind: 'table'; readonly uri: string; readonly format: string; readonly columns: ReadonlyArray<string> }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'offloaded'; readonly uri: string; readonly size: number }

/** Of `BlobType_BlobDimensionality`. */
const multipart = 1

export function toValue(literal: Literal | undefined): Value {
  switch (literal?.value.case) {
    case 'scalar':
      return scalarValue(literal.value.value)
    case 'collection':
      return simplified({ kind: 'list', items: literal.value.value.literals.map(toValue) })
    case 'map':
      return simplified({
        kind: 'map',
        entries: Object.entries(literal.value.value.literals).map(([key, item]) => [key, toValue(item)] as const),
      })
    case 'offloadedMetadata':
      return { kind: 'offloaded', uri: literal.value.value.uri, size: Number(literal.value.value.sizeBytes) }
    default:
      return { kind: 'none' }
  }
}

function scalarValue({ value: scalar }: Scalar): Value {
  switch (scalar.case) {
    case 'primitive':
      return primitiveValue(scalar.value)
    case 'binary':
      if (scalar.value.tag !== 'msgpack') return { kind: 'bytes', size: scalar.value.value.length }
      return jsonValue(unpack(scalar.value.value))
    case 'generic':
      return jsonValue(scalar.value)
    case 'union':
      return toValue(scalar.value.value)
    case 'blob': {
      const { format = '', dimensionality } = scalar.value.metadata?.type ?? {}
      return { kind: dimensionality === multipart ? 'folder' : 'file', uri: scalar.value.uri, format }
    }
    case 'structuredDataset': {
      const { format = '', columns = [] } = scalar.value.metadata?.structuredDatasetType ?? {}
      return { kind: 'table', uri: scalar.value.uri, format, columns: columns.map(({ name }) => name) }
    }
    case 'schema':
      return { kind: 'table', uri: scalar.value.uri, format: 'parquet', columns: [] }
    case 'error':
      return { kind: 'error', message: scalar.value.message }
    default:
      return { kind: 'none' }
  }
}

function primitiveValue({ value }: Primitive): Value {
  switch (value.case) {
    case 'integer':
      return { kind: 'number', text: value.value.toString() }
    case 'floatValue':
      return { kind: 'number', text: String(value.value) }
    case 'boolean':
      return { kind: 'boolean', value: value.value }
    case 'datetime': {
      const ms = msOf(value.value) ?? 0
      return { kind: 'time', ms, text: new Date(ms).toISOString() }
    }
    case 'duration':
      return { kind: 'duration', text: formatMs(durationMsOf(value.value) ?? 0) }
    default:
      return { kind: 'text', text: value.value ?? '' }
  }
}

function jsonValue(json: JsonValue): Value {
  if (json === null) return { kind: 'none' }
  if (typeof json === 'string') return { kind: 'text', text: json }
  if (typeof json === 'number') return { kind: 'number', text: String(json) }
  if (typeof json === 'boolean') return { kind: 'boolean', value: json }
  return { kind: 'json', json }
}

/** A list or map of nothing but plain values is shown as JSON, which folds, and as a table where it can be. */
function simplified(value: Extract<Value, { kind: 'list' | 'map' }>): Value {
  const json = toJson(value)
  return json === undefined ? value : { kind: 'json', json }
}

/** Undefined for what lies in storage, and for what has such a thing in it. */
export function toJson(value: Value): JsonValue | undefined {
  switch (value.kind) {
    case 'text':
    case 'duration':
    case 'time':
      return value.text
    case 'number':
      return Number.isSafeInteger(Number(value.text)) || /[.e]/.test(value.text) ? Number(value.text) : value.text
    case 'boolean':
      return value.value
    case 'none':
      return null
    case 'json':
      return value.json
    case 'list':
      return allOf(value.items.map(toJson))
    case 'map': {
      const values = allOf(value.entries.map(([, item]) => toJson(item)))
      return values && Object.fromEntries(value.entries.map(([key], index) => [key, values[index] ?? null]))
    }
    default:
      return undefined
  }
}

function allOf(values: ReadonlyArray<JsonValue | undefined>): JsonValue[] | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length ? known : undefined
}

function unpack(bytes: Uint8Array): JsonValue {
  try {
    return plain(decode(bytes, { useBigInt64: true }))
  } catch {
    return '(not to be read: the bytes are no MessagePack)'
  }
}

function plain(value: unknown): JsonValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `(${value.length} bytes)`
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) satisfies JsonObject
}

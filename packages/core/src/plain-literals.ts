import type { Literal, LiteralType } from '@tern/idl/core'
import { isRecord } from './plain-object.ts'
import { decodeMsgpack, encodeMsgpack } from './msgpack.ts'
import { jsonToLiteral } from './to-literal.ts'

// Who calls a deployed task without knowing its interface sends values as they are. The server, which knows it, makes them what
// they are declared to be.

/** In a literal's metadata: it is a plain value, in msgpack, of a type that whoever wrote it does not know. */
const plainKey = 'plain'

/** A value of JSON, or of msgpack, as a literal of no type. */
export function plainLiteral(value: unknown): Literal {
  const binary = { $typeName: 'flyteidl2.core.Binary' as const, value: encodeMsgpack(value), tag: 'msgpack' }
  return {
    $typeName: 'flyteidl2.core.Literal',
    value: { case: 'scalar', value: { $typeName: 'flyteidl2.core.Scalar', value: { case: 'binary', value: binary } } },
    hash: '',
    metadata: { [plainKey]: 'true' },
  }
}

/**
 * The literal itself, or what it is of this type where it is plain.
 *
 * @throws DataValidationError naming the path, the value and the type it should have
 */
export function typedLiteral(literal: Literal, type: LiteralType, path: string): Literal {
  if (!(plainKey in literal.metadata) || literal.value.case !== 'scalar') return literal
  const scalar = literal.value.value.value
  return scalar.case === 'binary' ? jsonToLiteral(toJson(decodeMsgpack(scalar.value.value)), type, path) : literal
}

// JSON has bytes as base64.
function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(toJson)
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)])) : value
}

import { create, toBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { type Literal, type LiteralType, LiteralSchema, type Primitive, SimpleType } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'

/** A value that a condition can be given. An integer may be any that fits into 64 bits. */
export type ConditionValue = boolean | bigint | number | string

type PrimitiveCase = 'boolean' | 'integer' | 'floatValue' | 'stringValue'

const cases: ReadonlyMap<SimpleType, PrimitiveCase> = new Map([
  [SimpleType.BOOLEAN, 'boolean'],
  [SimpleType.INTEGER, 'integer'],
  [SimpleType.FLOAT, 'floatValue'],
  [SimpleType.STRING, 'stringValue'],
])

const words: Readonly<Record<PrimitiveCase, string>> = {
  boolean: 'a boolean',
  integer: 'an integer',
  floatValue: 'a float',
  stringValue: 'a string',
}

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n

/** Throws InvalidArgumentError for a type that no condition can have. */
export function checkConditionType(type: LiteralType | undefined, field: string): void {
  if (caseOf(type) !== undefined) return
  throw new InvalidArgumentError(`${field}: a condition takes a boolean, an integer, a float or a string`, { field })
}

/**
 * The value as the literal of a condition of that type.
 *
 * Throws InvalidArgumentError when the condition takes another type.
 */
export function toConditionLiteral(value: ConditionValue, type: LiteralType | undefined, field: string): Literal {
  const wanted = caseOf(type) ?? 'stringValue'
  const primitive = toPrimitive(value, wanted)
  if (primitive === undefined) {
    throw new InvalidArgumentError(`${field}: the condition takes ${words[wanted]}, not ${describe(value)}`, { field })
  }
  return create(LiteralSchema, {
    value: { case: 'scalar', value: { value: { case: 'primitive', value: { value: primitive } } } },
  })
}

/** What a client sends as a literal. Throws InvalidArgumentError for a literal that no condition can be given. */
export function fromConditionLiteral(literal: Literal | undefined, field: string): ConditionValue {
  const scalar = literal?.value.case === 'scalar' ? literal.value.value : undefined
  const primitive = scalar?.value.case === 'primitive' ? scalar.value.value.value : undefined
  switch (primitive?.case) {
    case 'boolean':
    case 'integer':
    case 'floatValue':
    case 'stringValue':
      return primitive.value
    default:
      throw new InvalidArgumentError(`${field}: a boolean, an integer, a float or a string is required`, { field })
  }
}

/**
 * Reads a value out of JSON or of text, where the type decides what is meant: `"5"` is a number for a condition that
 * takes one. Undefined when it is neither.
 */
export function parseConditionValue(json: unknown, type: LiteralType | undefined): ConditionValue | undefined {
  const wanted = caseOf(type) ?? 'stringValue'
  if (typeof json === 'boolean') return json
  if (typeof json === 'number') return wanted === 'integer' && Number.isSafeInteger(json) ? BigInt(json) : json
  if (typeof json !== 'string') return undefined
  if (wanted === 'boolean' && /^(true|false)$/i.test(json)) return json.toLowerCase() === 'true'
  if (wanted === 'integer' && /^[+-]?\d{1,20}$/.test(json)) return BigInt(json)
  if (wanted === 'floatValue' && json.trim() !== '' && Number.isFinite(Number(json))) return Number(json)
  return json
}

/** The value as the store keeps it: the one output of its condition, a serialized flyteidl2.task.Outputs. */
export function toConditionOutputs(literal: Literal): Uint8Array {
  return toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: 'value', value: literal }] }))
}

function caseOf(type: LiteralType | undefined): PrimitiveCase | undefined {
  return type?.type.case === 'simple' ? cases.get(type.type.value) : undefined
}

function toPrimitive(value: ConditionValue, wanted: PrimitiveCase): Primitive['value'] | undefined {
  switch (typeof value) {
    case 'boolean':
      return wanted === 'boolean' ? { case: wanted, value } : undefined
    case 'string':
      return wanted === 'stringValue' ? { case: wanted, value } : undefined
    case 'bigint':
      if (wanted === 'floatValue') return { case: wanted, value: Number(value) }
      return wanted === 'integer' && value >= minInt64 && value <= maxInt64 ? { case: wanted, value } : undefined
    default:
      return wanted === 'floatValue' ? { case: wanted, value } : undefined
  }
}

function describe(value: ConditionValue): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

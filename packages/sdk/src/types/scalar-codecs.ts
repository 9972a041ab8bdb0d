import { type DurationInput, Float, formatDuration, literalTypes, parseDuration } from '@tern/core'
import type { LiteralType } from '@tern/idl/core'
import { type Codec, identity, type PlainCodec, type ScalarKind } from './codec.ts'
import { makeLiteral, readLiteral } from './core-values.ts'

// In a struct a float stays a float though its value be whole, so that its bytes are what Python would write.
const floatPlain: PlainCodec = {
  isIdentity: false,
  toPlain: (value) => (Number.isInteger(value) ? new Float(value as number) : value),
  fromPlain: (plain) => (typeof plain === 'bigint' ? Number(plain) : plain),
}

const bigintPlain: PlainCodec = {
  isIdentity: false,
  toPlain: (value) => value,
  fromPlain: (plain) => (Number.isInteger(plain) ? BigInt(plain as number) : plain),
}

const datePlain: PlainCodec = {
  isIdentity: false,
  toPlain: (value) => (value instanceof Date ? value.toISOString() : value),
  fromPlain: (plain) => (typeof plain === 'string' ? new Date(plain) : plain),
}

export const stringCodec: Codec = valueCodec(literalTypes.string(), identity, 'string')
export const booleanCodec: Codec = valueCodec(literalTypes.boolean(), identity, 'boolean')
export const integerCodec: Codec = valueCodec(literalTypes.integer(), identity, 'integer')
export const floatCodec: Codec = valueCodec(literalTypes.float(), floatPlain, 'float')
export const dateCodec: Codec = valueCodec(literalTypes.datetime(), datePlain)

const durationPlain: PlainCodec = {
  isIdentity: false,
  toPlain: (value) => formatDuration(parseDuration(value as DurationInput)),
  fromPlain: (plain) => parseDuration(plain as DurationInput),
}

/** Lengths of time: written as `'5m'` or `{ minutes: 5 }`, read as a `Duration`. */
export const durationCodec: Codec = {
  ...valueCodec(literalTypes.duration(), durationPlain),
  toLiteral: (value) => makeLiteral(parseDuration(value as DurationInput), literalTypes.duration()),
}

/** Integers of all 64 bits, as bigints. */
export const bigintCodec: Codec = {
  ...valueCodec(literalTypes.integer(), bigintPlain),
  fromLiteral: (literal) => bigintPlain.fromPlain(readLiteral(literal, integerCodec.type)),
}

/** Nothing: `null`, or `undefined` where the schema says so. */
export function noneCodec(none: null | undefined): Codec {
  return {
    ...valueCodec(literalTypes.none(), {
      isIdentity: none === null,
      toPlain: () => null,
      fromPlain: (plain) => plain ?? none,
    }),
    fromLiteral: (literal) => readLiteral(literal, literalTypes.none()) ?? none,
  }
}

/**
 * A choice among names. Python's enums travel as the names of their members, so `z.enum({ RED: 'red' })` is `RED` on the
 * wire and `red` in code.
 */
export function enumCodec(entries: ReadonlyMap<string, unknown>): Codec {
  const type = literalTypes.enumOf([...entries.keys()])
  const names = new Map([...entries].map(([name, value]) => [value, name]))
  if ([...entries].every(([name, value]) => name === value)) return valueCodec(type, identity)
  const plain: PlainCodec = {
    isIdentity: false,
    toPlain: (value) => names.get(value) ?? value,
    fromPlain: (name) => (entries.has(name as string) ? entries.get(name as string) : name),
  }
  return {
    type,
    plain,
    toLiteral: (value) => makeLiteral(plain.toPlain(value), type),
    fromLiteral: (literal) => plain.fromPlain(readLiteral(literal, type)),
  }
}

function valueCodec(type: LiteralType, plain: PlainCodec, scalar?: ScalarKind): Codec {
  return {
    type,
    plain,
    ...(scalar === undefined ? {} : { scalar }),
    toLiteral: (value) => makeLiteral(value, type),
    fromLiteral: (literal) => readLiteral(literal, type),
  }
}

import {
  DataValidationError,
  decodeMsgpack,
  describeType,
  describeValue,
  encodeMsgpack,
  literalTypes,
  transformerTag,
} from '@tern/core'
import type { Literal, LiteralType, Scalar } from '@tern/idl/core'
import { type Codec, identity, type PlainCodec } from './codec.ts'
import { readLiteral } from './core-values.ts'

export function listCodec(element: Codec): Codec {
  const type = literalTypes.list(element.type)
  return {
    type,
    plain: listPlain(element.plain),
    toLiteral(value) {
      const literals = (value as unknown[]).map((item) => element.toLiteral(item))
      return literalOf({ case: 'collection', value: { $typeName: 'flyteidl2.core.LiteralCollection', literals } })
    },
    fromLiteral(literal) {
      if (literal.value.case !== 'collection') throw mismatch(literal, type)
      return literal.value.value.literals.map((item, index) => within(`[${index}]`, () => element.fromLiteral(item)))
    },
  }
}

/** A set travels as a list. */
export function setCodec(element: Codec): Codec {
  const list = listCodec(element)
  return {
    type: list.type,
    plain: setPlain(element.plain),
    toLiteral: (value) => list.toLiteral([...(value as Set<unknown>)]),
    fromLiteral: (literal) => new Set(list.fromLiteral(literal) as unknown[]),
  }
}

export function mapCodec(element: Codec): Codec {
  const type = literalTypes.map(element.type)
  return {
    type,
    plain: recordPlain(element.plain),
    toLiteral(value) {
      const literals: Record<string, Literal> = {}
      for (const [key, item] of Object.entries(value as object)) literals[key] = element.toLiteral(item)
      return literalOf({ case: 'map', value: { $typeName: 'flyteidl2.core.LiteralMap', literals } })
    },
    fromLiteral(literal) {
      if (literal.value.case !== 'map') throw mismatch(literal, type)
      const entries = Object.entries(literal.value.value.literals)
      return Object.fromEntries(entries.map(([key, item]) => [key, within(`.${key}`, () => element.fromLiteral(item))]))
    },
  }
}

/** A value that travels whole, as msgpack. */
export function structCodec(type: LiteralType, plain: PlainCodec): Codec {
  return {
    type,
    plain,
    toLiteral(value) {
      const bytes = encodeMsgpack(plain.toPlain(value))
      return scalarLiteral({
        case: 'binary',
        value: { $typeName: 'flyteidl2.core.Binary', value: bytes, tag: 'msgpack' },
      })
    },
    fromLiteral(literal) {
      const scalar = scalarOf(literal)
      if (scalar?.case === 'binary' && scalar.value.tag === 'msgpack')
        return plain.fromPlain(decodeMsgpack(scalar.value.value))
      // Forms of the console send structs as JSON.
      if (scalar?.case === 'generic') return plain.fromPlain(scalar.value)
      throw mismatch(literal, type)
    },
  }
}

/** One alternative of a union. */
export interface Variant {
  readonly codec: Codec
  /** Whether a value, in code, belongs to this alternative. */
  readonly accepts: (value: unknown) => boolean
}

export function unionCodec(variants: readonly Variant[]): Codec {
  const type = literalTypes.union(variants.map(({ codec }) => codec.type))
  const types = type.type.case === 'unionType' ? type.type.value.variants : []
  return {
    type,
    plain: unionPlain(variants),
    toLiteral(value) {
      const index = variants.findIndex((variant) => variant.accepts(value))
      const variant = variants[index]
      if (variant === undefined)
        throw new DataValidationError(`expected ${describeType(type)}, got ${describeValue(value)}`)
      return scalarLiteral({
        case: 'union',
        value: { $typeName: 'flyteidl2.core.Union', value: variant.codec.toLiteral(value), type: types[index] },
      })
    },
    fromLiteral(literal) {
      const scalar = scalarOf(literal)
      if (scalar?.case !== 'union') return firstThatReads(type, variants, literal)
      const { value, type: chosen } = scalar.value
      if (value === undefined) throw mismatch(literal, type)
      const tag = chosen === undefined ? '' : transformerTag(chosen)
      const tagged = variants.filter(({ codec }) => transformerTag(codec.type) === tag)
      return firstThatReads(type, tagged.length > 0 ? tagged : variants, value)
    },
  }
}

function firstThatReads(type: LiteralType, variants: readonly Variant[], literal: Literal): unknown {
  let read: { value: unknown } | undefined
  for (const { codec, accepts } of variants) {
    try {
      const value = codec.fromLiteral(literal)
      if (accepts(value)) return value
      read ??= { value }
    } catch (error) {
      if (!(error instanceof DataValidationError)) throw error
    }
  }
  // The schema, asked next, says better than we could why no variant takes it.
  if (read !== undefined) return read.value
  throw mismatch(literal, type)
}

export function listPlain(element: PlainCodec): PlainCodec {
  if (element.isIdentity) return element
  return {
    isIdentity: false,
    toPlain: (value) => (Array.isArray(value) ? value.map(element.toPlain) : value),
    fromPlain: (plain) => (Array.isArray(plain) ? plain.map(element.fromPlain) : plain),
  }
}

export function setPlain(element: PlainCodec): PlainCodec {
  return {
    isIdentity: false,
    toPlain: (value) => (value instanceof Set ? [...value].map(element.toPlain) : value),
    fromPlain: (plain) => (Array.isArray(plain) ? new Set(plain.map(element.fromPlain)) : plain),
  }
}

/** A map has keys of their own type in msgpack; whoever reads it gets them as text. */
export function mapPlain(key: PlainCodec, keyOf: (text: string) => unknown, element: PlainCodec): PlainCodec {
  return {
    isIdentity: false,
    toPlain: (value) =>
      value instanceof Map
        ? new Map([...value].map(([own, item]) => [key.toPlain(own), element.toPlain(item)]))
        : value,
    fromPlain: (plain) =>
      typeof plain === 'object' && plain !== null && !Array.isArray(plain)
        ? new Map(Object.entries(plain).map(([text, item]) => [key.fromPlain(keyOf(text)), element.fromPlain(item)]))
        : plain,
  }
}

export function recordPlain(element: PlainCodec): PlainCodec {
  if (element.isIdentity) return element
  return {
    isIdentity: false,
    toPlain: (value) => mapValues(value, element.toPlain),
    fromPlain: (plain) => mapValues(plain, element.fromPlain),
  }
}

function unionPlain(variants: readonly Variant[]): PlainCodec {
  if (variants.every(({ codec }) => codec.plain.isIdentity)) return identity
  return {
    isIdentity: false,
    toPlain(value) {
      return (variants.find((variant) => variant.accepts(value))?.codec.plain ?? identity).toPlain(value)
    },
    fromPlain(plain) {
      for (const { codec, accepts } of variants) {
        const value = codec.plain.fromPlain(plain)
        if (accepts(value)) return value
      }
      return plain
    },
  }
}

function mapValues(value: unknown, change: (item: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]))
}

function within<T>(path: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw new DataValidationError(error.message, { path: path + error.path, hint: error.hint, cause: error.cause })
  }
}

// Core knows how to say what is wrong with a literal of another type.
function mismatch(literal: Literal, type: LiteralType): DataValidationError {
  const value = readLiteral(literal, type)
  return new DataValidationError(`expected ${describeType(type)}, got ${describeValue(value)}`)
}

function scalarOf(literal: Literal): Scalar['value'] | undefined {
  return literal.value.case === 'scalar' ? literal.value.value.value : undefined
}

// Built as plain objects, which is what `create` makes of these messages too, at many times the cost.
function scalarLiteral(value: Scalar['value']): Literal {
  return literalOf({ case: 'scalar', value: { $typeName: 'flyteidl2.core.Scalar', value } })
}

function literalOf(value: Literal['value']): Literal {
  return { $typeName: 'flyteidl2.core.Literal', value, hash: '', metadata: {} }
}

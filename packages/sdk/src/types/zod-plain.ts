import { type $ZodType, type $ZodTypes, safeParse } from 'zod/v4/core'
import { identity, type PlainCodec } from './codec.ts'
import { listPlain, mapPlain, recordPlain, setPlain } from './composite-codecs.ts'
import { bigintCodec, dateCodec, enumCodec, floatCodec } from './scalar-codecs.ts'
import { transformerFor } from './transformers.ts'
import { checkUnion } from './union-ambiguity.ts'
import { enumNames, isIntegerSchema, isTransform } from './zod-facts.ts'

// Filled while a schema is looked at, so that one that contains itself ends.
const known = new WeakMap<$ZodType, PlainCodec>()

/** How values of a zod schema appear inside a struct: dates as text, enums by name, floats as floats. */
export function zodPlain(schema: $ZodType): PlainCodec {
  const seen = known.get(schema)
  if (seen !== undefined) return seen
  known.set(schema, {
    isIdentity: false,
    toPlain: (value) => (known.get(schema) ?? identity).toPlain(value),
    fromPlain: (plain) => (known.get(schema) ?? identity).fromPlain(plain),
  })
  try {
    const plain = build(schema)
    known.set(schema, plain)
    return plain
  } catch (error) {
    known.delete(schema)
    throw error
  }
}

function build(schema: $ZodType): PlainCodec {
  const transformer = transformerFor(schema)
  if (transformer !== undefined) return transformer.plain()
  const def = (schema as $ZodTypes)._zod.def
  switch (def.type) {
    case 'number':
      return isIntegerSchema(schema) ? identity : floatCodec.plain
    case 'bigint':
      return bigintCodec.plain
    case 'date':
      return dateCodec.plain
    case 'enum':
      return enumCodec(new Map(enumNames(def.entries).map((key) => [key, def.entries[key]]))).plain
    case 'array':
      return listPlain(zodPlain(def.element))
    case 'set':
      return setPlain(zodPlain(def.valueType))
    case 'map':
      return mapPlain(zodPlain(def.keyType), keyReader(def.keyType), zodPlain(def.valueType))
    case 'record':
      return recordPlain(zodPlain(def.valueType))
    case 'object':
      return objectPlain(def.shape, def.catchall)
    case 'intersection':
      return sequence(zodPlain(def.left), zodPlain(def.right))
    case 'tuple':
      return tuplePlain(def.items)
    case 'union':
      return unionPlain(def.options)
    case 'optional':
      return optionalPlain(zodPlain(def.innerType), safeParse(def.innerType, null).success ? null : undefined)
    case 'nullable':
      return nullablePlain(zodPlain(def.innerType))
    case 'lazy':
      return zodPlain(def.getter())
    case 'default':
    case 'prefault':
      return optionalPlain(zodPlain(def.innerType), null)
    case 'catch':
    case 'nonoptional':
    case 'readonly':
      return zodPlain(def.innerType)
    case 'pipe':
      return zodPlain(isTransform(def.in) ? def.out : def.in)
    default:
      return identity
  }
}

// The keys of msgpack's maps are read as text.
function keyReader(schema: $ZodType): (text: string) => unknown {
  switch ((schema as $ZodTypes)._zod.def.type) {
    case 'number':
      return Number
    case 'bigint':
      return (text) => (/^-?\d+$/.test(text) ? BigInt(text) : text)
    case 'boolean':
      return (text) => (text === 'true' ? true : text === 'false' ? false : text)
    default:
      return (text) => text
  }
}

function objectPlain(shape: Readonly<Record<string, $ZodType>>, catchall: $ZodType | undefined): PlainCodec {
  const members = Object.entries(shape).map(([key, schema]) => [key, zodPlain(schema)] as const)
  const rest = catchall === undefined ? identity : zodPlain(catchall)
  const changed = members.filter(([, plain]) => !plain.isIdentity)
  if (changed.length === 0 && rest.isIdentity) return identity
  const memberNames = new Set(members.map(([key]) => key))
  const change = (value: unknown, direction: 'toPlain' | 'fromPlain') => {
    if (typeof value !== 'object' || value === null) return value
    const result = { ...value } as Record<string, unknown>
    for (const [key, plain] of changed) if (key in result) result[key] = plain[direction](result[key])
    if (!rest.isIdentity) {
      for (const key of Object.keys(result)) if (!memberNames.has(key)) result[key] = rest[direction](result[key])
    }
    return result
  }
  return {
    isIdentity: false,
    toPlain: (value) => change(value, 'toPlain'),
    fromPlain: (plain) => change(plain, 'fromPlain'),
  }
}

function tuplePlain(items: readonly $ZodType[]): PlainCodec {
  const plains = items.map(zodPlain)
  if (plains.every((plain) => plain.isIdentity)) return identity
  const change = (value: unknown, direction: 'toPlain' | 'fromPlain') =>
    Array.isArray(value) ? value.map((item, index) => (plains[index] ?? identity)[direction](item)) : value
  return {
    isIdentity: false,
    toPlain: (value) => change(value, 'toPlain'),
    fromPlain: (plain) => change(plain, 'fromPlain'),
  }
}

function unionPlain(options: readonly $ZodType[]): PlainCodec {
  checkUnion(options, 'struct')
  const variants = options.map((schema) => ({ schema, plain: zodPlain(schema) }))
  if (variants.every(({ plain }) => plain.isIdentity)) return identity
  return {
    isIdentity: false,
    toPlain(value) {
      const variant = variants.find(({ schema }) => safeParse(schema, value).success)
      return (variant?.plain ?? identity).toPlain(value)
    },
    fromPlain(plain) {
      for (const variant of variants) {
        const value = variant.plain.fromPlain(plain)
        if (safeParse(variant.schema, value).success) return value
      }
      return plain
    },
  }
}

// Python writes an optional field that has no value as null; `none` is how the schema says it.
function optionalPlain(inner: PlainCodec, none: null | undefined): PlainCodec {
  if (inner.isIdentity && none === null) return identity
  return {
    isIdentity: false,
    toPlain: (value) => (value === undefined ? undefined : inner.toPlain(value)),
    fromPlain: (plain) => (plain === null ? none : plain === undefined ? plain : inner.fromPlain(plain)),
  }
}

function nullablePlain(inner: PlainCodec): PlainCodec {
  if (inner.isIdentity) return identity
  return {
    isIdentity: false,
    toPlain: (value) => (value === null ? null : inner.toPlain(value)),
    fromPlain: (plain) => (plain === null ? null : inner.fromPlain(plain)),
  }
}

function sequence(first: PlainCodec, second: PlainCodec): PlainCodec {
  if (first.isIdentity) return second
  if (second.isIdentity) return first
  return {
    isIdentity: false,
    toPlain: (value) => second.toPlain(first.toPlain(value)),
    fromPlain: (plain) => first.fromPlain(second.fromPlain(plain)),
  }
}

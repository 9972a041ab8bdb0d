import type { JsonObject } from '@bufbuild/protobuf'
import { InvalidArgumentError, literalTypes } from '@tern/core'
import { SimpleType } from '@tern/idl/core'
import { type $ZodType, type $ZodTypes, safeParse } from 'zod/v4/core'
import { type Codec, identity } from './codec.ts'
import { listCodec, mapCodec, setCodec, structCodec, unionCodec, type Variant } from './composite-codecs.ts'
import { pascalCase, zodJsonSchema } from './json-schema.ts'
import {
  bigintCodec,
  booleanCodec,
  dateCodec,
  enumCodec,
  floatCodec,
  integerCodec,
  noneCodec,
  stringCodec,
} from './scalar-codecs.ts'
import { transformerFor } from './transformers.ts'
import { checkUnion } from './union-ambiguity.ts'
import { enumNames, isIntegerSchema, isTransform } from './zod-facts.ts'
import { zodPlain } from './zod-plain.ts'

/**
 * The codec of a zod schema, from what the schema says about itself. What it checks beyond its type (`min`, `refine`) and
 * how it transforms is zod's part; the wire carries what a writer hands in.
 *
 * @param name of the input or output, which names a struct that has no title of its own
 * @throws InvalidArgumentError for a schema that has no wire form, naming it
 */
export function zodCodec(schema: $ZodType, name: string): Codec {
  const transformer = transformerFor(schema)
  if (transformer !== undefined) return transformer.codec(name)
  const def = (schema as $ZodTypes)._zod.def
  switch (def.type) {
    case 'string':
    case 'template_literal':
      return stringCodec
    case 'number':
      return isIntegerSchema(schema) ? integerCodec : floatCodec
    case 'bigint':
      return bigintCodec
    case 'boolean':
      return booleanCodec
    case 'date':
      return dateCodec
    case 'null':
      return noneCodec(null)
    case 'undefined':
    case 'void':
      return noneCodec(undefined)
    case 'enum':
      return enumCodec(new Map(enumNames(def.entries).map((key) => [key, def.entries[key]])))
    case 'literal':
      return literalCodec(def.values)
    case 'array':
      return listCodec(zodCodec(def.element, name))
    case 'set':
      return setCodec(zodCodec(def.valueType, name))
    case 'record':
      return mapCodec(zodCodec(def.valueType, name))
    case 'map':
      return structCodec(literalTypes.dict(), zodPlain(schema))
    case 'object':
    case 'intersection':
      return objectCodec(schema, name)
    case 'tuple':
      return tupleCodec(schema, def.items, def.rest)
    case 'union':
      return unionOf(def.options, name)
    case 'optional':
    case 'nullable':
      checkUnion([schema], 'literal')
      return unionFrom(variantsOf(schema, name))
    case 'any':
    case 'unknown':
      return anyCodec
    case 'lazy':
      return lazyCodec(schema, def.getter, name)
    case 'default':
    case 'prefault':
    case 'catch':
    case 'nonoptional':
    case 'readonly':
      return zodCodec(def.innerType, name)
    case 'pipe':
      return zodCodec(isTransform(def.in) ? def.out : def.in, name)
    default:
      throw noWireForm(def.type)
  }
}

/** Any JSON-like value; a struct of unknown shape. */
const anyCodec: Codec = structCodec(literalTypes.dict(), identity)

function literalCodec(values: readonly unknown[]): Codec {
  const kinds = new Set(values.map((value) => (value === null ? 'null' : typeof value)))
  const [kind] = kinds
  if (kinds.size === 1) {
    if (kind === 'string') return enumCodec(new Map(values.map((value) => [value as string, value])))
    if (kind === 'boolean') return booleanCodec
    if (kind === 'bigint') return bigintCodec
    if (kind === 'null') return noneCodec(null)
    if (kind === 'undefined') return noneCodec(undefined)
    if (kind === 'number') return values.every(Number.isInteger) ? integerCodec : floatCodec
  }
  throw noWireForm(`literal of ${[...kinds].join(' and ')}`, 'Use z.union() of literals of one kind each.')
}

function objectCodec(schema: $ZodType, name: string): Codec {
  return structCodec(literalTypes.struct(zodJsonSchema(schema, pascalCase(name))), zodPlain(schema))
}

// As one value a tuple is an object with `item_0`, `item_1` …, which is how Python's pydantic wrapper writes it.
function tupleCodec(schema: $ZodType, items: readonly $ZodType[], rest: $ZodType | null): Codec {
  if (rest !== null) throw noWireForm('tuple with a rest', 'Use z.array() for values of any length.')
  const plain = zodPlain(schema)
  const type = literalTypes.tuple(items.map((item, index) => itemSchema(item, index)))
  return structCodec(type, {
    isIdentity: false,
    toPlain: (value) => Object.fromEntries((plain.toPlain(value) as unknown[]).map((item, i) => [`item_${i}`, item])),
    fromPlain: (wrapped) =>
      plain.fromPlain(Array.isArray(wrapped) ? wrapped : items.map((_, i) => (wrapped as never)?.[`item_${i}`])),
  })
}

function itemSchema(item: $ZodType, index: number): JsonObject {
  const { title, ...schema } = zodJsonSchema(item, `Item${index}`)
  return schema['type'] === 'object' ? { ...schema, title: title ?? `Item${index}` } : schema
}

function unionOf(options: readonly $ZodType[], name: string): Codec {
  const literals = options.map(stringLiterals)
  if (literals.every((values) => values !== undefined)) return literalCodec(literals.flat())
  checkUnion(options, 'literal')
  return unionFrom(options.flatMap((option) => variantsOf(option, name)))
}

function stringLiterals(schema: $ZodType): readonly string[] | undefined {
  const def = (schema as $ZodTypes)._zod.def
  if (def.type !== 'literal' || !def.values.every((value) => typeof value === 'string')) return undefined
  return def.values as string[]
}

// A union inside a union is one union on the wire.
function variantsOf(schema: $ZodType, name: string): Variant[] {
  const def = (schema as $ZodTypes)._zod.def
  if (def.type === 'union') return def.options.flatMap((option) => variantsOf(option, name))
  if (def.type === 'nullable') return [...variantsOf(def.innerType, name), noneVariant(null)]
  if (def.type === 'optional') return [...variantsOf(def.innerType, name), noneVariant(undefined)]
  return [{ codec: zodCodec(schema, name), accepts: (value) => safeParse(schema, value).success }]
}

function noneVariant(none: null | undefined): Variant {
  return { codec: noneCodec(none), accepts: (value) => value === none }
}

function unionFrom(variants: readonly Variant[]): Codec {
  if (variants.some(({ codec }) => codec === anyCodec)) return anyCodec
  const nones = variants.filter(isNoneVariant)
  if (nones.length < 2) return unionCodec(variants)
  // With `nullish()` there are two ways to say nothing; the wire has one, which reads as null.
  const none: Variant = { codec: noneCodec(null), accepts: (value) => value === null || value === undefined }
  return unionCodec([...variants.filter((variant) => !isNoneVariant(variant)), none])
}

function isNoneVariant({ codec }: Variant): boolean {
  return codec.type.type.case === 'simple' && codec.type.type.value === SimpleType.NONE
}

// A schema that contains itself has no literal type of its own; inside a struct it does not need one.
const unfolding = new Set<$ZodType>()

function lazyCodec(schema: $ZodType, getter: () => $ZodType, name: string): Codec {
  if (unfolding.has(schema)) throw new SelfReference()
  unfolding.add(schema)
  try {
    return zodCodec(getter(), name)
  } catch (error) {
    if (!(error instanceof SelfReference)) throw error
    return structCodec(literalTypes.dict(), zodPlain(schema))
  } finally {
    unfolding.delete(schema)
  }
}

class SelfReference extends Error {}

function noWireForm(kind: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(`a zod schema of kind "${kind}" has no wire form`, {
    hint: hint ?? 'Use a type that other languages know, or say how it travels with registerTransformer().',
  })
}

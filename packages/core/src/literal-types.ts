import { Buffer } from '#platform'
import type { JsonObject } from '@bufbuild/protobuf'
import { create } from '@bufbuild/protobuf'
import type { LiteralType, TypedInterface, Variable } from '@tern/idl/core'
import {
  BlobType_BlobDimensionality,
  LiteralTypeSchema,
  SimpleType,
  TypedInterfaceSchema,
  TypeStructureSchema,
  VariableSchema,
} from '@tern/idl/core'
import { compareText } from './compare-text.ts'
import { toBinaryDeterministic } from './deterministic.ts'

/** Says on a struct's type that its values are msgpack. */
const msgpackAnnotation = { annotations: { 'cache-key-metadata': { 'serialization-format': 'msgpack' } } }

/** The names of Python's type transformers, which mark the variants of unions and the kinds of structs on the wire. */
export const transformerTags = {
  integer: 'int',
  float: 'float',
  string: 'str',
  boolean: 'bool',
  datetime: 'datetime',
  date: 'date',
  duration: 'timedelta',
  none: 'none',
  bytes: 'bytes',
  list: 'Typed List',
  map: 'Typed Dict',
  dict: 'Typed Dict',
  union: 'Typed Union',
  enum: 'DefaultEnumTransformer',
  struct: 'Pydantic Transformer',
  dataclass: 'Object-Dataclass-Transformer',
  tuple: 'Typed Tuple',
  file: 'File',
  directory: 'Dir',
  table: 'DataFrame Transformer',
  pickle: 'FlytePickle',
} as const

/** Builders of literal types, the types of inputs and outputs on the wire. */
export const literalTypes = {
  /** A whole number of 64 bits: a `number` in the safe range, or a `bigint`. */
  integer: (): LiteralType => simple(SimpleType.INTEGER),
  float: (): LiteralType => simple(SimpleType.FLOAT),
  string: (): LiteralType => simple(SimpleType.STRING),
  boolean: (): LiteralType => simple(SimpleType.BOOLEAN),
  /** A point in time: a `Date`. */
  datetime: (): LiteralType => simple(SimpleType.DATETIME),
  /** A day: text such as `2026-01-31`. */
  date: (): LiteralType =>
    create(LiteralTypeSchema, {
      type: { case: 'simple', value: SimpleType.DATETIME },
      structure: { tag: transformerTags.date },
    }),
  /** A length of time: a `Duration`. */
  duration: (): LiteralType => simple(SimpleType.DURATION),
  /** Nothing: `null` or `undefined`. */
  none: (): LiteralType => simple(SimpleType.NONE),
  /** Bytes: a `Uint8Array`. */
  binary: (): LiteralType => simple(SimpleType.BINARY),
  list: (of: LiteralType): LiteralType => create(LiteralTypeSchema, { type: { case: 'collectionType', value: of } }),
  /** A record with text keys. */
  map: (of: LiteralType): LiteralType => create(LiteralTypeSchema, { type: { case: 'mapValueType', value: of } }),
  /** An object with a JSON Schema, which needs a `title` for clients that rebuild the class from it. */
  struct: (schema: JsonObject, tag: string = transformerTags.struct): LiteralType =>
    create(LiteralTypeSchema, {
      type: { case: 'simple', value: SimpleType.STRUCT },
      metadata: schema,
      annotation: msgpackAnnotation,
      structure: { tag },
    }),
  /** An object of which nothing is known. */
  dict: (): LiteralType =>
    create(LiteralTypeSchema, { type: { case: 'simple', value: SimpleType.STRUCT }, annotation: msgpackAnnotation }),
  /** An array of fixed length, one JSON Schema per item. */
  tuple: (items: readonly JsonObject[]): LiteralType => tuple(items),
  enumOf: (values: readonly string[]): LiteralType =>
    create(LiteralTypeSchema, { type: { case: 'enumType', value: { values: [...values] } } }),
  /** One of several types. Unions inside are made part of it; each variant is marked with its tag. */
  union: (variants: readonly LiteralType[]): LiteralType =>
    create(LiteralTypeSchema, { type: { case: 'unionType', value: { variants: flatten(variants).map(tagged) } } }),
  /** The type or nothing. */
  optional: (type: LiteralType): LiteralType => literalTypes.union([type, literalTypes.none()]),
  /** A file in storage. */
  file: (format = ''): LiteralType => blob(BlobType_BlobDimensionality.SINGLE, format),
  /** A directory in storage. */
  directory: (format = ''): LiteralType => blob(BlobType_BlobDimensionality.MULTIPART, format),
  /** A table in storage. */
  structuredDataset: (
    options: { format?: string; columns?: readonly { name: string; type: LiteralType }[] } = {},
  ): LiteralType =>
    create(LiteralTypeSchema, {
      type: {
        case: 'structuredDatasetType',
        value: {
          format: options.format ?? '',
          columns: (options.columns ?? []).map(({ name, type }) => ({ name, literalType: type })),
        },
      },
    }),
} as const

/** A variable of an interface: its type, or its type and what it is for. */
export type VariableInput = LiteralType | { readonly type: LiteralType; readonly description?: string | undefined }

/** A typed interface with its variables in the order of their names, as the wire wants it. */
export function typedInterface(variables: {
  readonly inputs?: Readonly<Record<string, VariableInput>>
  readonly outputs?: Readonly<Record<string, VariableInput>>
}): TypedInterface {
  return create(TypedInterfaceSchema, {
    inputs: { variables: toVariableEntries(variables.inputs ?? {}) },
    outputs: { variables: toVariableEntries(variables.outputs ?? {}) },
  })
}

/** What marks a type as a variant of a union: the tag it has, or the name of the transformer that its shape implies. */
export function transformerTag(type: LiteralType): string {
  const tag = type.structure?.tag
  if (tag !== undefined && tag !== '') return tag
  switch (type.type.case) {
    case 'simple':
      return simpleTags[type.type.value] ?? ''
    case 'collectionType':
      return transformerTags.list
    case 'mapValueType':
      return transformerTags.map
    case 'enumType':
      return transformerTags.enum
    case 'unionType':
      return transformerTags.union
    case 'structuredDatasetType':
      return transformerTags.table
    case 'blob':
      if (type.type.value.format === 'PythonPickle') return transformerTags.pickle
      return type.type.value.dimensionality === BlobType_BlobDimensionality.MULTIPART
        ? transformerTags.directory
        : transformerTags.file
    default:
      return ''
  }
}

/** Whether two types are the same in everything, tags and schemas included. */
export function typesEqual(a: LiteralType, b: LiteralType): boolean {
  if (a === b) return true
  if (a.type.case !== b.type.case) return false
  return Buffer.compare(toBinaryDeterministic(LiteralTypeSchema, a), toBinaryDeterministic(LiteralTypeSchema, b)) === 0
}

/** Whether a value of the type may be left out: it is nothing, or a union with it. */
export function acceptsNone(type: LiteralType): boolean {
  if (type.type.case === 'unionType') return type.type.value.variants.some(acceptsNone)
  return type.type.case === 'simple' && type.type.value === SimpleType.NONE
}

/** Whether the type is a day rather than a point in time. */
export function isDateType(type: LiteralType | undefined): boolean {
  return type?.structure?.tag === transformerTags.date
}

/** Whether the type is an array of fixed length, which travels as an object with `item_0`, `item_1` … */
export function isTupleType(type: LiteralType | undefined): boolean {
  const title = type?.metadata?.title
  return typeof title === 'string' && title.startsWith('TupleWrapper_')
}

const simpleTags: Readonly<Record<number, string>> = {
  [SimpleType.NONE]: transformerTags.none,
  [SimpleType.INTEGER]: transformerTags.integer,
  [SimpleType.FLOAT]: transformerTags.float,
  [SimpleType.STRING]: transformerTags.string,
  [SimpleType.BOOLEAN]: transformerTags.boolean,
  [SimpleType.DATETIME]: transformerTags.datetime,
  [SimpleType.DURATION]: transformerTags.duration,
  [SimpleType.BINARY]: transformerTags.bytes,
  [SimpleType.STRUCT]: transformerTags.dict,
}

function simple(value: SimpleType): LiteralType {
  return create(LiteralTypeSchema, { type: { case: 'simple', value } })
}

function blob(dimensionality: BlobType_BlobDimensionality, format: string): LiteralType {
  return create(LiteralTypeSchema, { type: { case: 'blob', value: { dimensionality, format } } })
}

function tuple(items: readonly JsonObject[]): LiteralType {
  const names = items.map((_, i) => `item_${i}`)
  const schema: JsonObject = {
    title: 'TupleWrapper_tuple',
    type: 'object',
    properties: Object.fromEntries(items.map((item, i) => [`item_${i}`, item])),
    required: names,
  }
  return literalTypes.struct(schema, transformerTags.tuple)
}

function flatten(variants: readonly LiteralType[]): LiteralType[] {
  return variants.flatMap((variant) =>
    variant.type.case === 'unionType' ? flatten(variant.type.value.variants) : [variant],
  )
}

function tagged(type: LiteralType): LiteralType {
  const tag = transformerTag(type)
  if (type.structure?.tag === tag) return type
  const structure = create(TypeStructureSchema, { dataclassType: type.structure?.dataclassType ?? {}, tag })
  return { ...type, structure }
}

function toVariableEntries(variables: Readonly<Record<string, VariableInput>>): { key: string; value: Variable }[] {
  return Object.entries(variables)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, variable]) => ({ key, value: toVariable(variable) }))
}

function toVariable(variable: VariableInput): Variable {
  if ('$typeName' in variable) return create(VariableSchema, { type: variable })
  return create(VariableSchema, { type: variable.type, description: variable.description ?? '' })
}

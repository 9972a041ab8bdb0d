import { toJson } from '@bufbuild/protobuf'
import { LiteralTypeSchema, TypedInterfaceSchema } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { describeType } from './describe-type.ts'
import { acceptsNone, literalTypes, transformerTag, typedInterface, typesEqual } from './literal-types.ts'

const t = literalTypes
const point = { title: 'Point', type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] }
const json = (type: ReturnType<typeof t.integer>) => toJson(LiteralTypeSchema, type)

describe('types on the wire', () => {
  test('are what Python SDKs expect', () => {
    expect(json(t.integer())).toEqual({ simple: 'INTEGER' })
    expect(json(t.optional(t.integer()))).toEqual({
      unionType: {
        variants: [
          { simple: 'INTEGER', structure: { tag: 'int' } },
          // NONE is the enum's zero, but a member of a oneof, so it is still written.
          { simple: 'NONE', structure: { tag: 'none' } },
        ],
      },
    })
    expect(json(t.enumOf(['RED', 'BLUE']))).toEqual({ enumType: { values: ['RED', 'BLUE'] } })
    expect(json(t.directory('parquet'))).toEqual({ blob: { format: 'parquet', dimensionality: 'MULTIPART' } })
  })

  test('of structs carry schema, tag and annotation', () => {
    expect(json(t.struct(point))).toEqual({
      simple: 'STRUCT',
      metadata: point,
      annotation: { annotations: { 'cache-key-metadata': { 'serialization-format': 'msgpack' } } },
      structure: { tag: 'Pydantic Transformer' },
    })
    expect(json(t.dict())).not.toHaveProperty('metadata')
  })

  test('of tuples are wrapped', () => {
    expect(json(t.tuple([{ type: 'integer' }, { type: 'string' }]))).toMatchObject({
      metadata: {
        title: 'TupleWrapper_tuple',
        properties: { item_0: { type: 'integer' }, item_1: { type: 'string' } },
        required: ['item_0', 'item_1'],
      },
      structure: { tag: 'Typed Tuple' },
    })
  })

  test('X-18: of unions are flat', () => {
    const type = t.union([t.optional(t.integer()), t.string()])
    expect(describeType(type)).toBe('integer | none | string')
  })

  test('of tables name their columns', () => {
    const type = t.structuredDataset({ format: 'parquet', columns: [{ name: 'a', type: t.integer() }] })
    expect(json(type)).toEqual({
      structuredDatasetType: { format: 'parquet', columns: [{ name: 'a', literalType: { simple: 'INTEGER' } }] },
    })
  })
})

describe('a type in words', () => {
  test.each([
    [t.integer(), 'integer'],
    [t.list(t.integer()), 'list<integer>'],
    [t.optional(t.integer()), 'integer | none'],
    [t.map(t.list(t.float())), 'map<string, list<float>>'],
    [t.enumOf(['RED', 'BLUE']), '"RED" | "BLUE"'],
    [t.struct(point), 'Point'],
    [t.struct({ type: 'object' }), 'object'],
    [t.dict(), 'struct'],
    [t.tuple([{}, {}]), 'tuple of 2'],
    [t.file(), 'file'],
    [t.file('csv'), 'file<csv>'],
    [t.directory(), 'directory'],
    [t.structuredDataset({ format: 'parquet' }), 'table<parquet>'],
    [t.binary(), 'bytes'],
    [t.datetime(), 'datetime'],
    [t.date(), 'date'],
    [t.duration(), 'duration'],
    [undefined, 'unknown'],
  ])('%#: %s', (type, words) => {
    expect(describeType(type)).toBe(words)
  })
})

test('X-2: every kind of type has the tag of its Python transformer', () => {
  const kinds = [
    t.integer(),
    t.none(),
    t.list(t.integer()),
    t.map(t.integer()),
    t.dict(),
    t.struct(point),
    t.enumOf(['a']),
  ]
  expect(kinds.map(transformerTag)).toEqual([
    'int',
    'none',
    'Typed List',
    'Typed Dict',
    'Typed Dict',
    'Pydantic Transformer',
    'DefaultEnumTransformer',
  ])
  const others = [
    t.optional(t.integer()),
    t.file(),
    t.directory(),
    t.file('PythonPickle'),
    t.structuredDataset(),
    t.date(),
  ]
  expect(others.map(transformerTag)).toEqual([
    'Typed Union',
    'File',
    'Dir',
    'FlytePickle',
    'DataFrame Transformer',
    'date',
  ])
})

test('X-24: types are equal when all of them is, whatever the order of a schema’s keys', () => {
  const reordered = { required: ['x'], properties: { x: { type: 'integer' } }, type: 'object', title: 'Point' }
  expect(typesEqual(t.struct(point), t.struct(reordered))).toBe(true)
  expect(typesEqual(t.struct(point), t.struct({ ...point, title: 'Other' }))).toBe(false)
  expect(typesEqual(t.list(t.integer()), t.list(t.float()))).toBe(false)
  expect(typesEqual(t.datetime(), t.date())).toBe(false)
})

test('what may be left out is none, or a union with it', () => {
  expect([t.none(), t.optional(t.string()), t.string()].map(acceptsNone)).toEqual([true, true, false])
})

test('an interface lists its variables by name', () => {
  const built = typedInterface({
    inputs: { b: t.integer(), a: { type: t.string(), description: 'who' } },
    outputs: { o0: t.float() },
  })
  expect(toJson(TypedInterfaceSchema, built)).toEqual({
    inputs: {
      variables: [
        { key: 'a', value: { type: { simple: 'STRING' }, description: 'who' } },
        { key: 'b', value: { type: { simple: 'INTEGER' } } },
      ],
    },
    outputs: { variables: [{ key: 'o0', value: { type: { simple: 'FLOAT' } } }] },
  })
})

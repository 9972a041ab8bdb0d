import {
  create,
  fromBinary,
  fromJson,
  fromJsonString,
  type JsonObject,
  toBinary,
  toJsonString,
} from '@bufbuild/protobuf'
import { encodeMsgpack, Float, literalTypes, toLiteral, typedInterface } from '@tern/core'
import { type Literal, LiteralSchema, type LiteralType, LiteralTypeSchema } from '@tern/idl/core'
import { LaunchFormJsonToLiteralsRequestSchema } from '@tern/idl/workflow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromLaunchForm, fromValues, toLaunchForm } from './launch-form.ts'

const t = literalTypes

interface Sample {
  readonly type: LiteralType
  readonly value: unknown
}

interface Typed {
  readonly type: LiteralType
  readonly value: fc.Arbitrary<unknown>
}

/** A schema as Python's models have it: nested, with references, choices, maps, and things that may be missing. */
const orderType = t.struct({
  title: 'Order',
  description: 'What somebody wants.',
  type: 'object',
  additionalProperties: false,
  $defs: {
    Line: {
      title: 'Line',
      type: 'object',
      properties: { sku: { type: 'string' }, count: { type: 'integer' }, price: { type: 'number' } },
      required: ['sku', 'count', 'price'],
    },
    Size: { enum: ['small', 'large'], type: 'string' },
  },
  properties: {
    lines: { type: 'array', items: { $ref: '#/$defs/Line' } },
    weights: { type: 'object', additionalProperties: { type: 'number' } },
    size: { $ref: '#/$defs/Size' },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    amount: { anyOf: [{ type: 'number' }, { type: 'integer' }] },
  },
  required: ['lines', 'size'],
})

const int64 = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))

const order = fc.record({
  lines: fc.array(fc.record({ sku: fc.string(), count: int64, price: fc.double() }, { noNullPrototype: true }), {
    maxLength: 3,
  }),
  weights: fc.dictionary(fc.string(), fc.double(), { noNullPrototype: true }),
  size: fc.constantFrom('small', 'large'),
  note: fc.option(fc.string()),
  amount: fc.oneof(fc.maxSafeInteger(), fc.double({ noInteger: true })),
})

const date = fc.date({ min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_999), noInvalidDate: true })
const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2, noUnicodeString: false }), {
  noNullPrototype: true,
})

const leaf: fc.Arbitrary<Typed> = fc.constantFrom<Typed>(
  { type: t.integer(), value: int64 },
  { type: t.float(), value: fc.double() },
  { type: t.string(), value: fc.string({ unit: 'grapheme' }) },
  { type: t.boolean(), value: fc.boolean() },
  { type: t.datetime(), value: date },
  { type: t.date(), value: date.map((at) => at.toISOString().slice(0, 10)) },
  { type: t.duration(), value: fc.maxSafeInteger().map((us) => ({ milliseconds: Math.trunc(us / 4) / 1000 })) },
  { type: t.none(), value: fc.constant(null) },
  { type: t.binary(), value: fc.uint8Array() },
  { type: t.enumOf(['a', 'b']), value: fc.constantFrom('a', 'b') },
  { type: t.file('csv'), value: fc.webUrl().map((uri) => ({ kind: 'file', uri, format: 'csv' })) },
  { type: t.directory(), value: fc.webUrl().map((uri) => ({ kind: 'directory', uri, format: '' })) },
  {
    type: t.structuredDataset({
      format: 'parquet',
      columns: [
        { name: 'id', type: t.integer() },
        { name: 'order', type: orderType },
      ],
    }),
    value: fc.webUrl().map((uri) => ({ kind: 'table', uri, format: 'parquet' })),
  },
  { type: orderType, value: order },
  { type: t.dict(), value: json },
  { type: t.tuple([{ type: 'integer' }, { type: 'number' }]), value: fc.tuple(fc.maxSafeInteger(), fc.float()) },
)

/** Types whose values can be told apart, so that each is read as the variant that it was. */
const variants = [
  t.integer(),
  t.boolean(),
  t.enumOf(['x', 'y']),
  t.list(t.integer()),
  t.file('bin'),
  t.structuredDataset(),
  orderType,
]
const values: ReadonlyArray<fc.Arbitrary<unknown>> = [
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constantFrom('x', 'y'),
  fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 3 }),
  fc.webUrl().map((uri) => ({ kind: 'file', uri, format: 'bin' })),
  fc.webUrl().map((uri) => ({ kind: 'table', uri, format: 'csv' })),
  order,
]
const union: fc.Arbitrary<Typed> = fc
  .tuple(fc.uniqueArray(fc.nat({ max: variants.length - 1 }), { minLength: 2 }), fc.nat())
  .map(([places, pick]) => ({
    type: t.union(places.map((place) => variants[place]!)),
    value: values[places[pick % places.length]!]!,
  }))

const typed: fc.Arbitrary<Typed> = fc.letrec<{ any: Typed }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    leaf,
    union,
    tie('any').map(({ type, value }) => ({ type: t.list(type), value: fc.array(value, { maxLength: 4 }) })),
    tie('any').map(({ type, value }) => ({
      type: t.map(type),
      value: fc.dictionary(fc.string({ unit: 'binary' }), value, { maxKeys: 4, noNullPrototype: true }),
    })),
    leaf.map(({ type, value }) => ({ type: t.optional(type), value: fc.option(value) })),
  ),
})).any

const sample: fc.Arbitrary<Sample> = typed.chain(({ type, value }) => value.map((one) => ({ type, value: one })))

function variablesOf(type: LiteralType) {
  return typedInterface({ inputs: { x: type } }).inputs!
}

function formOf(type: LiteralType, literal: Literal): JsonObject {
  return toLaunchForm([{ name: 'x', variable: variablesOf(type).variables[0]!.value!, literal }])
}

function read(form: JsonObject): Uint8Array | undefined {
  const value = fromLaunchForm(form)[0]?.value
  return value && toBinary(LiteralSchema, value)
}

function overTheWire(form: JsonObject): { readonly binary: JsonObject; readonly json: JsonObject } {
  const schema = LaunchFormJsonToLiteralsRequestSchema
  const message = create(schema, { json: form })
  return {
    binary: fromBinary(schema, toBinary(schema, message)).json!,
    json: fromJsonString(schema, toJsonString(schema, message)).json!,
  }
}

/** The protobuf library sets the keys of JSON by assignment, which loses this one; that of msgpack refuses it. */
function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoKey)
}

describe('any literal of any type', () => {
  test('comes back from the form that shows it', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        const literal = toLiteral(value, type)
        expect(read(formOf(type, literal))).toEqual(toBinary(LiteralSchema, literal))
      }),
      { numRuns: 200 },
    )
  })

  test('comes back from a form that has been sent', () => {
    const sendable = sample.filter(({ value }) => !hasProtoKey(value))
    fc.assert(
      fc.property(sendable, ({ type, value }) => {
        const literal = toLiteral(value, type)
        const { binary, json } = overTheWire(formOf(type, literal))
        expect(read(binary)).toEqual(toBinary(LiteralSchema, literal))
        expect(read(json)).toEqual(toBinary(LiteralSchema, literal))
      }),
      { numRuns: 100 },
    )
  })

  test('has a type that the form of it stands for', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        const form = formOf(type, toLiteral(value, type))
        const again = toLaunchForm([
          { name: 'x', variable: variablesOf(type).variables[0]!.value!, literal: fromLaunchForm(form)[0]!.value },
        ])
        expect(again).toEqual(form)
      }),
    )
  })

  test('says all of itself in its value, if it is of a kind that can', () => {
    // Of these, no two are written alike, and JSON has all that they hold.
    const exact = fc.oneof(
      leaf.chain(({ type, value }) => value.map((one) => ({ type, value: one }))),
      union.chain(({ type, value }) => value.map((one) => ({ type, value: one }))),
    )
    fc.assert(
      fc.property(
        exact.filter(({ value }) => !hasProtoKey(value)),
        ({ type, value }) => {
          const literal = toLiteral(value, type)
          const { default: shown, properties } = (formOf(type, literal)['properties'] as JsonObject)['x'] as JsonObject
          if (type.type.case === 'blob') {
            const blob = properties as Record<string, JsonObject>
            const parts = Object.fromEntries(Object.entries(blob).map(([key, part]) => [key, part['default']!]))
            expect(fromValues({ x: parts }, variablesOf(type))[0]!.value).toEqual(literal)
            return
          }
          const [named] = fromValues({ x: shown! }, variablesOf(type))
          expect(toBinary(LiteralSchema, named!.value!)).toEqual(toBinary(LiteralSchema, literal))
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('what the value in the form does not tell', () => {
  function roundTrip(type: LiteralType, literal: Literal): Literal {
    return fromLaunchForm(formOf(type, literal))[0]!.value!
  }

  test.each<[string, LiteralType, Parameters<typeof fromJson>[1]]>([
    ['the hash of a file', t.file(), { hash: 'h', scalar: { blob: { uri: '/x', metadata: { type: {} } } } }],
    ['a file that has no place', t.file(), { scalar: { blob: { metadata: { type: {} } } } }],
    [
      'a time beyond all calendars',
      t.datetime(),
      { scalar: { primitive: { datetime: '9999-12-31T23:59:59.999999999Z' } } },
    ],
    ['what is known of a value', t.integer(), { scalar: { primitive: { integer: '1' } }, metadata: { k: 'v' } }],
    ['bytes of another kind', t.binary(), { scalar: { binary: { value: 'gQ==', tag: 'pickle' } } }],
    ['a value of another type', t.integer(), { scalar: { primitive: { stringValue: 'one' } } }],
    [
      'the artifact that a value is',
      t.integer(),
      { scalar: { primitive: { integer: '1' } }, artifactId: { version: '1' } },
    ],
  ])('%s comes back too', (_name, type, json) => {
    const literal = fromJson(LiteralSchema, json)
    expect(roundTrip(type, literal)).toEqual(literal)
  })

  test('floats that are whole, bytes and numbers as keys come back in structs without a schema', () => {
    const value = new Map<unknown, unknown>([
      ['f', new Float(1)],
      ['b', new Uint8Array([1, 2])],
      [1, 2n ** 63n],
    ])
    const literal = toLiteral({ a: 1 }, t.dict())
    const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
    if (scalar?.case !== 'binary') throw new Error('not msgpack')
    scalar.value.value = encodeMsgpack(value)
    expect(roundTrip(t.dict(), literal)).toEqual(literal)
  })

  test('which of two like variants a value is comes back', () => {
    const type = t.union([t.float(), t.integer(), t.string(), t.datetime()])
    const variant = (index: number) => (type.type.case === 'unionType' ? type.type.value.variants[index]! : type)
    const asFloat = toLiteral(1.5, type)
    if (asFloat.value.case !== 'scalar' || asFloat.value.value.value.case !== 'union') throw new Error('no union')
    asFloat.value.value.value.value.value = toLiteral(2, t.float())
    expect(roundTrip(type, asFloat)).toEqual(asFloat)
    const asTime = toLiteral(new Date(0), type)
    expect(roundTrip(type, asTime)).toEqual(asTime)
    expect(asTime).toMatchObject({ value: { value: { value: { value: { type: variant(3) } } } } })
  })

  test('a value that somebody changes counts for itself', () => {
    const type = t.union([t.string(), t.datetime()])
    const form = formOf(type, toLiteral(new Date(0), type))
    const field = (form['properties'] as JsonObject)['x'] as JsonObject
    const changed = (value: string) =>
      fromLaunchForm({ ...form, properties: { x: { ...field, default: value } } })[0]!.value
    expect(changed('2026-01-31T12:00:00Z')).toEqual(toLiteral(new Date('2026-01-31T12:00:00Z'), type))
    expect(changed('tomorrow')).toEqual(toLiteral('tomorrow', type))
  })

  test('types come back from unions exactly', () => {
    const type = t.union([orderType, t.dict(), t.structuredDataset({ columns: [{ name: 'c', type: t.none() }] })])
    const literal = toLiteral({ lines: [], size: 'small' }, type)
    const back = roundTrip(type, literal)
    expect(toBinary(LiteralSchema, back)).toEqual(toBinary(LiteralSchema, literal))
    expect(create(LiteralTypeSchema, orderType).metadata).toHaveProperty('additionalProperties', false)
  })
})

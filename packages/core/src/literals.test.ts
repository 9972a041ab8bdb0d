import type { JsonValue } from '@bufbuild/protobuf'
import { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf'
import type { LiteralType } from '@tern/idl/core'
import { LiteralSchema } from '@tern/idl/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkLiteral } from './check-literal.ts'
import { fromLiteral } from './from-literal.ts'
import { literalToJson } from './literal-json.ts'
import { literalTypes } from './literal-types.ts'
import { jsonToLiteral, toLiteral } from './to-literal.ts'

const t = literalTypes

const point = t.struct({
  title: 'Point',
  type: 'object',
  properties: {
    x: { type: 'integer' },
    y: { type: 'number' },
    label: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['x', 'y'],
  additionalProperties: false,
})

function held(type: LiteralType, value: unknown): JsonValue {
  return toJson(LiteralSchema, toLiteral(value, type))
}

describe('X-8, X-14: values as literals', () => {
  test.each<[string, LiteralType, unknown, JsonValue]>([
    ['an integer', t.integer(), 3, { scalar: { primitive: { integer: '3' } } }],
    ['a bigint', t.integer(), 2n ** 63n - 1n, { scalar: { primitive: { integer: '9223372036854775807' } } }],
    ['a float', t.float(), 1.5, { scalar: { primitive: { floatValue: 1.5 } } }],
    ['an integer as a float', t.float(), 3, { scalar: { primitive: { floatValue: 3 } } }],
    ['a text', t.string(), '', { scalar: { primitive: { stringValue: '' } } }],
    ['a boolean', t.boolean(), true, { scalar: { primitive: { boolean: true } } }],
    ['a datetime', t.datetime(), new Date(1500), { scalar: { primitive: { datetime: '1970-01-01T00:00:01.500Z' } } }],
    ['a day', t.date(), '2026-01-31', { scalar: { primitive: { datetime: '2026-01-31T00:00:00Z' } } }],
    ['a duration', t.duration(), { minutes: 5 }, { scalar: { primitive: { duration: '300s' } } }],
    ['a duration as text', t.duration(), '1.5s', { scalar: { primitive: { duration: '1.500s' } } }],
    ['null', t.none(), null, { scalar: { noneType: {} } }],
    ['undefined', t.none(), undefined, { scalar: { noneType: {} } }],
    [
      'a list',
      t.list(t.string()),
      ['a'],
      { collection: { literals: [{ scalar: { primitive: { stringValue: 'a' } } }] } },
    ],
    [
      'a record',
      t.map(t.integer()),
      { k: 1 },
      { map: { literals: { k: { scalar: { primitive: { integer: '1' } } } } } },
    ],
    ['an enum’s value', t.enumOf(['RED']), 'RED', { scalar: { primitive: { stringValue: 'RED' } } }],
    ['bytes', t.binary(), new Uint8Array([1]), { scalar: { binary: { value: 'AQ==' } } }],
    [
      'a file',
      t.file('csv'),
      { uri: '/d/x.csv', hash: 'h' },
      { hash: 'h', scalar: { blob: { uri: '/d/x.csv', metadata: { type: { format: 'csv' } } } } },
    ],
    [
      'a table',
      t.structuredDataset(),
      { uri: '/d/t', format: 'parquet' },
      { scalar: { structuredDataset: { uri: '/d/t', metadata: { structuredDatasetType: { format: 'parquet' } } } } },
    ],
    [
      'nothing for an optional type',
      t.optional(t.integer()),
      null,
      {
        scalar: {
          union: { value: { scalar: { noneType: {} } }, type: { simple: 'NONE', structure: { tag: 'none' } } },
        },
      },
    ],
    [
      'something for an optional type',
      t.optional(t.integer()),
      5,
      {
        scalar: {
          union: {
            value: { scalar: { primitive: { integer: '5' } } },
            type: { simple: 'INTEGER', structure: { tag: 'int' } },
          },
        },
      },
    ],
  ])('%s', (_name, type, value, expected) => {
    expect(held(type, value)).toEqual(expected)
  })

  test('a struct is msgpack, with floats where its schema says number', () => {
    const bytes = Buffer.from('82a17801a179cb4000000000000000', 'hex')
    expect(held(point, { x: 1, y: 2, label: undefined })).toEqual({
      scalar: { binary: { tag: 'msgpack', value: bytes.toString('base64') } },
    })
  })

  test('I-7: a tuple is a struct of its items', () => {
    const type = t.tuple([{ type: 'integer' }, { type: 'string' }])
    const literal = toLiteral([1, 'x'], type)
    expect(fromLiteral(literal)).toEqual({ item_0: 1, item_1: 'x' })
    expect(fromLiteral(literal, type)).toEqual([1, 'x'])
    expect(toLiteral({ item_0: 1, item_1: 'x' }, type)).toEqual(literal)
  })

  test('X-12: a struct of which nothing is known keeps what is in it', () => {
    const value = { a: [1, 'x', null], big: 2n ** 60n, bytes: new Uint8Array([1]) }
    expect(fromLiteral(toLiteral(value, t.dict()))).toEqual(value)
  })

  test('the bytes of an integer are those of the reference', () => {
    expect(Buffer.from(toBinary(LiteralSchema, toLiteral(3, t.integer()))).toString('hex')).toBe('0a040a020803')
  })
})

/** A type with values of it. */
interface Typed {
  type: LiteralType
  value: fc.Arbitrary<unknown>
}

const int64 = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }))
const date = fc.date({ min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_999), noInvalidDate: true })
const key = fc.string({ unit: 'binary' })
// Whole microseconds. There is no negative of nothing on the wire: `+ 0` makes it a plain one.
const duration = fc.maxSafeInteger().map((us) => ({ milliseconds: (Math.trunc(us / 4) + 0) / 1000 }))

const leaf: fc.Arbitrary<Typed> = fc.constantFrom<Typed>(
  { type: t.integer(), value: int64 },
  { type: t.float(), value: fc.double() },
  { type: t.string(), value: fc.string({ unit: 'grapheme' }) },
  { type: t.boolean(), value: fc.boolean() },
  { type: t.datetime(), value: date },
  { type: t.date(), value: date.map((at) => at.toISOString().slice(0, 10)) },
  { type: t.duration(), value: duration },
  { type: t.none(), value: fc.constant(null) },
  { type: t.binary(), value: fc.uint8Array() },
  { type: t.enumOf(['a', 'b']), value: fc.constantFrom('a', 'b') },
  { type: t.file('csv'), value: fc.string().map((uri) => ({ kind: 'file', uri, format: 'csv' })) },
  { type: t.directory(), value: fc.string().map((uri) => ({ kind: 'directory', uri, format: '', hash: 'h' })) },
  { type: t.structuredDataset(), value: fc.string().map((uri) => ({ kind: 'table', uri, format: 'parquet' })) },
  {
    type: point,
    value: fc.record({ x: int64, y: fc.double(), label: fc.option(fc.string()) }, { noNullPrototype: true }),
  },
  { type: t.tuple([{ type: 'integer' }, {}]), value: fc.tuple(int64, fc.string()) },
  { type: t.tuple([{ type: 'number' }, { type: 'string' }]), value: fc.tuple(fc.double(), fc.string()) },
  { type: t.union([t.boolean(), t.float()]), value: fc.oneof(fc.boolean(), fc.double()) },
  { type: t.union([t.boolean(), t.binary()]), value: fc.oneof(fc.boolean(), fc.uint8Array()) },
  { type: t.union([t.boolean(), point]), value: fc.oneof(fc.boolean(), fc.record({ x: int64, y: fc.double() })) },
)

const typed: fc.Arbitrary<Typed> = fc.letrec<{ any: Typed }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    leaf,
    tie('any').map(({ type, value }) => ({ type: t.list(type), value: fc.array(value, { maxLength: 5 }) })),
    tie('any').map(({ type, value }) => ({
      type: t.map(type),
      value: fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }),
    })),
    leaf.map(({ type, value }) => ({ type: t.optional(type), value: fc.option(value) })),
  ),
})).any

const sample = typed.chain(({ type, value }) => value.map((one) => ({ type, value: one })))

describe('any value of any type', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        expect(fromLiteral(toLiteral(value, type), type)).toEqual(value)
      }),
      { numRuns: 400 },
    )
  })

  test('comes back from the wire', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        const bytes = toBinary(LiteralSchema, toLiteral(value, type))
        expect(fromLiteral(fromBinary(LiteralSchema, bytes), type)).toEqual(value)
      }),
    )
  })

  test('fits its type', () => {
    fc.assert(fc.property(sample, ({ type, value }) => checkLiteral(toLiteral(value, type), type)))
  })

  test('comes back from JSON', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        const literal = toLiteral(value, type)
        const json: unknown = JSON.parse(JSON.stringify(literalToJson(literal)))
        // JSON has one number for 0 and -0.
        const expected = JSON.stringify(literalToJson(literal))
        expect(JSON.stringify(literalToJson(jsonToLiteral(json, type)))).toBe(expected)
      }),
    )
  })

  test('comes back from JSON that was made with its type', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        const json = JSON.stringify(literalToJson(toLiteral(value, type), type))
        expect(JSON.stringify(literalToJson(jsonToLiteral(JSON.parse(json), type), type))).toBe(json)
      }),
    )
  })

  test('makes the same literal again', () => {
    fc.assert(
      fc.property(sample, ({ type, value }) => {
        expect(toBinary(LiteralSchema, toLiteral(value, type))).toEqual(toBinary(LiteralSchema, toLiteral(value, type)))
      }),
    )
  })
})

describe('literals from elsewhere', () => {
  const literal = (json: JsonValue) => fromJson(LiteralSchema, json)

  test('X-9, BUG-29: whole floats are read as integers, integers as floats', () => {
    expect(fromLiteral(literal({ scalar: { primitive: { floatValue: 3 } } }), t.integer())).toBe(3)
    expect(fromLiteral(literal({ scalar: { primitive: { integer: '3' } } }), t.float())).toBe(3)
    expect(() => fromLiteral(literal({ scalar: { primitive: { floatValue: 3.5 } } }), t.integer())).toThrow(
      'value: expected integer, got number 3.5',
    )
  })

  test('structs are read from JSON structs too', () => {
    expect(fromLiteral(literal({ scalar: { generic: { x: 1, y: 2 } } }), point)).toEqual({ x: 1, y: 2 })
  })

  test('a struct that is no object does not fit', () => {
    expect(() => fromLiteral(toLiteral({ a: 1 }, t.dict()), t.integer())).toThrow(
      'value: expected integer, got object {"a":1}',
    )
    expect(() => checkLiteral(literal({ scalar: { binary: { value: 'Aw==', tag: 'msgpack' } } }), point)).toThrow(
      'value: expected Point, got number 3',
    )
  })

  test('X-20: a union’s value is read by its tag, even if its type is written differently', () => {
    const type = t.union([t.integer(), t.string()])
    const union = { value: { scalar: { primitive: { integer: '5' } } }, type: { structure: { tag: 'int' } } }
    expect(fromLiteral(literal({ scalar: { union } }), type)).toBe(5)
  })

  test('a bare value is read where a union is declared, and the other way round', () => {
    expect(fromLiteral(toLiteral(5, t.integer()), t.optional(t.integer()))).toBe(5)
    expect(fromLiteral(toLiteral(5, t.optional(t.integer())), t.integer())).toBe(5)
    expect(() => fromLiteral(toLiteral('a', t.string()), t.union([t.integer(), t.boolean()]))).toThrow(
      'value: expected integer | boolean, got string "a"',
    )
  })

  test('microseconds of a datetime are cut, and kept in JSON', () => {
    const precise = literal({ scalar: { primitive: { datetime: '2026-01-31T00:00:00.123456Z' } } })
    expect(fromLiteral(precise, t.datetime())).toEqual(new Date('2026-01-31T00:00:00.123Z'))
    expect(literalToJson(precise)).toBe('2026-01-31T00:00:00.123456Z')
  })

  test('a value that lies in storage is not here', () => {
    const offloaded = literal({ offloadedMetadata: { uri: '/d/o.pb' } })
    expect(() => fromLiteral(offloaded, t.integer(), 'inputs.x')).toThrow(
      'inputs.x: the value is kept in storage, at /d/o.pb',
    )
    expect(() => checkLiteral(offloaded, t.integer())).not.toThrow()
  })

  test('an empty literal is refused', () => {
    expect(() => fromLiteral(create(LiteralSchema))).toThrow('value: the literal is empty')
    expect(() => fromLiteral(literal({ scalar: { primitive: {} } }))).toThrow('the literal is empty')
  })

  test('broken msgpack and times out of range are refused', () => {
    expect(() => fromLiteral(literal({ scalar: { binary: { value: 'gQ==', tag: 'msgpack' } } }))).toThrow(
      'value: not msgpack',
    )
    const far = create(LiteralSchema, {
      value: {
        case: 'scalar',
        value: { value: { case: 'primitive', value: { value: { case: 'datetime', value: { seconds: 10n ** 15n } } } } },
      },
    })
    expect(() => fromLiteral(far)).toThrow('the datetime is not in the years 1 to 9999')
    expect(literalToJson(far)).toBe('@1000000000000000')
  })

  test('the key __proto__ is a key like others', () => {
    const value = JSON.parse('{"__proto__": 1}') as Record<string, number>
    const back = fromLiteral(toLiteral(value, t.map(t.integer()))) as Record<string, number>
    expect(Object.entries(back)).toEqual([['__proto__', 1]])
  })
})

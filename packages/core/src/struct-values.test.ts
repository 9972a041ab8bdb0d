import type { JsonObject } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { Float } from './msgpack.ts'
import { prepareStruct, structFit } from './struct-values.ts'

const float = (value: number) => new Float(value)

/** An object with one property of a schema. */
const object = (a: JsonObject, $defs: JsonObject = {}): JsonObject => ({ type: 'object', properties: { a }, $defs })

function prepared(a: JsonObject, value: unknown, $defs: JsonObject = {}): unknown {
  return (prepareStruct({ a: value }, object(a, $defs)) as { a: unknown }).a
}

describe('a struct’s values after its schema', () => {
  test.each<[string, JsonObject, unknown, unknown]>([
    ['whole numbers under number are floats', { type: 'number' }, 1, float(1)],
    ['bigints under number are floats', { type: 'number' }, 1n, float(1)],
    ['other numbers stay', { type: 'number' }, 1.5, 1.5],
    ['integers stay', { type: 'integer' }, 1, 1],
    ['whole numbers stay where integers are allowed too', { anyOf: [{ type: 'number' }, { type: 'integer' }] }, 1, 1],
    ['whole numbers stay where the schema says nothing', {}, 1, 1],
    ['an optional number is a float', { anyOf: [{ type: 'number' }, { type: 'null' }] }, 1, float(1)],
    ['null is allowed by a list of types', { type: ['number', 'null'] }, null, null],
    ['a list of types directs too', { type: ['number', 'null'] }, 1, float(1)],
    ['floats are found in lists', { type: 'array', items: { type: 'number' } }, [1, 2.5], [float(1), 2.5]],
    [
      'floats are found in tuples',
      { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'number' }], items: { type: 'number' } },
      [1, 2, 3],
      [1, float(2), float(3)],
    ],
    [
      'floats are found in records',
      { type: 'object', additionalProperties: { type: 'number' } },
      { k: 1 },
      { k: float(1) },
    ],
    ['floats are found in one schema of all', { allOf: [{ type: 'number' }] }, 1, float(1)],
    ['dates are text', { type: 'string', format: 'date-time' }, new Date(0), '1970-01-01T00:00:00.000Z'],
    ['bytes are base64', { type: 'string' }, new Uint8Array([1]), 'AQ=='],
    ['durations are text', { type: 'string' }, { milliseconds: 1500 }, '1.5s'],
    ['sets are lists', { type: 'array', items: { type: 'number' } }, new Set([1]), [float(1)]],
    ['maps are objects', { type: 'object' }, new Map([['k', 1]]), { k: 1 }],
    ['enums are checked', { enum: ['x', 1, null] }, 1, 1],
    ['a reference out of the schema says nothing', { $ref: 'other.json' }, 1, 1],
    ['a reference to nothing says nothing', { $ref: '#/$defs/None' }, 1, 1],
    ['a reference to itself says nothing', { $ref: '#/properties/a' }, 1, 1],
  ])('%s', (_name, schema, value, expected) => {
    expect(prepared(schema, value)).toEqual(expected)
  })

  test('references are followed, also to where they are', () => {
    const tree: JsonObject = {
      type: 'object',
      properties: { weight: { type: 'number' }, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
    }
    const value = { weight: 1, children: [{ weight: 2, children: [] }] }
    expect(prepared({ $ref: '#/$defs/Tree' }, value, { Tree: tree })).toEqual({
      weight: float(1),
      children: [{ weight: float(2), children: [] }],
    })
  })

  test('names in references may be escaped', () => {
    expect(prepared({ $ref: '#/$defs/a~1b' }, 1, { 'a/b': { type: 'number' } })).toEqual(float(1))
  })

  test('of several objects the one that fits is meant', () => {
    const cat = { type: 'object', title: 'Cat', properties: { kind: { const: 'cat' }, weight: { type: 'number' } } }
    const dog = { type: 'object', title: 'Dog', properties: { kind: { const: 'dog' }, weight: { type: 'integer' } } }
    expect(prepared({ oneOf: [cat, dog] }, { kind: 'dog', weight: 1 })).toEqual({ kind: 'dog', weight: 1 })
    expect(prepared({ oneOf: [cat, dog] }, { kind: 'cat', weight: 1 })).toEqual({ kind: 'cat', weight: float(1) })
    expect(() => prepared({ oneOf: [cat, dog] }, 'x')).toThrow('expected Cat | Dog, got string "x"')
    expect(() => prepared({ oneOf: [cat, dog] }, { kind: 'dog', weight: 'x' })).toThrow(
      'expected integer, got string "x"',
    )
  })

  test('a required property may be undefined where null is allowed', () => {
    const schema = (a: JsonObject): JsonObject => ({ ...object(a), required: ['a'] })
    expect(prepareStruct({}, schema({ anyOf: [{ type: 'string' }, { type: 'null' }] }))).toEqual({})
    expect(() => prepareStruct({}, schema({ type: 'string' }))).toThrow('object lacks "a"')
  })
})

describe('a struct’s values from JSON', () => {
  function fromJson(a: JsonObject, value: unknown): unknown {
    return (prepareStruct({ a: value }, object(a), 'json') as { a: unknown }).a
  }

  test.each<[string, JsonObject, unknown, unknown]>([
    ['a number that JSON lacks', { type: 'number' }, 'NaN', Number.NaN],
    ['an infinity', { type: 'number' }, 'Infinity', Number.POSITIVE_INFINITY],
    ['a negative infinity', { type: 'number' }, '-Infinity', Number.NEGATIVE_INFINITY],
    ['an optional number', { anyOf: [{ type: 'number' }, { type: 'null' }] }, 'NaN', Number.NaN],
    ['one of a list of types', { type: ['null', 'number'] }, 'Infinity', Number.POSITIVE_INFINITY],
    ['numbers in a list', { type: 'array', items: { type: 'number' } }, [1, 'NaN'], [float(1), Number.NaN]],
    ['a large integer', { type: 'integer' }, '9007199254740993', 9_007_199_254_740_993n],
    ['a small integer', { type: 'integer' }, '-5', -5],
    ['text where text is allowed too', { anyOf: [{ type: 'number' }, { type: 'string' }] }, 'NaN', 'NaN'],
    ['digits where text is allowed too', { type: ['integer', 'string'] }, '5', '5'],
    ['text where nothing is said', {}, 'NaN', 'NaN'],
  ])('%s', (_name, schema, value, expected) => {
    expect(fromJson(schema, value)).toEqual(expected)
  })

  test.each<[JsonObject, unknown, string]>([
    [{ type: 'number' }, 'inf', 'expected number, got string "inf"'],
    [{ type: 'number' }, '1', 'expected number, got string "1"'],
    [{ type: 'integer' }, 'NaN', 'expected integer, got string "NaN"'],
    [{ type: 'integer' }, 2 ** 53, 'expected integer, got number 9007199254740992 (write it as text)'],
    [{ type: ['integer', 'null'] }, '1.5', 'expected integer | null, got string "1.5"'],
  ])('%o refuses %o', (schema, value, message) => {
    expect(() => fromJson(schema, value)).toThrow(message)
  })

  test('a program’s values are never numbers as text', () => {
    expect(() => prepared({ type: 'number' }, 'NaN')).toThrow('expected number, got string "NaN"')
    expect(() => prepared({ type: 'integer' }, '5')).toThrow('expected integer, got string "5"')
  })
})

describe('how well a value fits', () => {
  const schema = { ...object({ type: 'integer' }), required: ['a'] }

  test.each([
    [{ a: 1 }, 2],
    [{ a: 1, b: 2 }, 1],
    [{ a: 'x' }, 0],
    [{}, 0],
    ['x', 0],
  ])('%o fits %d', (value, fit) => {
    expect(structFit(value, schema)).toBe(fit)
  })

  test('from JSON, as text too', () => {
    expect(structFit({ a: '9007199254740993' }, schema)).toBe(0)
    expect(structFit({ a: '9007199254740993' }, schema, 'json')).toBe(2)
  })
})

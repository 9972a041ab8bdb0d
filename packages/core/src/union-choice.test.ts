import type { LiteralType } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { describeType } from './describe-type.ts'
import { literalTypes } from './literal-types.ts'
import { jsonToLiteral, toLiteral } from './to-literal.ts'

const t = literalTypes

function object(title: string, properties: Record<string, object>, required = Object.keys(properties)): LiteralType {
  return t.struct({ title, type: 'object', properties: properties as never, required })
}

const cat = object('Cat', { kind: { const: 'cat' }, lives: { type: 'integer' } })
const dog = object('Dog', { kind: { const: 'dog' }, tricks: { type: 'integer' } })

/** The variant that a value was put under, in words. */
function chosen(value: unknown, variants: LiteralType[], convert = toLiteral): string {
  const literal = convert(value, t.union(variants))
  const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
  return describeType(scalar?.case === 'union' ? scalar.value.type : undefined)
}

describe('X-19: the variant of a union', () => {
  test.each<[string, unknown, LiteralType[], string]>([
    ['a whole number is an integer', 5, [t.float(), t.integer()], 'integer'],
    ['a whole number is a float where there is no integer', 5, [t.float(), t.string()], 'float'],
    ['a number with decimals is a float', 5.5, [t.integer(), t.float()], 'float'],
    ['a bigint is an integer', 5n, [t.float(), t.integer()], 'integer'],
    ['a text is a string rather than a day', '2026-01-31', [t.date(), t.string()], 'string'],
    ['a day is a day where there is no string', '2026-01-31', [t.date(), t.integer()], 'date'],
    ['an enum’s value is of the enum', 'auto', [t.string(), t.enumOf(['auto'])], '"auto"'],
    ['another text is a string', 'other', [t.string(), t.enumOf(['auto'])], 'string'],
    ['a Date is a datetime', new Date(0), [t.date(), t.datetime()], 'datetime'],
    ['a list is told by its items', ['a'], [t.list(t.integer()), t.list(t.string())], 'list<string>'],
    ['a record is a map where its values fit', { a: 1 }, [t.dict(), t.map(t.integer())], 'map<string, integer>'],
    ['an object is told by a constant', { kind: 'dog', tricks: 1 }, [cat, dog], 'Dog'],
    [
      'an object is of the type that knows all of it',
      { a: 1, b: 2 },
      [object('A', { a: { type: 'integer' } }), object('AB', { a: { type: 'integer' }, b: { type: 'integer' } })],
      'AB',
    ],
    ['a file is told by its kind', { kind: 'directory', uri: '/a' }, [t.file(), t.directory()], 'directory'],
    ['a tuple is an array', [1, 'a'], [t.tuple([{ type: 'integer' }, { type: 'string' }]), t.integer()], 'tuple of 2'],
    ['nothing is none', undefined, [t.integer(), t.string(), t.none()], 'none'],
    ['bytes are bytes', new Uint8Array(1), [t.binary(), t.dict()], 'bytes'],
    ['a duration is one', { minutes: 5 }, [t.duration(), t.string()], 'duration'],
  ])('%s', (_name, value, variants, expected) => {
    expect(chosen(value, variants)).toBe(expected)
  })

  test.each<[string, unknown, LiteralType[], string]>([
    ['an empty list', [], [t.list(t.integer()), t.list(t.string())], 'list<integer> or list<string>'],
    [
      'an object of two types',
      { a: 1 },
      [object('A', { a: { type: 'integer' } }), object('B', { a: { type: 'integer' } })],
      'A or B',
    ],
  ])('of %s is ambiguous', (_name, value, variants, types) => {
    expect(() => chosen(value, variants)).toThrow(`is ambiguous: it could be ${types}`)
  })

  test('of JSON may be written as text', () => {
    expect(chosen('2026-01-31T00:00:00Z', [t.datetime(), t.integer()], jsonToLiteral)).toBe('datetime')
    expect(chosen('9007199254740993', [t.boolean(), t.integer()], jsonToLiteral)).toBe('integer')
    expect(chosen('/d/x', [t.file(), t.integer()], jsonToLiteral)).toBe('file')
    expect(chosen('NaN', [t.integer(), t.float()], jsonToLiteral)).toBe('float')
    expect(chosen('AQ==', [t.integer(), t.binary()], jsonToLiteral)).toBe('bytes')
    expect(chosen({ a: 'Infinity' }, [t.integer(), object('A', { a: { type: 'number' } })], jsonToLiteral)).toBe('A')
  })

  test.each<[string, unknown, LiteralType[], string]>([
    ['a time is one rather than a file', '2026-01-31T00:00:00Z', [t.file(), t.datetime()], 'datetime'],
    ['a number is one rather than bytes', 'Infinity', [t.binary(), t.float()], 'float'],
    ['a file is one rather than bytes', 'abcd', [t.binary(), t.file()], 'file'],
    [
      'text in an object is text before it is a number',
      { a: 'NaN' },
      [object('N', { a: { type: 'number' } }), object('S', { a: { type: 'string' } })],
      'S',
    ],
  ])('of JSON: %s', (_name, value, variants, expected) => {
    expect(chosen(value, variants, jsonToLiteral)).toBe(expected)
  })

  test('of a program is not written as text', () => {
    expect(() => chosen('NaN', [t.integer(), t.float()])).toThrow('expected integer | float, got string "NaN"')
    expect(() => chosen('AQ==', [t.integer(), t.binary()])).toThrow('expected integer | bytes, got string "AQ=="')
  })
})

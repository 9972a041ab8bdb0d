import { describe, expect, test } from 'vitest'
import { DataValidationError } from './errors.ts'
import { fromLiteral } from './from-literal.ts'
import { literalTypes } from './literal-types.ts'
import { plainLiteral, typedLiteral } from './plain-literals.ts'
import { toLiteral } from './to-literal.ts'

const { integer, float, datetime, duration, list, map, optional, union, string, binary, file, tuple, enumOf } =
  literalTypes
const point = literalTypes.struct({ title: 'P', type: 'object', properties: { x: { type: 'integer' } } })

describe('a plain value becomes what is declared', () => {
  test.each([
    ['integer', 3, integer(), 3],
    ['a large integer', 2n ** 60n, integer(), 2n ** 60n],
    ['float', 3, float(), 3],
    ['instant', new Date('2026-01-31T00:00:00Z'), datetime(), new Date('2026-01-31T00:00:00Z')],
    ['length of time', '5m', duration(), { milliseconds: 300_000 }],
    ['list', [1, 2], list(integer()), [1, 2]],
    ['map', { a: [1] }, map(list(float())), { a: [1] }],
    ['nothing', null, optional(integer()), null],
    ['union', 'x', union([integer(), string()]), 'x'],
    ['bytes', new Uint8Array([1, 2]), binary(), new Uint8Array([1, 2])],
    ['choice', 'RED', enumOf(['RED']), 'RED'],
    ['object', { x: 1 }, point, { x: 1 }],
    ['tuple', [1, 'a'], tuple([{ type: 'integer' }, { type: 'string' }]), [1, 'a']],
    ['file', { uri: '/a', path: '/a', format: 'csv' }, file(), { kind: 'file', uri: '/a', format: 'csv' }],
  ])('%s', (_, value, type, expected) => {
    const read = fromLiteral(typedLiteral(plainLiteral(value), type, 'inputs.v'), type)
    expect(read).toEqual(expected)
  })
})

test('what cannot be that is refused, by its name', () => {
  expect(() => typedLiteral(plainLiteral('many'), integer(), 'inputs.n')).toThrow(DataValidationError)
  expect(() => typedLiteral(plainLiteral('many'), integer(), 'inputs.n')).toThrow('inputs.n: expected integer')
  expect(() => typedLiteral(plainLiteral([1, 'x']), list(integer()), 'inputs.n')).toThrow('inputs.n[1]')
})

test('a literal of a type is left as it is', () => {
  const literal = toLiteral({ x: 1 }, point)
  expect(typedLiteral(literal, integer(), 'inputs.n')).toBe(literal)
})

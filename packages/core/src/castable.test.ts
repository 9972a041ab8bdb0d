import type { LiteralType } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { isCastable } from './castable.ts'
import { literalTypes as t } from './literal-types.ts'

const point = t.struct({ title: 'Point', type: 'object', properties: { x: int(), y: int() }, required: ['x', 'y'] })
const named = t.struct({
  title: 'Named',
  type: 'object',
  properties: { x: int(), y: int(), name: { type: 'string' } },
  required: ['x', 'y', 'name'],
})
const tree = t.struct({
  title: 'Tree',
  type: 'object',
  properties: { value: int(), next: { anyOf: [{ $ref: '#/$defs/Tree' }, { type: 'null' }] } },
  required: ['value'],
  $defs: {
    Tree: {
      type: 'object',
      properties: { value: int(), next: { anyOf: [{ $ref: '#/$defs/Tree' }, { type: 'null' }] } },
      required: ['value'],
    },
  },
})

function int() {
  return { type: 'integer' }
}

function struct(property: object): LiteralType {
  return t.struct({ title: 'S', type: 'object', properties: { v: property as never }, required: ['v'] })
}

describe('X-23: what fits where', () => {
  test.each<[string, LiteralType, LiteralType, boolean]>([
    ['a type, itself', t.integer(), t.integer(), true],
    ['an integer, no float', t.integer(), t.float(), false],
    ['none, no T', t.none(), t.integer(), false],
    ['T, an optional T', t.integer(), t.optional(t.integer()), true],
    ['an optional T, no T', t.optional(t.integer()), t.integer(), false],
    ['an optional T, itself', t.optional(t.integer()), t.optional(t.integer()), true],
    ['a union, a wider one', t.union([t.integer(), t.string()]), t.union([t.string(), t.float(), t.integer()]), true],
    ['a union, no narrower one', t.union([t.integer(), t.string()]), t.union([t.string(), t.none()]), false],
    ['a list, by its items', t.list(t.integer()), t.list(t.optional(t.integer())), true],
    ['a list of optional items, no strict one', t.list(t.optional(t.integer())), t.list(t.integer()), false],
    ['a list, no item', t.list(t.integer()), t.integer(), false],
    ['a record, by its values', t.map(t.integer()), t.map(t.integer()), true],
    ['a record, not by other values', t.map(t.integer()), t.map(t.string()), false],
    ['an enum, text', t.enumOf(['a']), t.string(), true],
    ['text, no enum', t.string(), t.enumOf(['a']), false],
    ['an enum, one with more', t.enumOf(['a']), t.enumOf(['b', 'a']), true],
    ['an enum, none with fewer', t.enumOf(['a', 'b']), t.enumOf(['a']), false],
    ['a file, one of any format', t.file('csv'), t.file(), true],
    ['a file, none of another format', t.file(), t.file('csv'), false],
    ['a file, no folder', t.file(), t.directory(), false],
    ['a table, one of any columns', table('a'), t.structuredDataset(), true],
    ['a table, none of other columns', table('a'), table('b'), false],
    ['a table, itself', table('a'), table('a'), true],
    ['an object, one with fewer properties', named, point, true],
    ['an object, none with more', point, named, false],
    ['an object, one of which nothing is known', point, t.dict(), true],
    ['an object of which nothing is known, any', t.dict(), point, true],
    ['an object, no record', point, t.map(t.integer()), false],
    ['a property of another type', struct({ type: 'string' }), struct(int()), false],
    ['a date, no text', struct({ type: 'string', format: 'date-time' }), struct({ type: 'string' }), false],
    ['a property with alternatives', struct(int()), struct({ anyOf: [int(), { type: 'null' }] }), true],
    ['a property with too many', struct({ anyOf: [int(), { type: 'null' }] }), struct(int()), false],
    ['an enum inside', struct({ enum: ['a'] }), struct({ type: 'string', enum: ['a', 'b'] }), true],
    ['a wider enum inside', struct({ enum: ['a', 'c'] }), struct({ type: 'string', enum: ['a', 'b'] }), false],
    ['an array inside', struct({ type: 'array', items: int() }), struct({ type: 'array', items: int() }), true],
    ['an object that contains itself', tree, tree, true],
  ])('%s', (_name, from, to, fits) => expect(isCastable(from, to)).toBe(fits))

  test('a property with a default is sure to be there', () => {
    const withDefault = t.struct({ title: 'S', type: 'object', properties: { v: { type: 'integer', default: 1 } } })
    expect(isCastable(withDefault, struct(int()))).toBe(true)
  })

  test('a schema that takes no other properties gets none', () => {
    const strict = { title: 'P', type: 'object', properties: { x: int(), y: int() }, required: ['x'] } as const
    expect(isCastable(named, t.struct({ ...strict, required: ['x'], additionalProperties: false }))).toBe(false)
  })
})

function table(name: string): LiteralType {
  return t.structuredDataset({ columns: [{ name, type: t.integer() }] })
}

import type { LiteralType } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { literalTypes as types } from '../literal-types.ts'
import { isCastable } from './castable.ts'

const int = types.integer()
const text = types.string()
const object = (properties: object, required: string[] = []) =>
  types.struct({ type: 'object', properties, required } as never)
const person = object({ name: { type: 'string' }, age: { type: 'integer' } }, ['name'])
const tree = (of: string) =>
  types.struct({
    $ref: '#/$defs/Tree',
    $defs: { Tree: { type: 'object', properties: { value: { type: of }, next: { $ref: '#/$defs/Tree' } } } },
  })

describe('X-23', () => {
  test.each<[string, LiteralType, LiteralType, boolean]>([
    ['an integer is an integer', int, int, true],
    ['an integer is no float', int, types.float(), false],
    ['nothing is no integer', types.none(), int, false],
    ['an integer may be one', int, types.optional(int), true],
    ['what may be an integer is none', types.optional(int), int, false],
    ['a union of fewer is one of more', types.union([int, text]), types.union([int, text, types.none()]), true],
    ['a union of more is none of fewer', types.union([int, text]), types.union([int]), false],
    ['lists go by their items', types.list(int), types.list(types.optional(int)), true],
    ['what has gaps is no list without', types.list(types.optional(int)), types.list(int), false],
    ['maps go by their values', types.map(int), types.map(text), false],
    ['a list is no map', types.list(int), types.map(int), false],
    ['an enum is a string', types.enumOf(['a']), text, true],
    ['a string is no enum', text, types.enumOf(['a']), false],
    ['an enum of fewer is one of more', types.enumOf(['a']), types.enumOf(['a', 'b']), true],
    ['an enum of more is none of fewer', types.enumOf(['a', 'b']), types.enumOf(['a']), false],
    ['a file of a format is a file', types.file('csv'), types.file(), true],
    ['a file is none of a format', types.file(), types.file('csv'), false],
    ['a file is no folder', types.file(), types.directory(), false],
    ['a structured value has what is required', person, object({ name: { type: 'string' } }, ['name']), true],
    ['one that lacks it does not fit', object({ age: { type: 'integer' } }), person, false],
    ['nor does one with another type', object({ name: { type: 'integer' } }), person, false],
    ['a whole number is a number', object({ a: { type: 'integer' } }), object({ a: { type: 'number' } }), true],
    ['a number is not whole', object({ a: { type: 'number' } }), object({ a: { type: 'integer' } }), false],
    ['anything structured may be one of which nothing is known', person, types.dict(), true],
    ['what may be null does not fit what may not', object({ name: { type: ['string', 'null'] } }), person, false],
    ['types that contain themselves', tree('integer'), tree('number'), true],
    ['types that contain themselves, of others', tree('string'), tree('number'), false],
    [
      'tables go by their columns',
      types.structuredDataset({ columns: [{ name: 'a', type: int }] }),
      types.structuredDataset({ columns: [{ name: 'a', type: text }] }),
      false,
    ],
    [
      'a table with columns is a table',
      types.structuredDataset({ columns: [{ name: 'a', type: int }] }),
      types.structuredDataset(),
      true,
    ],
  ])('%s', (_, from, to, expected) => {
    expect(isCastable(from, to)).toBe(expected)
  })
})

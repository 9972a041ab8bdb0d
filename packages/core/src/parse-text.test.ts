import type { LiteralType } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { fromLiteral } from './from-literal.ts'
import { literalTypes } from './literal-types.ts'
import { parseJsonExactly, parseText } from './parse-text.ts'

const t = literalTypes

describe('a command line’s text', () => {
  test.each<[string, LiteralType, unknown]>([
    ['3', t.integer(), 3],
    [' -3 ', t.integer(), -3],
    ['9007199254740993', t.integer(), 9007199254740993n],
    ['1.5', t.float(), 1.5],
    ['1e3', t.float(), 1000],
    ['nan', t.float(), Number.NaN],
    ['-inf', t.float(), Number.NEGATIVE_INFINITY],
    ['true', t.boolean(), true],
    ['False', t.boolean(), false],
    [' a ', t.string(), ' a '],
    ['', t.string(), ''],
    ['2026-01-31T12:00:00Z', t.datetime(), new Date('2026-01-31T12:00:00Z')],
    ['2026-01-31', t.date(), '2026-01-31'],
    ['5m', t.duration(), { milliseconds: 300_000 }],
    ['RED', t.enumOf(['RED']), 'RED'],
    ['[1,2,3]', t.list(t.integer()), [1, 2, 3]],
    ['[9007199254740993]', t.list(t.integer()), [9007199254740993n]],
    ['{"a": 1}', t.map(t.integer()), { a: 1 }],
    ['{"a": [1, {"b": null}]}', t.dict(), { a: [1, { b: null }] }],
    ['AQ==', t.binary(), new Uint8Array([1])],
    ['/d/x.csv', t.file('csv'), { kind: 'file', uri: '/d/x.csv', format: 'csv' }],
    ['{"uri": "/d/x", "format": "csv"}', t.file(), { kind: 'file', uri: '/d/x', format: 'csv' }],
    ['null', t.none(), null],
    ['null', t.optional(t.string()), null],
    ['5', t.optional(t.integer()), 5],
    ['5', t.union([t.string(), t.integer()]), 5],
    ['5.5', t.union([t.integer(), t.float()]), 5.5],
    ['five', t.union([t.string(), t.integer()]), 'five'],
    ['[1]', t.union([t.string(), t.list(t.integer())]), [1]],
    ['[', t.union([t.string(), t.list(t.integer())]), '['],
  ])('%o is read as what it is for', (text, type, value) => {
    expect(fromLiteral(parseText(text, type), type)).toEqual(value)
  })

  test.each<[string, LiteralType, string]>([
    ['a', t.integer(), '--x: expected integer, got string "a"'],
    ['3.0', t.integer(), '--x: expected integer, got string "3.0"'],
    ['', t.float(), '--x: expected float, got string ""'],
    ['yes', t.boolean(), '--x: expected boolean, got string "yes"'],
    ['1,2', t.list(t.integer()), '--x: expected list<integer> as JSON, got "1,2"'],
    ['[1,"a"]', t.list(t.integer()), '--x[1]: expected integer, got string "a"'],
    ['[1,"a"]', t.optional(t.list(t.integer())), '--x[1]: expected integer, got string "a"'],
    ['a', t.union([t.integer(), t.boolean()]), '--x: expected integer | boolean, got "a"'],
    ['soon', t.duration(), '--x: expected duration, got string "soon"'],
  ])('%o is refused', (text, type, message) => {
    expect(() => parseText(text, type, '--x')).toThrow(message)
  })
})

test('JSON keeps the digits of large integers', () => {
  expect(parseJsonExactly('{"a": [12345678901234567890, 1.5, 1e30, -9007199254740993]}')).toEqual({
    a: [12345678901234567890n, 1.5, 1e30, -9007199254740993n],
  })
})

import type { LiteralType } from '@tern/idl/core'
import { expect, test } from 'vitest'
import { literalToJson } from './literal-json.ts'
import { literalTypes } from './literal-types.ts'
import { toLiteral } from './to-literal.ts'

const t = literalTypes

test.each<[string, LiteralType, unknown, unknown]>([
  ['an integer', t.integer(), 3, 3],
  ['a large integer', t.integer(), 2n ** 60n, '1152921504606846976'],
  ['a float that JSON lacks', t.float(), Number.NaN, 'NaN'],
  ['a datetime', t.datetime(), new Date(1500), '1970-01-01T00:00:01.500Z'],
  ['a day', t.date(), '2026-01-31', '2026-01-31'],
  ['a duration', t.duration(), { minutes: 90 }, '1h30m'],
  ['bytes', t.binary(), new Uint8Array([1, 2]), 'AQI='],
  ['nothing', t.none(), null, null],
  ['an optional day', t.optional(t.date()), '2026-01-31', '2026-01-31'],
  ['a list of optional integers', t.list(t.optional(t.integer())), [1, null], [1, null]],
  ['a record of days', t.map(t.date()), { a: '2026-01-31' }, { a: '2026-01-31' }],
  ['a tuple', t.tuple([{ type: 'integer' }, {}]), [1, 'a'], [1, 'a']],
  [
    'a struct',
    t.dict(),
    { a: [1n, new Uint8Array([1])], big: 2n ** 60n },
    { a: [1, 'AQ=='], big: '1152921504606846976' },
  ],
  ['a file', t.file(), { uri: '/d/x', hash: 'h' }, { kind: 'file', uri: '/d/x', format: '', hash: 'h' }],
])('%s as JSON', (_name, type, value, json) => {
  expect(literalToJson(toLiteral(value, type), type)).toEqual(json)
})

test('without its type, a day is a datetime and a tuple an object', () => {
  expect(literalToJson(toLiteral('2026-01-31', t.date()))).toBe('2026-01-31T00:00:00Z')
  expect(literalToJson(toLiteral([1, 'a'], t.tuple([{}, {}])))).toEqual({ item_0: 1, item_1: 'a' })
})

import { expect, test } from 'vitest'
import { toBase32 } from './base32.ts'

// RFC 4648, section 10.
test.each([
  ['', ''],
  ['f', 'MY======'],
  ['fo', 'MZXQ===='],
  ['foo', 'MZXW6==='],
  ['foob', 'MZXW6YQ='],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI======'],
])('base32 of %j is %j', (text, expected) => {
  expect(toBase32(Buffer.from(text))).toBe(expected)
})

test('base32 of high bytes', () => {
  expect(toBase32(Buffer.alloc(5, 255))).toBe('77777777')
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareText } from './compare-text.ts'

test('the order is that of the UTF-8 bytes', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('characters beyond the basic plane come last, unlike in JavaScript', () => {
  expect(compareText('\uffee', '😀')).toBeLessThan(0)
  expect(['\uffee', '😀'].sort()).toEqual(['😀', '\uffee'])
})

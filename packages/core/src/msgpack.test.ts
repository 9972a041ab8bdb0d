import { decode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalMsgpack } from './msgpack-canonical.ts'
import { decodeMsgpack, encodeMsgpack, Float } from './msgpack.ts'

const hex = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'))
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('any'), { maxLength: 20 }),
    // The library refuses the key __proto__ when reading.
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('any'),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).any

describe('msgpack', () => {
  test('gives back what was written', () => {
    fc.assert(
      fc.property(value, (generated) => {
        expect(decodeMsgpack(encodeMsgpack(generated))).toEqual(generated)
      }),
    )
  })

  test('is read by the library as it stands', () => {
    expect(decode(encodeMsgpack({ a: [1, -1, 1.5, 'é', null, true, new Uint8Array([1])] }))).toEqual({
      a: [1, -1, 1.5, 'é', null, true, new Uint8Array([1])],
    })
  })

  test('writes whole numbers as integers, and as floats where asked', () => {
    expect(hex(encodeMsgpack(1))).toBe('01')
    expect(hex(encodeMsgpack(new Float(1)))).toBe('cb3ff0000000000000')
    expect(hex(encodeMsgpack(-0))).toBe('cb8000000000000000')
  })

  test('writes small bigints as short as numbers', () => {
    expect(encodeMsgpack(5n)).toEqual(encodeMsgpack(5))
    expect(encodeMsgpack(-(2n ** 40n))).toEqual(encodeMsgpack(-(2 ** 40)))
  })

  test('leaves undefined out of objects, and writes it as nil in lists', () => {
    expect(decodeMsgpack(encodeMsgpack({ a: undefined, b: [undefined] }))).toEqual({ b: [null] })
  })

  test('writes dates as text and maps with their keys', () => {
    expect(decodeMsgpack(encodeMsgpack({ at: new Date(0) }))).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    expect(hex(encodeMsgpack(new Map([[1, 2]])))).toBe('810102')
    expect(decodeMsgpack(bytes('810102'))).toEqual({ 1: 2 })
  })

  test('refuses what has no form', () => {
    expect(() => encodeMsgpack(() => 1)).toThrow('a function cannot be a value')
    expect(() => encodeMsgpack(2n ** 64n)).toThrow('the integer 18446744073709551616 does not fit 64 bits')
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => encodeMsgpack(cycle)).toThrow('contains itself')
  })

  test.each(['', 'a5', '81', 'c1', '0101', '8190 01'])('refuses the bytes %o', (text) => {
    expect(() => decodeMsgpack(bytes(text))).toThrow(expect.objectContaining({ code: 'DataValidationError' }))
  })
})

describe('canonical msgpack', () => {
  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { maxKeys: 20 }), (record) => {
        const reversed = new Map(Object.entries(record).reverse())
        expect(hex(canonicalMsgpack(encodeMsgpack(record)))).toBe(hex(canonicalMsgpack(encodeMsgpack(reversed))))
      }),
    )
  })

  test('keeps the value, and stays as it is when made again', () => {
    fc.assert(
      fc.property(value, (generated) => {
        const once = canonicalMsgpack(encodeMsgpack(generated)) ?? new Uint8Array()
        expect(decodeMsgpack(once)).toEqual(generated)
        expect(canonicalMsgpack(once)).toEqual(once)
      }),
    )
  })

  test.each([
    ['cc05', '05', 'an integer longer than needed'],
    ['d30000000000000005', '05', 'a signed integer longer than needed'],
    ['d3ffffffffffffffff', 'ff', 'a negative integer longer than needed'],
    ['d1ff80', 'd080', 'a 16-bit integer that fits 8'],
    ['ca3f800000', 'cb3ff0000000000000', 'a 32-bit float'],
    ['d90161', 'a161', 'a text with a long head'],
    ['c5000101', 'c40101', 'bytes with a long head'],
    ['dc000101', '9101', 'a list with a long head'],
    ['df000000020201 0103', '8201030201', 'a map with a long head'],
    ['82a16201a16102', '82a16102a16201', 'keys out of order'],
    ['82a2616101a16202', '82a16202a2616101', 'short keys first, since their head is lower'],
    ['82a16101a16102', '81a16102', 'a key given twice'],
    ['c70101aa', 'd401aa', 'an extension with a long head'],
  ])('of %s is %s: %s', (from, to) => {
    expect(hex(canonicalMsgpack(bytes(from.replaceAll(' ', ''))))).toBe(to)
  })

  test.each(['', 'a5', 'c1', '0101', 'a1ff', 'dfffffffff', 'ddffffffff', 'd9'])(
    'of %o, which is none, is nothing',
    (text) => {
      expect(canonicalMsgpack(bytes(text))).toBeUndefined()
    },
  )

  test('of what is nested too deep is nothing', () => {
    expect(canonicalMsgpack(new Uint8Array(600).fill(0x91))).toBeUndefined()
  })
})

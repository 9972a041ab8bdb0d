import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as browser from './browser.ts'
import * as node from './node.ts'

const encodings = ['utf8', 'latin1', 'base64', 'hex'] as const
const bytes = fc.uint8Array({ maxLength: 64 })

describe('bytes in browsers are as in Node', () => {
  test.each(encodings)('as text and back: %s', (encoding) => {
    fc.assert(
      fc.property(bytes, (array) => {
        const text = node.Buffer.from(array).toString(encoding)
        expect(browser.Buffer.from(array).toString(encoding)).toBe(text)
        expect([...browser.Buffer.from(text, encoding)]).toEqual([...node.Buffer.from(text, encoding)])
      }),
    )
  })

  test('in their order', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(browser.Buffer.compare(a, b)).toBe(node.Buffer.compare(a, b))
      }),
    )
  })

  test('when they are written', () => {
    const written = ({ Buffer }: Pick<typeof node, 'Buffer'>) => {
      const buffer = Buffer.allocUnsafe(64).fill(0)
      let at = buffer.write('aä€😀', 0, 'utf8')
      at = buffer.writeUInt16BE(0xabcd, at)
      at = buffer.writeUInt32BE(0xdeadbeef, at)
      at = buffer.writeBigUInt64BE(2n ** 63n + 1n, at)
      at = buffer.writeBigInt64BE(-2n, at)
      at = buffer.writeDoubleBE(1.5, at)
      at = buffer.writeDoubleLE(-0.1, at)
      const copy = Buffer.allocUnsafe(64).fill(0)
      buffer.copy(copy, 1, 0, at)
      return [at, Buffer.byteLength('aä€😀'), [...buffer.subarray(0, at)], [...copy]]
    }
    expect(written(browser)).toEqual(written(node))
  })
})

test('numbers at random are below what was asked for', () => {
  const drawn = Array.from({ length: 200 }, () => browser.randomInt(3))
  expect(new Set(drawn)).toEqual(new Set([0, 1, 2]))
})

test('hashes are refused', () => {
  expect(() => browser.hash('md5', 'a')).toThrow(/not in a browser/)
})

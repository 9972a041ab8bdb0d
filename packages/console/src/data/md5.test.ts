import { expect, test } from 'vitest'
import { Md5 } from './md5.ts'

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const md5 = (...texts: string[]) => {
  const hash = new Md5()
  for (const text of texts) hash.update(new TextEncoder().encode(text))
  return hex(hash.digest())
}

// Those of RFC 1321.
test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
  ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
])('of %j', (text, digest) => {
  expect(md5(text)).toBe(digest)
})

test('does not depend on the pieces that bytes come in', () => {
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20)
  for (const size of [1, 55, 56, 63, 64, 65, 128, 500]) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    )
    expect(md5(...pieces)).toBe(md5(text))
  }
})

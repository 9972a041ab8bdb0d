import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SecretKey } from './secret-key.ts'

const key = new SecretKey(new Uint8Array(32).fill(1))
const other = new SecretKey(new Uint8Array(32).fill(2))

test('what is sealed opens as it was, for its owner', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (value, owner) => {
      expect([...key.open(key.seal(value, owner), owner)]).toEqual([...value])
    }),
  )
})

test('it opens for nobody else, with no other key, and not when it was changed', () => {
  const sealed = key.seal(new TextEncoder().encode('value'), 'mine')
  expect(() => key.open(sealed, 'yours')).toThrow()
  expect(() => other.open(sealed, 'mine')).toThrow()
  for (const index of sealed.keys()) {
    const changed = Uint8Array.from(sealed)
    changed[index]! ^= 1
    expect(() => key.open(changed, 'mine')).toThrow()
  }
  expect(() => key.open(sealed.subarray(0, 20), 'mine')).toThrow()
})

test('a value is sealed differently every time, and cannot be read', () => {
  const value = new TextEncoder().encode('a value of some length')
  const [one, two] = [key.seal(value, ''), key.seal(value, '')]
  expect(Buffer.from(one).equals(two)).toBe(false)
  expect(Buffer.from(one).includes('value')).toBe(false)
})

test('a key is known by its name, which does not tell it', () => {
  expect(key.id).toBe(new SecretKey(new Uint8Array(32).fill(1)).id)
  expect(key.id).not.toBe(other.id)
  expect(() => new SecretKey(new Uint8Array(16))).toThrow('32 bytes')
})

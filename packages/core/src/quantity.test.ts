import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from './errors.ts'
import { compareQuantities, quantityNanos, quantityValue, toQuantity } from './quantity.ts'

describe('quantities', () => {
  test.each([
    ['512Mi', 536_870_912],
    ['1Gi', 1_073_741_824],
    ['500m', 0.5],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1.5Gi', 1_610_612_736],
    ['2e3', 2000],
    ['1E', 1e18],
    ['1E3', 1000],
    ['100k', 100_000],
    ['250u', 0.00025],
    ['-1', -1],
    [2, 2],
    [0.1, 0.1],
  ])('%s is %d', (text, value) => {
    expect(quantityValue(text)).toBe(value)
  })

  test('large amounts are exact', () => {
    expect(quantityNanos('7Ei')).toBe(7n * 1024n ** 6n * 1_000_000_000n)
  })

  test('what is smaller than a billionth is rounded up', () => {
    expect(quantityNanos('0.1n')).toBe(1n)
  })

  test.each(['', 'Mi', '1mi', '1 Gi', '1KiB', '1..2', 'a', '1e', 'NaN'])('%o is refused', (text) => {
    expect(() => quantityNanos(text, 'resources.memory')).toThrow(
      `resources.memory ${JSON.stringify(text)} is not a quantity`,
    )
  })

  test('a negative amount is refused for the wire', () => {
    expect(() => toQuantity('-1', 'resources.cpu')).toThrow(InvalidArgumentError)
    expect(() => toQuantity(-1, 'resources.cpu')).toThrow('resources.cpu -1 must not be negative')
  })

  test('numbers and texts go to the wire as they are', () => {
    expect([toQuantity(2), toQuantity(0.5), toQuantity('512Mi')]).toEqual(['2', '0.5', '512Mi'])
  })

  test('amounts are compared, not texts', () => {
    expect(compareQuantities('1Gi', '1024Mi')).toBe(0)
    expect(compareQuantities('999m', 1)).toBe(-1)
    expect(compareQuantities('1Mi', '1M')).toBe(1)
  })
})

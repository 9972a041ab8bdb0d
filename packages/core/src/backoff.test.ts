import { describe, expect, test } from 'vitest'
import { backoffDelayMs, checkBackoff } from './backoff.ts'

describe('backoff', () => {
  test('grows by its factor up to its cap', () => {
    const delays = [0, 1, 2, 3, 50, 5000].map((n) => backoffDelayMs({ baseMs: 100, factor: 2, capMs: 500 }, n))
    expect(delays).toEqual([100, 200, 400, 500, 500, 500])
  })

  test('is constant without a factor', () => {
    expect(backoffDelayMs({ baseMs: 100 }, 7)).toBe(100)
  })

  test('never overflows a timer', () => {
    expect(backoffDelayMs({ baseMs: 0, factor: 2, capMs: 10 }, 5000)).toBe(0)
    expect(Number.isFinite(backoffDelayMs({ baseMs: 1, factor: 2 }, 5000))).toBe(true)
  })

  test('draws jitter from the whole delay', () => {
    const backoff = { baseMs: 100, factor: 2, capMs: 1000, jitter: true }
    expect([0, 0.5, 0.999].map((draw) => backoffDelayMs(backoff, 1, () => draw))).toEqual([0, 100, 199])
  })

  test.each([
    [{ baseMs: -1 }, 'backoff.base -1 must be a duration of 0 or more'],
    [{ baseMs: 1, factor: 0.5 }, 'backoff.factor 0.5 must be a finite number of 1 or more'],
    [{ baseMs: 1, factor: 2 }, 'backoff.cap is needed when factor is above 1'],
    [{ baseMs: 1, capMs: -1 }, 'backoff.cap -1 must be a duration of 0 or more'],
  ])('%o is refused', (backoff, message) => {
    expect(() => checkBackoff(backoff)).toThrow(message)
  })

  test('a sound one passes', () => {
    expect(() => checkBackoff({ baseMs: 0, factor: 2, capMs: 1000 })).not.toThrow()
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  durationMs,
  formatDuration,
  fromProtoDuration,
  isDurationParts,
  parseDuration,
  toProtoDuration,
} from './duration.ts'
import { InvalidArgumentError } from './errors.ts'

// Up to 139 years a number of milliseconds is exact to the microsecond.
const microseconds = fc.integer({ min: -(2 ** 42 * 1000), max: 2 ** 42 * 1000 })

describe('durations', () => {
  test.each([
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['2d', 172_800_000],
    ['12us', 0.012],
    ['12µs', 0.012],
    ['-90s', -90_000],
    ['0s', 0],
    [{ minutes: 5 }, 300_000],
    [{ hours: 1, minutes: 30, seconds: 0.5 }, 5_400_500],
    [{ milliseconds: 1.0004 }, 1],
  ])('%o is %d milliseconds', (input, ms) => {
    expect(durationMs(input)).toBe(ms)
  })

  test.each(['', '5', '5 m', 'm', '5x', '1h-30m', '--5m', 'PT5M'])('%o is refused', (input) => {
    expect(() => durationMs(input, 'timeout')).toThrow(`timeout ${JSON.stringify(input)} is not a duration`)
  })

  test.each([{}, { weeks: 1 }, { minutes: Number.NaN }, { minutes: '5' }])('%o is refused', (input) => {
    expect(() => durationMs(input as never)).toThrow(InvalidArgumentError)
  })

  test('the error says how to write one', () => {
    expect(() => durationMs('soon', 'timeout')).toThrow(
      expect.objectContaining({ field: 'timeout', hint: expect.stringContaining('5m') }),
    )
  })

  test('what the wire cannot hold is refused', () => {
    expect(() => durationMs({ days: 4_000_000 })).toThrow('out of range')
  })

  test.each([
    [300_000, '5m'],
    [5_400_000, '1h30m'],
    [90_061_001, '1d1h1m1.001s'],
    [250, '250ms'],
    [0.012, '12us'],
    [1.5, '1.5ms'],
    [-1500, '-1.5s'],
    [0, '0s'],
  ])('%d milliseconds are written as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('what is written reads back the same', () => {
    fc.assert(
      fc.property(microseconds, (us) => {
        expect(durationMs(formatDuration(us / 1000))).toBe(us / 1000)
      }),
    )
  })

  test('the wire keeps microseconds', () => {
    fc.assert(
      fc.property(microseconds, (us) => {
        const duration = { milliseconds: us / 1000 }
        expect(fromProtoDuration(toProtoDuration(duration))).toEqual(duration)
      }),
    )
  })

  test('the wire wants seconds and nanoseconds of one sign', () => {
    expect(toProtoDuration(-1500)).toMatchObject({ seconds: -1n, nanos: -500_000_000 })
    expect(fromProtoDuration({ ...toProtoDuration(0), nanos: 1999 })).toEqual({ milliseconds: 0.001 })
  })

  test('a duration is also a way to write one', () => {
    expect(parseDuration(parseDuration('90s'))).toEqual({ milliseconds: 90_000 })
    expect(isDurationParts({ milliseconds: 1 })).toBe(true)
    expect(isDurationParts({ milliseconds: 1, other: 2 })).toBe(false)
  })
})

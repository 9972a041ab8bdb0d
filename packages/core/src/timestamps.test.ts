import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatTimestamp, fromTimestamp, isTimestampInRange, parseTimestamp, toDay, toTimestamp } from './timestamps.ts'

const epochMs = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })
const time = (seconds: bigint, nanos = 0) => ({ $typeName: 'google.protobuf.Timestamp', seconds, nanos }) as const

describe('points in time', () => {
  test('X-17: survive as milliseconds and as text', () => {
    fc.assert(
      fc.property(epochMs, (ms) => {
        expect(fromTimestamp(toTimestamp(ms))).toBe(ms)
        expect(parseTimestamp(formatTimestamp(toTimestamp(ms)))).toEqual(toTimestamp(ms))
      }),
    )
  })

  test('before 1970 still count nanoseconds forward', () => {
    expect(toTimestamp(-1)).toMatchObject({ seconds: -1n, nanos: 999_000_000 })
  })

  test('keep nanoseconds as text', () => {
    const precise = time(0n, 123_456_789)
    expect(formatTimestamp(precise)).toBe('1970-01-01T00:00:00.123456789Z')
    expect(parseTimestamp('1970-01-01T00:00:00.123456789Z')).toEqual(precise)
  })

  test.each([
    ['2026-01-31', '2026-01-31T00:00:00Z'],
    ['2026-01-31T12:30', '2026-01-31T12:30:00Z'],
    ['2026-01-31 12:30:05', '2026-01-31T12:30:05Z'],
    ['2026-01-31T12:30:05.5+02:00', '2026-01-31T10:30:05.500Z'],
    ['2026-01-31t12:30:05z', '2026-01-31T12:30:05Z'],
  ])('%s is read as %s', (text, same) => {
    expect(formatTimestamp(parseTimestamp(text) ?? time(0n))).toBe(same)
  })

  test.each(['', 'soon', '2026-02-30', '2026-13-01', '2026-01-31T25:00', '31.1.2026', '2026'])('%o is none', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })

  test('out of range are written without failing', () => {
    expect(isTimestampInRange(time(10n ** 15n))).toBe(false)
    expect(formatTimestamp(time(10n ** 15n))).toBe('@1000000000000000')
  })

  test('days are days of the calendar', () => {
    const day = (value: unknown) => toDay(value, 'value')
    expect(['2026-02-28', '2024-02-29', '2026-02-29', '2026-2-1', 5].map(day)).toEqual([
      '2026-02-28',
      '2024-02-29',
      undefined,
      undefined,
      undefined,
    ])
    expect(day(new Date('2026-01-31T23:00:00Z'))).toBe('2026-01-31')
    expect(day(new Date(Number.NaN))).toBeUndefined()
  })

  test('a day may be written as its midnight in JSON', () => {
    expect(toDay('2026-01-31T00:00:00Z', 'json')).toBe('2026-01-31')
    expect(toDay('2026-01-31T01:00:00Z', 'json')).toBeUndefined()
    expect(toDay('2026-01-31T00:00:00Z', 'value')).toBeUndefined()
  })
})

import { expect, test } from 'vitest'
import { formatRange, parseRange, placeOf, ticksOf } from './time-axis.ts'

const labels = (length: number, about = 6) => ticksOf({ from: 0, to: length }, 0, about).map(({ label }) => label)

test('marks are at round times, in units that suit the length', () => {
  expect(labels(700)).toEqual(['0', '200 ms', '400 ms', '600 ms'])
  expect(labels(2500)).toEqual(['0', '500 ms', '1.0 s', '1.5 s', '2.0 s', '2.5 s'])
  expect(labels(150_000)).toEqual(['0', '30 s', '1:00', '1:30', '2:00', '2:30'])
  expect(labels(3 * 3_600_000)).toEqual(['0', '30 min', '1:00 h', '1:30 h', '2:00 h', '2:30 h', '3:00 h'])
})

test('of a part, marks keep their distance from the start of the run', () => {
  expect(ticksOf({ from: 1_250, to: 1_650 }, 1_000, 4)).toEqual([
    { at: 1_300, label: '300 ms' },
    { at: 1_400, label: '400 ms' },
    { at: 1_500, label: '500 ms' },
    { at: 1_600, label: '600 ms' },
  ])
})

test('there are never too many marks, however long it is', () => {
  expect(labels(400 * 86_400_000).length).toBeLessThanOrEqual(100)
})

test('a range is in the URL by its distance from the start, and nonsense is none', () => {
  expect(formatRange({ from: 1_200.4, to: 1_500.2 }, 1_000)).toBe('200-501')
  expect(parseRange('200-501', 1_000)).toEqual({ from: 1_200, to: 1_501 })
  expect(['x', '', '5-5', '9-3', '-1-2'].map((text) => parseRange(text, 0))).toEqual(Array(5).fill(undefined))
})

test('what is outside of a range is at its edge', () => {
  const range = { from: 100, to: 200 }
  expect([50, 100, 150, 999].map((at) => placeOf(at, range))).toEqual([0, 0, 50, 100])
})

import { expect, test } from 'vitest'
import { readableDuration, relativeTime } from './relative-time.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

test.each([
  ['2026-03-01T12:00:00.300Z', 'just now'],
  ['2026-03-01T11:59:55Z', '5s ago'],
  ['2026-03-01T11:57:10Z', '2m ago'],
  ['2026-03-01T09:30:00Z', '2h ago'],
  ['2026-02-25T12:00:00Z', '4d ago'],
  ['2026-03-01T12:05:00Z', 'in 5m'],
  ['not a time', 'not a time'],
])('%s is %s', (iso, text) => {
  expect(relativeTime(iso, now)).toBe(text)
})

test.each([
  [0, '0ms'],
  [999, '999ms'],
  [4149, '4.1s'],
  [59_990, '59.9s'],
  [125_000, '2m 5s'],
  [3 * 3_600_000 + 600_000, '3h 10m'],
  [26 * 3_600_000, '1d 2h'],
])('%i ms reads %s', (ms, text) => {
  expect(readableDuration(ms)).toBe(text)
})

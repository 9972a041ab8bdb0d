import { expect, test } from 'vitest'
import { instantIn, momentIn } from './zoned-moment.ts'

test.each([
  ['UTC', '2026-01-31T09:00:00', '2026-01-31T09:00:00Z'],
  ['Asia/Tokyo', '2026-01-31T09:00:00', '2026-01-31T00:00:00Z'],
  ['America/New_York', '2026-07-01T09:30:15', '2026-07-01T13:30:15Z'],
  ['Asia/Kathmandu', '2026-01-01T00:00:00', '2025-12-31T18:15:00Z'],
])('in %s, %s is %s', (zone, moment, instant) => {
  expect(instantIn(zone, moment)).toBe(instant)
  expect(momentIn(zone, instant)).toBe(moment)
})

test('where clocks are put back or forward', () => {
  // 02:30 comes twice on that day, and not at all on the other.
  expect(instantIn('Europe/Berlin', '2026-10-25T02:30')).toBe('2026-10-25T00:30:00Z')
  expect(instantIn('Europe/Berlin', '2026-03-29T02:30')).toBe('2026-03-29T01:30:00Z')
})

test('what is no time is none', () => {
  expect([instantIn('UTC', ''), instantIn('UTC', 'noon')]).toEqual([undefined, undefined])
  expect(momentIn('UTC', 'noon')).toBe('')
})

import { expect, test } from 'vitest'
import { localTime, zonedTime } from './local-time.ts'

test('shows what the clocks of a zone show', () => {
  expect(localTime('2026-07-01T22:30:00Z', 'Europe/Berlin')).toBe('2026-07-02 00:30')
  expect(localTime('2026-12-01T22:30:05Z', 'Europe/Berlin')).toBe('2026-12-01 23:30:05')
  expect(zonedTime('2026-12-01T22:30:00Z', 'Asia/Kolkata')).toBe('2026-12-02 04:00 Asia/Kolkata')
})

test('what cannot be read stays, or is UTC', () => {
  expect(localTime('soon', 'UTC')).toBe('soon')
  expect(zonedTime('2026-12-01T22:30:00Z', 'Mars/Olympus')).toBe('2026-12-01 22:30 UTC')
})

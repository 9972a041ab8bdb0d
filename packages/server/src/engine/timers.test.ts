import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '@tern/core'
import { Timers } from './timers.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('calls back in order of time, however they were added', () => {
  const due: number[] = []
  const timers = new Timers<number>(systemClock, (value) => due.push(value))
  for (const at of [1_500, 1_100, 1_900, 1_300]) timers.add(at, at)
  vi.advanceTimersByTime(600)
  expect(due).toEqual([1_100, 1_300, 1_500])
  vi.advanceTimersByTime(600)
  expect(due).toEqual([1_100, 1_300, 1_500, 1_900])
})

test('does not call back what was called off, among many', () => {
  const due: number[] = []
  const timers = new Timers<number>(systemClock, (value) => due.push(value))
  const added = Array.from({ length: 200 }, (_, i) => timers.add(1_000 + ((i * 37) % 200), (i * 37) % 200))
  added.forEach((timer, i) => i % 4 !== 0 && timer.cancel())
  vi.advanceTimersByTime(1_000)
  expect(due).toEqual(Array.from({ length: 50 }, (_, i) => i * 4).sort((a, b) => a - b))
})

test('waits longer than one Node timer can', () => {
  const due: string[] = []
  const timers = new Timers<string>(systemClock, (value) => due.push(value))
  const days = 24 * 60 * 60 * 1000
  timers.add(1_000 + 60 * days, 'later')
  vi.advanceTimersByTime(59 * days)
  expect(due).toEqual([])
  vi.advanceTimersByTime(2 * days)
  expect(due).toEqual(['later'])
})

describe('a clock that is set back by an hour', () => {
  const hour = 3_600_000
  let clockMs = 10 * hour
  const clock = { now: () => clockMs + performance.now() }

  beforeEach(() => {
    clockMs = 10 * hour
  })

  test('leaves spans as long as they were, those begun since too', () => {
    const due: string[] = []
    const timers = new Timers<string>(clock, (value) => due.push(value), { areSpans: true })
    timers.add(clock.now() + 5_000, 'before')
    vi.advanceTimersByTime(1_000)
    clockMs -= hour
    timers.add(clock.now() + 5_000, 'after')
    vi.advanceTimersByTime(3_900)
    expect(due).toEqual([])
    vi.advanceTimersByTime(200)
    expect(due).toEqual(['before'])
    vi.advanceTimersByTime(800)
    expect(due).toEqual(['before'])
    vi.advanceTimersByTime(200)
    expect(due).toEqual(['before', 'after'])
  })

  test('leaves instants where they are in the calendar', () => {
    const due: string[] = []
    const timers = new Timers<string>(clock, (value) => due.push(value))
    timers.add(clock.now() + 5_000, 'at ten')
    clockMs -= hour
    vi.advanceTimersByTime(hour)
    expect(due).toEqual([])
    vi.advanceTimersByTime(6_000)
    expect(due).toEqual(['at ten'])
  })
})

test('a clock that is set forwards makes nothing that begins later wait for what began before', () => {
  let offsetMs = 0
  const clock = { now: () => offsetMs + performance.now() }
  const due: string[] = []
  const timers = new Timers<string>(clock, (value) => due.push(value), { areSpans: true })
  timers.add(clock.now() + 50_000, 'long')
  offsetMs += 30_000
  timers.add(clock.now() + 25_000, 'short')
  vi.advanceTimersByTime(25_001)
  expect(due).toEqual(['long', 'short'])
  timers.add(clock.now() + 50_000, 'long')
  offsetMs += 3_600_000
  timers.add(clock.now() + 100, 'short')
  vi.advanceTimersByTime(101)
  expect(due).toEqual(['long', 'short', 'long', 'short'])
})

import { beforeEach, describe, expect, test } from 'vitest'
import { backoffDelayMs, checkBackoff, retryInPlace } from './backoff.ts'

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

describe('what is done again in place', () => {
  const delays: number[] = []
  const delay = async (ms: number): Promise<void> => void delays.push(ms)
  const isTransient = (error: unknown): boolean => error === 'passes'
  const backoff = { baseMs: 100, factor: 2, capMs: 400 }

  beforeEach(() => void delays.splice(0))

  /** Fails so often, then works. */
  function flaky(failures: number, error: unknown = 'passes'): () => Promise<number> {
    let calls = 0
    return async () => {
      calls += 1
      if (calls <= failures) throw error
      return calls
    }
  }

  test('is done until it works, ever later', async () => {
    const told: unknown[] = []
    const onRetry = (error: unknown, delayMs: number): void => void told.push([error, delayMs])
    expect(await retryInPlace(flaky(4), { isTransient, backoff, delay, onRetry })).toBe(5)
    expect(delays).toEqual([100, 200, 400, 400])
    expect(told[0]).toEqual(['passes', 100])
  })

  test('is not done again for what does not pass', async () => {
    await expect(retryInPlace(flaky(1, 'stays'), { isTransient, delay })).rejects.toBe('stays')
    expect(delays).toEqual([])
  })

  test('is given up when it has waited for as long as it may, with the last reason', async () => {
    await expect(retryInPlace(flaky(99), { isTransient, backoff, delay, forMs: 1000 })).rejects.toBe('passes')
    expect(delays).toEqual([100, 200, 400, 300])
  })

  test('waits for half a minute, unless told otherwise, with jitter', async () => {
    await expect(retryInPlace(flaky(Number.POSITIVE_INFINITY), { isTransient, delay })).rejects.toBe('passes')
    expect(delays.reduce((sum, ms) => sum + ms, 0)).toBe(30_000)
    expect(Math.max(...delays)).toBeLessThanOrEqual(3_000)
  })

  test('waits for real', async () => {
    expect(await retryInPlace(flaky(2), { isTransient, backoff: { baseMs: 1 } })).toBe(3)
  })
})

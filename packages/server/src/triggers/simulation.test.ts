import { AlreadyExistsError, systemClock } from '@tern/core'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { firingName } from './firing-name.ts'
import { Scheduler } from './scheduler.ts'
import { aTrigger, cronSchedule, TriggerTable } from './test/schedules.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const end = Date.parse('2027-01-01T00:00:00Z')
const day = 24 * 60 * 60_000

const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Pacific/Auckland',
]

/** Mostly rare, a few often: as many firings as are quick to simulate. */
function expressionOf(index: number): string {
  const minute = (index * 7) % 60
  if (index === 0) return '30 * * * *'
  if (index % 25 === 1) return `${minute} ${((index / 25) | 0) % 4} * * *`
  if (index % 25 === 2) return `${minute},${(minute + 30) % 60} 2 * * SUN`
  return index % 2 === 0 ? `${minute} ${index % 24} * * MON` : `${minute} ${index % 4} 1,15 * *`
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start })
})
afterEach(() => {
  vi.useRealTimers()
})

test('a year of 500 triggers, two servers, restarts and faults: every instant has one run', {
  timeout: 60_000,
}, async () => {
  const table = new TriggerTable()
  const expected = new Map<string, string>()
  for (let index = 0; index < 500; index++) {
    const [name, expression, zone] = [`t${index}`, expressionOf(index), zones[index % zones.length]!]
    const trigger = aTrigger(name, expression, zone, start)
    table.put(trigger)
    for (const at of cronSchedule(expression, zone, start).latest(Number.POSITIVE_INFINITY, start, end)) {
      expected.set(firingName(trigger.key, at), `${name} ${new Date(at).toISOString()}`)
    }
  }
  const runs = new Map<string, string>()
  let calls = 0
  const begin = async () => {
    const scheduler = new Scheduler({
      repository: table,
      changes: table,
      async fire(key, at) {
        calls += 1
        // Some fail before anything is stored, some after, without the server's knowing.
        if (calls % 101 === 0) throw new Error('lost before it was stored')
        const name = firingName(key, at)
        if (runs.has(name)) throw new AlreadyExistsError(`run ${name} is there`)
        runs.set(name, `${key.name} ${new Date(at).toISOString()}`)
        if (calls % 103 === 0) throw new Error('lost after it was stored')
      },
      clock: systemClock,
      logger: pino({ level: 'silent' }),
      catchUp: Number.POSITIVE_INFINITY,
      rereadMs: day,
    })
    await scheduler.start()
    return scheduler
  }
  let servers = [await begin(), await begin()]
  while (Date.now() < end) {
    // One server restarts every ten days; every thirty, none runs for hours.
    const days = Math.round((Date.now() - start) / day)
    if (days % 30 === 20) {
      for (const server of servers) await server.stop()
      vi.setSystemTime(Date.now() + 7 * 60 * 60_000)
      servers = [await begin(), await begin()]
      await vi.advanceTimersByTimeAsync(10 * day - 7 * 60 * 60_000)
    } else {
      await servers.shift()?.stop()
      servers.push(await begin())
      await vi.advanceTimersByTimeAsync(Math.min(10 * day, end - Date.now()))
    }
  }
  for (const server of servers) await server.stop()
  const late = Array.from(runs).filter(([name]) => !expected.has(name))
  expect(late.map(([, instant]) => instant).filter((instant) => Date.parse(instant.slice(-24)) <= end)).toEqual([])
  expect(Array.from(expected).filter(([name]) => !runs.has(name))).toEqual([])
  expect(expected.size).toBeGreaterThan(30_000)
})

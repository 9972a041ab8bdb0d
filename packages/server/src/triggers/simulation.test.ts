import { AlreadyExistsError, systemClock } from '@tern/core'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { firingName } from './firing-name.ts'
import { Firings, type FiringsParts } from './firings.ts'
import { Scheduler } from './scheduler.ts'
import { aTrigger, cronSchedule, TriggerTable, withPolicy } from './test/schedules.ts'
import { expectedInstants, type WallClock, wallClock } from './test/wall-clock-oracle.ts'

// A leap year, in which Kazakhstan left its zone, Greenland began with daylight saving anew, and Morocco left it for
// Ramadan.
const start = Date.parse('2024-01-01T00:00:00Z')
const end = Date.parse('2025-01-01T00:00:00Z')
const hour = 60 * 60_000
const day = 24 * hour

const zones = [
  'UTC',
  'America/New_York',
  'America/Santiago',
  'America/Nuuk',
  'America/St_Johns',
  'Europe/Berlin',
  'Europe/Dublin',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Almaty',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Antarctica/Troll',
]

const clocks = new Map<string, WallClock>()
function clockOf(zone: string): WallClock {
  const clock = clocks.get(zone) ?? wallClock(zone, start, end)
  clocks.set(zone, clock)
  return clock
}

/** Mostly rare, at night, when clocks are changed; a few often. */
function expressionOf(index: number): string {
  const [minute, hour] = [(index * 7) % 60, ((index / zones.length) | 0) % 6]
  if (index === 0) return '30 */3 * * *'
  if (index % 50 === 1) return `*/20 ${hour} 1-5 * *`
  if (index % 25 === 2) return `${minute} ${hour} * * *`
  if (index % 25 === 3) return `${minute},${(minute + 30) % 60} 2 * * SUN,FRI`
  if (index % 25 === 4) return `0 0 29 2 *`
  if (index % 25 === 5) return `15 1-3 13 * FRI`
  if (index % 3 === 0) return `${minute} ${hour} * * SUN`
  if (index % 3 === 1) return `${minute} ${hour} 1,15,31 * *`
  return `${minute} ${index % 24} * MAR-APR,SEP-NOV SAT,SUN`
}

describe('the instants of a schedule, against the clock on the wall', () => {
  const expressions = [
    '0 0 * * *',
    '30 0 * * *',
    '15 1 * * *',
    '0,30 2 * * *',
    '45 2 * * *',
    '0 3 * * *',
    '59 23 * * *',
    '10,50 0-4 * * *',
    '0 1,2,3 * * SUN',
    '30 * * * *',
    '*/15 * * * *',
    '*/7 1-3 * * *',
    '5 */2 * * *',
    '0 12 31 * FRI',
  ]
  test.each(zones)('%s', (zone) => {
    const clock = clockOf(zone)
    for (const expression of expressions) {
      const schedule = cronSchedule(expression, zone, start)
      const found: number[] = []
      for (let at = schedule.next(start); at !== undefined && at <= end; at = schedule.next(at)) found.push(at)
      const expected = expectedInstants(expression, clock)
      expect([expression, ...difference(found, expected)]).toEqual([expression])
    }
  })
})

describe('a year of 500 triggers', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Starts of runs that were asked for, by what came of them. */
  class Runs {
    readonly names = new Map<string, string>()
    calls = 0

    readonly start: FiringsParts['start'] = async (key, at) => {
      this.calls += 1
      // Some fail before anything is stored, some after, without the server's knowing.
      if (this.calls % 101 === 0) throw new Error('lost before it was stored')
      const name = firingName(key, at)
      if (this.names.has(name)) throw new AlreadyExistsError(`run ${name} is there`)
      this.names.set(name, instantOf(key.name, at))
      if (this.calls % 103 === 0) throw new Error('lost after it was stored')
    }
  }

  function deploy(table: TriggerTable): ReadonlySet<string> {
    const expected = new Set<string>()
    for (let index = 0; index < 500; index++) {
      const [name, expression, zone] = [`t${index}`, expressionOf(index), zones[index % zones.length]!]
      table.put(withPolicy(aTrigger(name, expression, zone, start), { 'tern/catch-up': 'all' }))
      for (const at of expectedInstants(expression, clockOf(zone))) expected.add(instantOf(name, at))
    }
    return expected
  }

  async function begin(table: TriggerTable, runs: Runs): Promise<Scheduler> {
    const firings = new Firings({
      repository: table,
      triggers: table,
      start: runs.start,
      abort: async () => {},
      clock: systemClock,
      turn: async () => {},
    })
    const logger = pino({ level: 'silent' })
    const scheduler = new Scheduler({
      repository: table,
      changes: table,
      firings,
      clock: systemClock,
      logger,
      rereadMs: day,
    })
    await scheduler.start()
    return scheduler
  }

  /** Every instant has its run, and nothing else has one. */
  function check({ names }: Runs, expected: ReadonlySet<string>): void {
    const found = Array.from(names.values()).filter((instant) => Date.parse(instant.slice(-24)) <= end)
    expect(found.filter((instant) => !expected.has(instant))).toEqual([])
    const there = new Set(found)
    expect(Array.from(expected).filter((instant) => !there.has(instant))).toEqual([])
    expect(there.size).toBe(found.length)
    expect(expected.size).toBeGreaterThan(15_000)
  }

  test('two servers, restarts and faults: every instant has one run', { timeout: 300_000 }, async () => {
    const table = new TriggerTable()
    const expected = deploy(table)
    const runs = new Runs()
    let servers = [await begin(table, runs), await begin(table, runs)]
    while (Date.now() < end) {
      // One server restarts every ten days; every thirty, none runs for hours.
      const days = Math.round((Date.now() - start) / day)
      if (days % 30 === 20) {
        for (const server of servers) await server.stop()
        vi.setSystemTime(Date.now() + 7 * hour)
        servers = [await begin(table, runs), await begin(table, runs)]
        await vi.advanceTimersByTimeAsync(10 * day - 7 * hour)
      } else {
        await servers.shift()?.stop()
        servers.push(await begin(table, runs))
        await vi.advanceTimersByTimeAsync(Math.min(10 * day, end - Date.now()))
      }
    }
    await vi.advanceTimersByTimeAsync(hour)
    for (const server of servers) await server.stop()
    check(runs, expected)
  })

  test('a clock that steps back and ahead: every instant has one run', { timeout: 300_000 }, async () => {
    const table = new TriggerTable()
    const expected = deploy(table)
    const runs = new Runs()
    const server = await begin(table, runs)
    const steps = [-3 * 60_000, 2 * hour, -5 * hour, 30_000, -50 * hour, day]
    for (let count = 0; Date.now() < end; count++) {
      await vi.advanceTimersByTimeAsync(Math.min(8 * day, end - Date.now()))
      if (Date.now() < end - 3 * day) vi.setSystemTime(Date.now() + steps[count % steps.length]!)
    }
    await vi.advanceTimersByTimeAsync(hour)
    await server.stop()
    check(runs, expected)
  })
})

function instantOf(name: string, at: number): string {
  return `${name} ${new Date(at).toISOString()}`
}

/** What one has and the other has not. */
function difference(found: ReadonlyArray<number>, expected: ReadonlyArray<number>): ReadonlyArray<string> {
  const [there, wanted] = [new Set(found), new Set(expected)]
  return [
    ...expected.filter((at) => !there.has(at)).map((at) => `missing ${new Date(at).toISOString()}`),
    ...found.filter((at) => !wanted.has(at)).map((at) => `too much ${new Date(at).toISOString()}`),
  ].slice(0, 10)
}

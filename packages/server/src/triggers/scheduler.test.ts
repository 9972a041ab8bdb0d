import { AlreadyExistsError, InvalidArgumentError, systemClock, UnavailableError } from '@tern/core'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Scheduler, type SchedulerParts } from './scheduler.ts'
import { aTrigger, TriggerTable } from './test/schedules.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const minute = 60_000
const hour = 60 * minute

let table: TriggerTable
let fired: string[]
let lines: { readonly msg: string }[]
let schedulers: Scheduler[]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: start })
  table = new TriggerTable()
  fired = []
  lines = []
  schedulers = []
})
afterEach(async () => {
  for (const scheduler of schedulers) await scheduler.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

async function begin(overrides: Partial<SchedulerParts> = {}): Promise<Scheduler> {
  const scheduler = new Scheduler({
    repository: table,
    changes: table,
    fire: async ({ name }, at) => void fired.push(`${name} ${new Date(at).toISOString().slice(5, 16)}`),
    clock: systemClock,
    logger: pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) }),
    ...overrides,
  })
  schedulers.push(scheduler)
  await scheduler.start()
  return scheduler
}

describe('instants', () => {
  test('each fires at its time, and is remembered', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await begin()
    await vi.advanceTimersByTimeAsync(25 * minute)
    expect(fired).toEqual(['a 01-01T00:10', 'a 01-01T00:20'])
    expect(table.get('a').triggeredAt).toBe(start + 20 * minute)
  })

  test('thousands of triggers that are not due cost one timer', async () => {
    for (let index = 0; index < 2000; index++) table.put(aTrigger(`t${index}`, '0 0 1 * *', 'UTC', start))
    await begin({ rereadMs: hour })
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(24 * hour)
    expect(vi.getTimerCount()).toBe(1)
    expect(fired).toEqual([])
  })

  test('a server that wakes up after a long time fires the latest instant only', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await begin()
    vi.setSystemTime(start + 95 * minute)
    await vi.advanceTimersByTimeAsync(10 * minute)
    expect(fired).toEqual(['a 01-01T01:30', 'a 01-01T01:40'])
  })

  test('a clock that is set back does not fire again', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await begin()
    await vi.advanceTimersByTimeAsync(21 * minute)
    vi.setSystemTime(start + 5 * minute)
    await vi.advanceTimersByTimeAsync(30 * minute)
    expect(fired).toEqual(['a 01-01T00:10', 'a 01-01T00:20', 'a 01-01T00:30'])
  })
})

describe('changes', () => {
  test('what this server changes counts at once', async () => {
    await begin()
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start), true)
    await vi.advanceTimersByTimeAsync(15 * minute)
    const before = table.get('a')
    table.put({ ...before, revision: 2, active: false, updatedAt: Date.now() }, true)
    await vi.advanceTimersByTimeAsync(30 * minute)
    table.put({ ...before, revision: 3, updatedAt: Date.now(), scheduledFrom: Date.now() }, true)
    await vi.advanceTimersByTimeAsync(10 * minute)
    expect(fired).toEqual(['a 01-01T00:10', 'a 01-01T00:50'])
  })

  test('what other servers change is found by reading again', async () => {
    await begin()
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await vi.advanceTimersByTimeAsync(15 * minute)
    table.put({ ...table.get('a'), revision: 2, active: false, deletedAt: Date.now(), updatedAt: Date.now() })
    await vi.advanceTimersByTimeAsync(30 * minute)
    expect(fired).toEqual(['a 01-01T00:10'])
  })

  test('an older revision that arrives late is not taken', async () => {
    await begin()
    const trigger = aTrigger('a', '*/10 * * * *', 'UTC', start)
    table.put({ ...trigger, revision: 2, active: false, deletedAt: start }, true)
    table.put(trigger, true)
    await vi.advanceTimersByTimeAsync(hour)
    expect(fired).toEqual([])
  })

  test('a table that cannot be read is read again', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    let failures = 2
    const repository = {
      setTriggered: table.setTriggered.bind(table),
      async changedSince(...args: Parameters<TriggerTable['changedSince']>) {
        if (failures-- > 0) throw new Error('no database')
        return table.changedSince(...args)
      },
    }
    await begin({ repository })
    await vi.advanceTimersByTimeAsync(15 * minute)
    expect(fired).toEqual(['a 01-01T00:10'])
    expect(lines).toHaveLength(2)
  })
})

describe('after a time without a server', () => {
  const missed = async (catchUp?: number) => {
    table.put({ ...aTrigger('a', '0 * * * *', 'UTC', start - 24 * hour), triggeredAt: start - 5 * hour })
    await begin({ catchUp })
    await vi.advanceTimersByTimeAsync(0)
  }

  test('the latest instant is made up for', async () => {
    await missed()
    expect(fired).toEqual(['a 01-01T00:00'])
  })

  test('or several', async () => {
    await missed(3)
    expect(fired).toEqual(['a 12-31T22:00', 'a 12-31T23:00', 'a 01-01T00:00'])
  })

  test('or none', async () => {
    await missed(0)
    expect(fired).toEqual([])
  })

  test('or all since the last that fired', async () => {
    await missed(Number.POSITIVE_INFINITY)
    expect(fired).toHaveLength(5)
  })
})

describe('failures', () => {
  test('a firing that fails is tried again until it works, and shown', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    let attempts = 0
    await begin({
      async fire({ name }, at) {
        attempts += 1
        if (attempts <= 3) throw new UnavailableError('not now')
        fired.push(`${name} ${at}`)
      },
    })
    await vi.advanceTimersByTimeAsync(hour + minute)
    expect(fired).toEqual([`a ${start + hour}`])
    expect(lines.map(({ msg }) => msg)).toEqual(Array(3).fill('a trigger could not start its run yet'))
    expect(table.get('a').triggeredAt).toBe(start + hour)
  })

  test('one that cannot work is shown, and the next instant fires', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    let attempts = 0
    await begin({
      async fire() {
        attempts += 1
        throw new InvalidArgumentError('x is missing')
      },
    })
    await vi.advanceTimersByTimeAsync(2 * hour + minute)
    expect(attempts).toBe(2)
    expect(lines.map(({ msg }) => msg)).toEqual(Array(2).fill('a trigger could not start its run'))
  })

  test('a run that is there already is the run', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    await begin({ fire: () => Promise.reject(new AlreadyExistsError('the run is there')) })
    await vi.advanceTimersByTimeAsync(hour)
    expect(table.get('a').triggeredAt).toBe(start + hour)
    expect(lines).toEqual([])
  })

  test('what waits to be tried again is dropped with its trigger', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    let attempts = 0
    await begin({
      async fire() {
        attempts += 1
        throw new UnavailableError('not now')
      },
    })
    await vi.advanceTimersByTimeAsync(hour)
    table.put({ ...table.get('a'), revision: 2, active: false, deletedAt: Date.now() }, true)
    await vi.advanceTimersByTimeAsync(hour)
    expect(attempts).toBe(1)
  })

  test('a server that stops waits for what it is firing, and starts no more', async () => {
    for (let index = 0; index < 100; index++) table.put(aTrigger(`t${index}`, '0 * * * *', 'UTC', start))
    const gate = Promise.withResolvers<void>()
    const scheduler = await begin({
      async fire({ name }) {
        await gate.promise
        fired.push(name)
      },
    })
    await vi.advanceTimersByTimeAsync(hour)
    const stopped = scheduler.stop()
    gate.resolve()
    await stopped
    expect(fired).toHaveLength(32)
  })
})

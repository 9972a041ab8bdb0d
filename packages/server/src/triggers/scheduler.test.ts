import { AlreadyExistsError, InvalidArgumentError, systemClock, UnavailableError } from '@tern/core'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FiringState } from '@tern/idl/trigger'
import { Firings, type FiringsParts } from './firings.ts'
import { Scheduler, type SchedulerParts } from './scheduler.ts'
import { aFiring, aTrigger, TriggerTable, withPolicy } from './test/schedules.ts'

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

interface Overrides extends Partial<SchedulerParts> {
  readonly start?: FiringsParts['start']
  readonly store?: Partial<FiringsParts['repository']>
}

async function begin({ start, store, ...overrides }: Overrides = {}): Promise<Scheduler> {
  const firings = new Firings({
    repository: {
      decide: () => table.decide(),
      liveRuns: () => table.liveRuns(),
      pending: (last) => table.pending(last),
      record: (rows) => table.record(rows),
      ...store,
    },
    triggers: table,
    start: start ?? (async ({ name }, at) => void fired.push(`${name} ${new Date(at).toISOString().slice(5, 16)}`)),
    abort: async () => {},
    clock: systemClock,
    turn: async () => {},
  })
  const scheduler = new Scheduler({
    repository: table,
    changes: table,
    firings,
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

  test('thousands of triggers that are not due cost two timers', async () => {
    for (let index = 0; index < 2000; index++) table.put(aTrigger(`t${index}`, '0 0 15 * *', 'UTC', start - hour))
    await begin({ rereadMs: hour })
    expect(vi.getTimerCount()).toBe(2)
    await vi.advanceTimersByTimeAsync(23.5 * hour)
    expect(vi.getTimerCount()).toBe(2)
    expect(fired).toEqual([])
  })

  test('more triggers than fit into any page are all scheduled', async () => {
    for (let index = 0; index < 10_050; index++) {
      table.put(aTrigger(`t${index}`, index < 10_000 ? '0 0 1 7 *' : '0 1 * * *', 'UTC', start - hour))
    }
    await begin({ rereadMs: 24 * hour })
    await vi.advanceTimersByTimeAsync(hour)
    expect(new Set(fired).size).toBe(50)
  })

  test('a server that wakes up after a long time fires the latest instant only', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await begin()
    vi.setSystemTime(start + 95 * minute)
    await vi.advanceTimersByTimeAsync(10 * minute)
    expect(fired).toEqual(['a 01-01T01:30', 'a 01-01T01:40'])
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

  test('a trigger that another server has switched off does not fire, before it is read again too', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await begin({ rereadMs: 24 * hour })
    table.put({ ...table.get('a'), revision: 2, active: false, updatedAt: start })
    await vi.advanceTimersByTimeAsync(15 * minute)
    expect(fired).toEqual([])
    const again = { ...table.get('a'), revision: 3, active: true, scheduledFrom: Date.now(), updatedAt: Date.now() }
    table.put(again, true)
    await vi.advanceTimersByTimeAsync(10 * minute)
    expect(fired).toEqual(['a 01-01T00:20'])
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
      async changedAfter(...args: Parameters<TriggerTable['changedAfter']>) {
        if (failures-- > 0) throw new Error('no database')
        return table.changedAfter(...args)
      },
    }
    await begin({ repository })
    await vi.advanceTimersByTimeAsync(15 * minute)
    expect(fired).toEqual(['a 01-01T00:10'])
    expect(lines).toHaveLength(2)
  })
})

describe('after a time without a server', () => {
  const missed = async (catchUp: string | undefined, expression = '30 * * * *') => {
    const trigger = { ...aTrigger('a', expression, 'UTC', start - 24 * hour), settledAt: start - 5 * hour }
    table.put(catchUp === undefined ? trigger : withPolicy(trigger, { 'tern/catch-up': catchUp }))
    await begin()
    await vi.advanceTimersByTimeAsync(0)
  }

  test('the latest instant is made up for', async () => {
    await missed(undefined)
    expect(fired).toEqual(['a 12-31T23:30'])
  })

  test('or several, the earliest first', async () => {
    await missed('3')
    expect(fired).toEqual(['a 12-31T21:30', 'a 12-31T22:30', 'a 12-31T23:30'])
  })

  test('or none', async () => {
    await missed('none')
    expect(fired).toEqual([])
    await vi.advanceTimersByTimeAsync(hour)
    expect(fired).toEqual(['a 01-01T00:30'])
  })

  test('or all since the last that fired', async () => {
    await missed('all')
    expect(fired).toHaveLength(5)
  })

  test('what is late by less than a minute is not missed', async () => {
    vi.setSystemTime(start + 45_000)
    await missed('none', '0 * * * *')
    expect(fired).toEqual(['a 01-01T00:00'])
  })

  test('what is late counts as one of the latest', async () => {
    await missed('latest', '* * * * *')
    expect(fired).toEqual(['a 01-01T00:00'])
  })

  test('what others are due for comes before what is made up for', async () => {
    const minutely = aTrigger('often', '* * * * *', 'UTC', start - 24 * hour)
    table.put(withPolicy(minutely, { 'tern/catch-up': 'all' }))
    for (let index = 0; index < 40; index++) {
      table.put({ ...aTrigger(`t${index}`, '0 * * * *', 'UTC', start - hour), settledAt: start - hour })
    }
    await begin()
    await vi.advanceTimersByTimeAsync(0)
    const own = fired.filter((line) => line.startsWith('often '))
    expect(own).toHaveLength(24 * 60)
    expect([own[0], own[1], own.at(-1)]).toEqual(['often 12-31T00:01', 'often 12-31T00:02', 'often 01-01T00:00'])
    expect(fired.findLastIndex((line) => line.startsWith('t'))).toBeLessThan(200)
  })

  test('a server that is stopped while it makes up for things leaves the rest to the next', async () => {
    const trigger = aTrigger('a', '0 * * * *', 'UTC', start - 24 * hour)
    table.put(withPolicy(trigger, { 'tern/catch-up': 'all' }))
    const stopping: Promise<void>[] = []
    const first: Scheduler = await begin({
      async start(_key, at) {
        fired.push(`a ${new Date(at).toISOString().slice(5, 16)}`)
        if (fired.length === 10) stopping.push(first.stop())
      },
    })
    await vi.advanceTimersByTimeAsync(0)
    await Promise.all(stopping)
    expect(fired).toHaveLength(10)
    await begin()
    await vi.advanceTimersByTimeAsync(0)
    expect(fired).toHaveLength(24)
    expect(new Set(fired).size).toBe(24)
  })
})

describe('a clock that is set', () => {
  test('back a little fires nothing again', async () => {
    table.put(aTrigger('a', '*/10 * * * *', 'UTC', start))
    await begin()
    await vi.advanceTimersByTimeAsync(21 * minute)
    vi.setSystemTime(start + 17 * minute)
    await vi.advanceTimersByTimeAsync(18 * minute)
    expect(fired).toEqual(['a 01-01T00:10', 'a 01-01T00:20', 'a 01-01T00:30'])
  })

  test('far back fires what comes again, under the same names', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    await begin()
    await vi.advanceTimersByTimeAsync(2 * hour)
    // Somebody set it a month ahead, and back again.
    vi.setSystemTime(start + 24 * 30 * hour)
    await vi.advanceTimersByTimeAsync(minute)
    vi.setSystemTime(start + 2 * hour + 30 * minute)
    await vi.advanceTimersByTimeAsync(hour)
    expect(fired).toEqual(['a 01-01T01:00', 'a 01-01T02:00', 'a 01-31T00:00', 'a 01-01T03:00'])
  })

  test('ahead is noticed within the time of a reread', async () => {
    table.put(aTrigger('a', '0 12 * * *', 'UTC', start))
    await begin()
    vi.setSystemTime(start + 12 * hour + 1000)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(fired).toEqual(['a 01-01T12:00'])
  })
})

describe('failures', () => {
  test('a firing that fails is tried again until it works, and shown', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    let attempts = 0
    await begin({
      async start({ name }, at) {
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
      async start() {
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
    await begin({ start: () => Promise.reject(new AlreadyExistsError('the run is there')) })
    await vi.advanceTimersByTimeAsync(hour)
    expect(table.get('a').triggeredAt).toBe(start + hour)
    expect(lines).toEqual([])
  })

  test('is kept with its reason, and tried again by the next server', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    const first = await begin({ start: () => Promise.reject(new UnavailableError('the storage is away')) })
    await vi.advanceTimersByTimeAsync(hour + 1500)
    await first.stop()
    expect(table.firingsOf('a')).toMatchObject([
      {
        at: start + hour,
        state: FiringState.RETRYING,
        failures: 2,
        failingSince: start + hour,
        message: 'the storage is away',
        nextAttemptAt: start + hour + 3000,
      },
    ])
    await begin()
    await vi.advanceTimersByTimeAsync(minute)
    expect(fired).toEqual(['a 01-01T01:00'])
    expect(table.firingsOf('a')).toMatchObject([{ state: FiringState.STARTED, failures: 2, nextAttemptAt: null }])
  })

  test('one that another server left is taken over', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    await begin({ rereadMs: minute })
    const before = { ...aFiring('a', start - hour), state: FiringState.RETRYING, nextAttemptAt: start - minute }
    await table.record([before])
    await vi.advanceTimersByTimeAsync(3 * minute)
    expect(fired).toEqual(['a 12-31T23:00'])
  })

  test('it is given up after a day', async () => {
    table.put(aTrigger('a', '0 0 1 * *', 'UTC', start - hour))
    const failing = { start: () => Promise.reject(new UnavailableError('not now')) }
    await begin({ ...failing, rereadMs: hour })
    await vi.advanceTimersByTimeAsync(25 * hour)
    expect(table.firingsOf('a')).toMatchObject([{ state: FiringState.FAILED, failingSince: start }])
    expect(lines.at(-1)?.msg).toBe('a trigger could not start its run')
  })

  test('no more wait than are kept: the oldest is given up', async () => {
    table.put(aTrigger('a', '* * * * *', 'UTC', start))
    await begin({ start: () => Promise.reject(new UnavailableError('not now')), rereadMs: hour })
    await vi.advanceTimersByTimeAsync(103 * minute + 59_000)
    const failed = table.firingsOf('a').filter(({ state }) => state === FiringState.FAILED)
    expect(failed.map(({ at }) => (at - start) / minute)).toEqual([1, 2, 3])
  })

  test('a store that cannot be written loses nothing: the same instant is tried again', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    let failures = 3
    const starts: number[] = []
    await begin({
      start: async (_key, at) => void starts.push(at),
      store: {
        async record(firings) {
          if (failures-- > 0) throw new UnavailableError('the database is away')
          return table.record(firings)
        },
      },
    })
    await vi.advanceTimersByTimeAsync(hour + minute)
    expect(starts).toEqual(Array(4).fill(start + hour))
    expect(table.get('a').settledAt).toBe(start + hour)
    expect(lines.map(({ msg }) => msg)).toEqual(Array(3).fill('a trigger cannot fire now; trying again'))
  })

  test('what waits to be tried again is dropped with its trigger', async () => {
    table.put(aTrigger('a', '0 * * * *', 'UTC', start))
    let attempts = 0
    await begin({
      async start() {
        attempts += 1
        throw new UnavailableError('not now')
      },
    })
    await vi.advanceTimersByTimeAsync(hour)
    table.put({ ...table.get('a'), revision: 2, active: false, deletedAt: Date.now() }, true)
    await vi.advanceTimersByTimeAsync(hour)
    expect(attempts).toBe(1)
    expect(table.firingsOf('a')).toMatchObject([
      { state: FiringState.SKIPPED, message: expect.stringContaining('switched off') },
    ])
  })

  test('a server that stops waits for what it is firing, and starts no more', async () => {
    for (let index = 0; index < 100; index++) table.put(aTrigger(`t${index}`, '0 * * * *', 'UTC', start))
    const gate = Promise.withResolvers<void>()
    const scheduler = await begin({
      async start({ name }) {
        await gate.promise
        fired.push(name)
      },
    })
    await vi.advanceTimersByTimeAsync(hour)
    const stopped = scheduler.stop()
    gate.resolve()
    await stopped
    expect(fired).toHaveLength(64)
  })
})

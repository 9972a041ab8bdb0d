import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CacheEntriesRepository } from './cache-entries-repository.ts'
import { type EventRow, EventsRepository } from './events-repository.ts'
import type { Store } from './store.ts'
import { type FreshDatabase, testDatabases } from './test/test-databases.ts'

for (const database of testDatabases) {
  describe.runIf(database.isAvailable)(database.name, () => {
    let fresh: FreshDatabase
    let store: Store
    let events: EventsRepository

    beforeEach(async () => {
      fresh = await database.fresh()
      store = await fresh.open()
      events = new EventsRepository(store.queries)
    })

    afterEach(async () => {
      await store.close()
      await fresh.remove()
    })

    const anEvent = (version: number, overrides: Partial<EventRow> = {}): EventRow => ({
      runId: 1,
      seq: 0,
      attempt: 1,
      phase: 4,
      version,
      reportedAt: version,
      hasLogContext: false,
      event: new Uint8Array([version % 256]),
      ...overrides,
    })

    const ref = (attempt = 1) => ({ runId: 1, seq: 0, attempt })

    test('events come in the order in which they were added, each once', async () => {
      await events.add([anEvent(3), anEvent(1)])
      await events.add([anEvent(1, { event: new Uint8Array([99]) }), anEvent(2, { phase: 3 }), anEvent(2)])
      const stored = await events.after(ref(), 0, 10)
      expect(stored.map(({ event }) => event[0])).toEqual([3, 1, 2, 2])
      const [first, second] = stored
      expect(await events.after(ref(), first?.position ?? 0, 1)).toEqual([second])
      expect(await events.after(ref(2), 0, 10)).toEqual([])
      await events.add([])
    })

    test('more than a statement takes come in order, too', async () => {
      await events.add(Array.from({ length: 1234 }, (_, version) => anEvent(version)))
      const stored = await events.after(ref(), 0, 2000)
      expect(stored.map(({ event }) => event[0])).toEqual(Array.from({ length: 1234 }, (_, index) => index % 256))
      await events.add([anEvent(7, { attempt: 2 })])
      const newest = await events.newestBefore(ref(), undefined, 2)
      expect(newest.map(({ attempt, event }) => [attempt, event[0]])).toEqual([
        [2, 7],
        [1, 1233 % 256],
      ])
      const before = await events.newestBefore(ref(), newest.at(-1), 2)
      expect(before.map(({ event }) => event[0])).toEqual([1232 % 256, 1231 % 256])
    })

    test('whoever reads while others add misses none', async () => {
      const writers = 16
      const perWriter = 8
      const adding = Array.from({ length: writers }, async (_, writer) => {
        for (let index = 0; index < perWriter; index++) {
          const version = writer * perWriter + index
          // Of two attempts, now in one order and now in the other.
          const both = [anEvent(version), anEvent(version, { attempt: 2 })]
          await events.add(version % 2 === 0 ? both : both.reverse())
        }
      })
      const seen: number[] = []
      for (let position = 0; seen.length < writers * perWriter; ) {
        const page = await events.after(ref(), position, 3)
        position = page.at(-1)?.position ?? position
        seen.push(...page.map(({ event }) => event[0] ?? -1))
        if (page.length === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(adding)
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: writers * perWriter }, (_, index) => index))
      expect(await events.after(ref(2), 0, 1000)).toHaveLength(writers * perWriter)
    })

    test('the latest that says where logs are is found', async () => {
      await events.add([
        anEvent(1, { hasLogContext: true, reportedAt: 20 }),
        anEvent(2, { hasLogContext: true, reportedAt: 30 }),
        anEvent(3, { hasLogContext: true, reportedAt: 10 }),
        anEvent(4, { reportedAt: 40 }),
        anEvent(5, { hasLogContext: true, reportedAt: 50, attempt: 2 }),
      ])
      expect(await events.latestWithLogContext(ref())).toEqual(new Uint8Array([2]))
      expect(await events.latestWithLogContext(ref(3))).toBeUndefined()
    })

    test('a reservation that expired goes to one of those who ask for it', async () => {
      const cache = new CacheEntriesRepository(store.queries)
      const key = { project: 'p', domain: 'd', key: 'k' }
      const reserve = (owner: string, at: number) =>
        cache.reserve(key, { owner, heartbeatMs: 1, expiresAt: at + 3 }, at)
      await reserve('first', 0)
      const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`)
      const held = await Promise.all(owners.map((owner) => reserve(owner, 100)))
      const winners = new Set(held.map(({ owner }) => owner))
      expect(winners.size).toBe(1)
      expect(winners).not.toContain('first')
    })
  })
}

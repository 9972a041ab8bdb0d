import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { configure, run } from '@tern/sdk'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { type CrashStore, crashStores } from './crash-stores.ts'
import { fanout } from './journal-tasks.ts'
import { executions, killNow, untilExecuted, untilGone, workersOf } from './processes.ts'

const leaves = 2000
const expected = leaves * (leaves - 1) + 5 * leaves
const succeeded = 5

for (const kind of crashStores) {
  describe.skipIf(!kind.isAvailable)(`kill -9 in the middle of a fan-out on ${kind.name}`, () => {
    let store: CrashStore
    let folder: string
    let server: ServerProcess

    beforeAll(async () => {
      store = await kind.open()
    })
    afterAll(() => store.close())
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tern-crash-'))
      server = await start()
    })
    afterEach(async () => {
      await server.stop()
      rmSync(folder, { recursive: true })
    })

    const dataDir = (): string => join(folder, 'data')

    async function start(port?: number): Promise<ServerProcess> {
      const { database } = store
      const started = await ServerProcess.start({ dataDir: dataDir(), port, database, log: 'ignore' })
      configure({ endpoint: started.url })
      return started
    }

    for (let round = 1; round <= kind.rounds; round++) {
      // A different one in every round.
      const share = Math.random()

      test(`of the server loses nothing, round ${round} (at ${Math.round(share * 100)} %)`, async () => {
        const journal = join(folder, 'journal')
        const handle = await run(fanout, { n: leaves, journal })
        await untilExecuted(journal, share * leaves)
        const workers = workersOf(server.pid)
        await server.kill()
        await untilGone(workers)
        const finished = await store.actionsIn(succeeded, handle.name, dataDir())
        const before = executions(journal)
        server = await start(server.port)
        expect(await handle.outputs()).toBe(expected)
        const all = executions(journal)
        expect(new Set(all).size).toBe(leaves)
        expect(all.slice(before.length).filter((leaf) => finished.has(leaf))).toEqual([])
      })

      test(`of a worker loses nothing, round ${round} (at ${Math.round(share * 100)} %)`, async () => {
        const journal = join(folder, 'journal')
        const handle = await run(fanout, { n: leaves, journal })
        await untilExecuted(journal, share * leaves)
        const [worker] = workersOf(server.pid)
        if (worker !== undefined) killNow(worker)
        expect(await handle.outputs()).toBe(expected)
        const counts = Map.groupBy(executions(journal), (leaf) => leaf)
        expect(counts.size).toBe(leaves)
        // Only what the dead worker had, and had not reported, may have run a second time.
        const again = [...counts.values()].filter((times) => times.length > 1)
        expect(again.every((times) => times.length === 2)).toBe(true)
      })
    }

    test('of the server, again and again, does not keep a run from its end', async () => {
      const journal = join(folder, 'journal')
      const handle = await run(fanout, { n: leaves, journal })
      for (let kill = 0; kill < 5; kill++) {
        await delay(50 + Math.random() * 200)
        const workers = workersOf(server.pid)
        await server.kill()
        await untilGone(workers)
        server = await start(server.port)
      }
      expect(await handle.outputs()).toBe(expected)
      expect(new Set(executions(journal)).size).toBe(leaves)
    })
  })
}

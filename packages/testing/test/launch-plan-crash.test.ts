import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure, deployedTask } from '@tern/sdk'
import { deployFile, deployPlan } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { every, launchPlan } from '@tern/sdk/workflows'
import { ServerProcess } from '@tern/test-support/server-process'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type CrashStore, crashStores } from './crash-stores.ts'
import type { one } from './launch-plan-crash-tasks.ts'
import { executions, untilGone, workersOf } from './processes.ts'

const file = fileURLToPath(new URL('./launch-plan-crash-tasks.ts', import.meta.url))

for (const kind of crashStores) {
  describe.skipIf(!kind.isAvailable)(`kill -9 with launch plans on ${kind.name}`, () => {
    let store: CrashStore
    let folder: string
    let server: ServerProcess
    let client: TernClient

    beforeEach(async () => {
      store = await kind.open()
      folder = mkdtempSync(join(tmpdir(), 'tern-launch-plan-crash-'))
      await start()
    })
    afterEach(async () => {
      await server.stop()
      await store.close()
      rmSync(folder, { recursive: true })
    })

    async function start(port?: number): Promise<void> {
      const { database } = store
      server = await ServerProcess.start({ dataDir: join(folder, 'data'), port, database, log: 'ignore' })
      configure({ endpoint: server.url })
      client = createClient({ endpoint: server.url })
    }

    async function crash(): Promise<void> {
      const workers = workersOf(server.pid)
      await server.kill()
      await untilGone(workers)
    }

    const journal = () => executions(join(folder, 'journal'))
    const untilRuns = (run: string, times = 1) =>
      expect.poll(() => journal().filter((name) => name === run).length).toBe(times)
    async function untilWaits(run: string): Promise<void> {
      for await (const { phase } of client.runs.get(run).watch()) if (phase === 'WAITING_FOR_RESOURCES') return
    }

    /** Lets a run end, and gives its output. */
    function release(run: string): Promise<unknown> {
      writeFileSync(join(folder, run), '')
      return client.runs.get(run).outputs()
    }

    test('runs that wait for their turn (L-13) wait on, and come in their order', async () => {
      await deployFile(client, file)
      const launch = async () => (await client.launch<typeof one>('one-at-a-time', { folder })).name
      const first = await launch()
      await untilRuns(first)
      const [second, third] = [await launch(), await launch()]
      await untilWaits(second)
      await untilWaits(third)
      await crash()
      await start(server.port)
      await untilRuns(first, 2)
      expect(journal()).toEqual([first, first])
      await release(first)
      await untilRuns(second)
      await release(second)
      await release(third)
      expect(journal()).toEqual([first, first, second, third])
    })

    test('an instant of the active schedule (L-14) that passes meanwhile has its run, with the nominal time (S-5)', async () => {
      const { version } = await deployFile(client, file)
      const inputs = { folder: z.string(), at: z.date().optional() }
      const target = deployedTask({ name: 'held.hold', version, inputs, output: z.string() })
      // Late enough for the server to be killed before.
      const startAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 10_000)
      const plan = launchPlan(target, {
        name: 'scheduled',
        fixed: { folder },
        schedule: every('1h', { startAt, kickoffInput: 'at' }),
        labels: { by: 'schedule' },
        autoActivate: true,
      })
      await deployPlan(client, plan, 'v1')
      await crash()
      expect(Date.now()).toBeLessThan(startAt.getTime())
      await expect.poll(() => Date.now()).toBeGreaterThan(startAt.getTime())
      await start(server.port)
      await expect.poll(journal).toHaveLength(1)
      const [run = ''] = journal()
      expect(await release(run)).toBe(startAt.toISOString())
      expect((await client.launchPlans.get('scheduled')).active).toBe(true)
    })
  })
}

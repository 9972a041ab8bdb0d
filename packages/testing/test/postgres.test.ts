import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure, run } from '@tern/sdk'
import { startServer, type TernServer } from '@tern/server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pino } from 'pino'
import { lastingPort } from '@tern/test-support'
import { PostgresServer } from '@tern/test-support/postgres'
import { fanout } from './journal-tasks.ts'
import { executions, untilExecuted } from './processes.ts'

const leaves = 2000
const expected = leaves * (leaves - 1) + 5 * leaves

describe.skipIf(!PostgresServer.isAvailable && process.env['CI'] !== 'true')('a server on Postgres', () => {
  let postgres: PostgresServer
  let folder: string
  let journal: string
  const started: TernServer[] = []

  beforeAll(async () => {
    postgres = await PostgresServer.start()
  })
  afterAll(() => postgres.stop())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tern-postgres-test-'))
    journal = join(folder, 'journal')
  })
  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop()
    rmSync(folder, { recursive: true })
  })

  async function start(givenPort?: number): Promise<TernServer> {
    const port = givenPort ?? (await lastingPort())
    const logger = pino({ level: 'silent' })
    const server = await startServer({ port, dataDir: join(folder, 'data'), database: postgres.url(), logger })
    started.push(server)
    configure({ endpoint: server.url })
    return server
  }

  test('runs a fan-out, and has it still when it is started again', async () => {
    const first = await start()
    const handle = await run(fanout, { n: leaves, journal })
    expect(await handle.outputs()).toBe(expected)
    expect(executions(journal)).toHaveLength(leaves)
    await first.stop()
    await start(first.port)
    expect(await handle.outputs()).toBe(expected)
  })

  test('brings a fan-out to its end although the database goes away in the middle', async () => {
    await start()
    const handle = await run(fanout, { n: leaves, journal })
    for (const share of [0.2, 0.5, 0.8]) {
      await untilExecuted(journal, share * leaves)
      await postgres.crash()
      await postgres.resume()
    }
    expect(await handle.outputs()).toBe(expected)
    expect(executions(journal)).toHaveLength(leaves)
  })

  test('stops although the database has gone away', async () => {
    const server = await start()
    await run(fanout, { n: leaves, journal })
    await untilExecuted(journal, 1)
    await postgres.crash()
    await server.stop()
    await postgres.resume()
    await start()
    await expect.poll(() => new Set(executions(journal)).size).toBe(leaves)
  })
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresServer } from '@tern/test-support/postgres'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { faults } from '../src/crash/faults.ts'
import { Rounds, victims } from '../src/crash/rounds.ts'

// The short form of `npm run crash`: one of each.
const leaves = 60
// What is killed is left to chance: most often, three or four are enough.
const mostRounds = 40

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-crash-'))
  vi.spyOn(console, 'log').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

/** Rounds until each of the victims has been killed. */
async function killAll(postgres: PostgresServer | undefined): Promise<void> {
  const rounds = new Rounds({ folder, postgres, leaves })
  const isDone = (): boolean =>
    victims.every((victim) => rounds.deaths[victim] > 0 || (victim === 'database' && postgres === undefined))
  expect(await rounds.run(mostRounds, isDone)).toEqual([])
  expect(isDone()).toBe(true)
}

// Each takes some seconds where nothing else goes on.
describe('whatever happens to processes and machines', { timeout: 400_000 }, () => {
  test('servers, workers and processes of tasks that are killed lose nothing', () => killAll(undefined))

  test.skipIf(!PostgresServer.isAvailable && process.env['CI'] !== 'true')(
    'nor does a Postgres that is killed, with whom its servers die, or their workers',
    async () => {
      const postgres = await PostgresServer.start({ durable: true })
      try {
        await killAll(postgres)
      } finally {
        await postgres.stop()
      }
    },
  )

  test.each(Object.keys(faults))('%s loses nothing', async (name) => {
    expect(await faults[name]!(folder, leaves)).toEqual([])
  })
})

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// oxlint-disable-next-line eslint/no-restricted-imports -- the store of a dead server can only be asked directly
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { configure, run } from '@tern/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServerProcess } from '../src/server-process.ts'
import { fanout } from './journal-tasks.ts'

const rounds = 10
const leaves = 2000
const expected = leaves * (leaves - 1) + 5 * leaves
const succeeded = 5

let folder: string
let server: ServerProcess

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-crash-'))
  server = await start()
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const dataDir = (): string => join(folder, 'data')

async function start(port = 0): Promise<ServerProcess> {
  const started = await ServerProcess.start({ dataDir: dataDir(), port, log: 'ignore' })
  configure({ endpoint: started.url })
  return started
}

/** Leaves that have run so far, once for every execution. */
function executions(journal: string): string[] {
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : []
}

/** Actions that a dead server's store has as succeeded. The files are copied: a look must not change them. */
function recordedAsFinished(runName: string): Set<string> {
  for (const suffix of ['', '-wal']) {
    const file = join(dataDir(), `tern.db${suffix}`)
    if (existsSync(file)) copyFileSync(file, join(folder, `copy.db${suffix}`))
  }
  const copy = new DatabaseSync(join(folder, 'copy.db'))
  const rows = copy
    .prepare('select a.name from actions a join runs r on r.id = a.run_id where r.name = ? and a.phase = ?')
    .all(runName, succeeded)
  copy.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `copy.db${suffix}`), { force: true })
  return new Set(rows.map((row) => String(row['name'])))
}

/** The processes that a server has started. */
function workersOf(pid: number): number[] {
  const output = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).trim()
  return output === '' ? [] : output.split(/\s+/).map(Number)
}

async function untilGone(pids: ReadonlyArray<number>): Promise<void> {
  await expect.poll(() => pids.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 10_000 }).toEqual([])
}

/** Waits until a share of the leaves has run, a different one in every round. */
async function untilShare(journal: string, share: number): Promise<void> {
  await expect
    .poll(() => executions(journal).length, { timeout: 30_000, interval: 2 })
    .toBeGreaterThanOrEqual(share * leaves)
}

function expectNoneAgain(finished: ReadonlySet<string>, later: ReadonlyArray<string>): void {
  expect(later.filter((name) => finished.has(name))).toEqual([])
}

describe('kill -9 in the middle of a fan-out', { timeout: 60_000 }, () => {
  for (let round = 1; round <= rounds; round++) {
    const share = Math.random()

    test(`of the server loses nothing, round ${round} (at ${Math.round(share * 100)} %)`, async () => {
      const journal = join(folder, 'journal')
      const handle = await run(fanout, { n: leaves, journal })
      await untilShare(journal, share)
      const workers = workersOf(server.pid)
      await server.kill()
      await untilGone(workers)
      const finished = recordedAsFinished(handle.name)
      const before = executions(journal)
      server = await start(server.port)
      expect(await handle.outputs()).toBe(expected)
      const all = executions(journal)
      expect(new Set(all).size).toBe(leaves)
      expectNoneAgain(finished, all.slice(before.length))
    })

    test(`of a worker loses nothing, round ${round} (at ${Math.round(share * 100)} %)`, async () => {
      const journal = join(folder, 'journal')
      const handle = await run(fanout, { n: leaves, journal })
      await untilShare(journal, share)
      const [worker] = workersOf(server.pid)
      if (worker !== undefined) process.kill(worker, 'SIGKILL')
      expect(await handle.outputs()).toBe(expected)
      const counts = Map.groupBy(executions(journal), (name) => name)
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

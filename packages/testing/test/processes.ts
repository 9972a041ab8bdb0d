import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** The processes that a server has started; there may be none yet. */
export function workersOf(pid: number): number[] {
  const output = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout.trim()
  return output === '' ? [] : output.split(/\s+/).map(Number)
}

export async function untilGone(pids: ReadonlyArray<number>): Promise<void> {
  await expect.poll(() => pids.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 30_000 }).toEqual([])
}

/** Names of the leaves that have run so far, once for every execution: see journal-tasks.ts. */
export function executions(journal: string): string[] {
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : []
}

/** Waits until so many leaves have run. */
export async function untilExecuted(journal: string, count: number): Promise<void> {
  await expect.poll(() => executions(journal).length, { timeout: 30_000, interval: 2 }).toBeGreaterThanOrEqual(count)
}

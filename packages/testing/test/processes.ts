import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** The processes that a server has started; there may be none yet. */
export function workersOf(pid: number): number[] {
  const output = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout.trim()
  return output === '' ? [] : output.split(/\s+/).map(Number)
}

/** Ends a process with no chance to do anything about it, unless it has ended by itself. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export function killWorkersOf(pid: number): void {
  for (const worker of workersOf(pid)) killNow(worker)
}

/** Whether a process runs. One that has ended is listed until somebody has waited for it, which nobody may ever do. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

export async function untilGone(pids: ReadonlyArray<number>): Promise<void> {
  await expect.poll(() => pids.filter(isAlive)).toEqual([])
}

/** Names of the leaves that have run so far, once for every execution: see journal-tasks.ts. */
export function executions(journal: string): string[] {
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').filter(Boolean) : []
}

/** Waits until so many leaves have run. */
export async function untilExecuted(journal: string, count: number): Promise<void> {
  await expect.poll(() => executions(journal).length, { interval: 2 }).toBeGreaterThanOrEqual(count)
}

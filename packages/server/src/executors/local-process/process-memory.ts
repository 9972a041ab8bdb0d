import { readFileSync } from 'node:fs'

/**
 * What processes have in memory, in bytes. What several of them share is counted once as long as that matters: the exact number
 * takes long to find, and is asked for only when the rough one is above the limit.
 */
export function memoryOf(pids: ReadonlyArray<number>, limitBytes: number): number {
  const rough = sum(pids, 'status', /^VmRSS:\s+(\d+) kB$/m)
  return rough <= limitBytes ? rough : sum(pids, 'smaps_rollup', /^Pss:\s+(\d+) kB$/m)
}

/** What a process has in memory, in bytes, with all that it shares; 0 for one that is gone, and where the system does not tell. */
export function residentMemoryOf(pid: number): number {
  return sum([pid], 'status', /^VmRSS:\s+(\d+) kB$/m)
}

function sum(pids: ReadonlyArray<number>, file: string, pattern: RegExp): number {
  return pids.reduce((total, pid) => total + 1024 * Number(pattern.exec(read(`/proc/${pid}/${file}`))?.[1] ?? 0), 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It has ended in the meantime.
    return ''
  }
}

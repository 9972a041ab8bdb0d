import { readFileSync } from 'node:fs'

// Of the control group that the server is in, else of the machine.
const sources = ['/sys/fs/cgroup/memory.events', '/proc/vmstat']

/**
 * How many processes the kernel has killed so far because memory was short: those of the server's container or, where there
 * is none, of the machine. 0 where the system does not tell.
 */
export function oomKills(): number {
  for (const source of sources) {
    const count = countIn(source)
    if (count !== undefined) return count
  }
  return 0
}

function countIn(file: string): number | undefined {
  try {
    const [, count] = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8')) ?? []
    return count === undefined ? undefined : Number(count)
  } catch {
    return undefined
  }
}

import { readdirSync, readFileSync } from 'node:fs'

// Linux counts processor time in ticks of 10 ms, whatever the kernel's own clock.
const ticksPerSecond = 100

export interface ProcessStats {
  /** User and system time so far, in seconds. */
  readonly cpuSeconds: number
  /** Resident memory at the moment, in MiB. */
  readonly rssMib: number
  /** The part of it that is the process's own: heap, stacks, buffers. */
  readonly anonRssMib: number
  /** The part of it that is pages of files: the program's, and those of a database that it maps. */
  readonly fileRssMib: number
  /** Largest resident memory so far, in MiB. */
  readonly peakRssMib: number
}

/** What a process has used so far, from Linux's /proc. Undefined once it is gone. */
export function statsOf(pid: number): ProcessStats | undefined {
  try {
    // The command's name, in parentheses, may hold spaces: the fields are counted from behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      rssMib: mibOf(/VmRSS:\s+(\d+) kB/.exec(status)),
      anonRssMib: mibOf(/RssAnon:\s+(\d+) kB/.exec(status)),
      fileRssMib: mibOf(/RssFile:\s+(\d+) kB/.exec(status)),
      peakRssMib: mibOf(/VmHWM:\s+(\d+) kB/.exec(status)),
    }
  } catch {
    return undefined
  }
}

function mibOf(kib: RegExpExecArray | null): number {
  return Number(kib?.[1] ?? 0) / 1024
}

/** The direct children of a process: a server's workers. */
export function childrenOf(pid: number): ReadonlyArray<number> {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  )
}

import { diskFlushes } from './disk-flushes.ts'
import { machineCpuSeconds, ownCpuSeconds } from './machine-cpu.ts'
import type { MemoryPeaks } from './memory-peaks.ts'
import { childrenOf, statsOf } from './process-stats.ts'

/** What some work cost. */
export interface Measurement {
  readonly wallSeconds: number
  readonly serverCpuSeconds: number
  readonly workersCpuSeconds: number
  /** Largest resident memory of the server since it started, in MiB: its own and what it has mapped. */
  readonly serverPeakRssMib: number
  /** The largest that its own part of it was seen to be. */
  readonly serverPeakAnonMib: number
  /** The largest that the part of it was seen to be that is pages of files. */
  readonly serverPeakFileMib: number
  /** The sum of the workers' largest resident memories, in MiB. */
  readonly workersPeakRssMib: number
  /** Processor time of all else that ran on the machine meanwhile, this process not counted; a database's, if there is one. */
  readonly otherCpuSeconds: number
  /** How often the disks of the machine were flushed meanwhile. */
  readonly diskFlushes: number
}

/** Does the work, and says what it cost the server and its workers. */
export async function measure(serverPid: number, peaks: MemoryPeaks, work: () => Promise<void>): Promise<Measurement> {
  const before = usage(serverPid)
  const elseBefore = machineCpuSeconds() - ownCpuSeconds()
  const flushesBefore = diskFlushes()
  const begin = performance.now()
  await work()
  const wallSeconds = (performance.now() - begin) / 1000
  const elseAfter = machineCpuSeconds() - ownCpuSeconds()
  const after = usage(serverPid)
  peaks.sample()
  const serverCpuSeconds = after.server.cpuSeconds - before.server.cpuSeconds
  const workersCpuSeconds = after.workers.cpuSeconds - before.workers.cpuSeconds
  return {
    wallSeconds,
    serverCpuSeconds,
    workersCpuSeconds,
    // What is counted in ticks may come out a little below nothing.
    otherCpuSeconds: Math.max(0, elseAfter - elseBefore - serverCpuSeconds - workersCpuSeconds),
    serverPeakRssMib: after.server.peakRssMib,
    serverPeakAnonMib: peaks.anonMib,
    serverPeakFileMib: peaks.fileMib,
    workersPeakRssMib: after.workers.peakRssMib,
    diskFlushes: diskFlushes() - flushesBefore,
  }
}

function usage(serverPid: number) {
  const server = statsOf(serverPid)
  if (server === undefined) throw new Error('the server is gone')
  const workers = childrenOf(serverPid).flatMap((pid) => statsOf(pid) ?? [])
  return {
    server,
    workers: {
      cpuSeconds: workers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      peakRssMib: workers.reduce((sum, { peakRssMib }) => sum + peakRssMib, 0),
    },
  }
}

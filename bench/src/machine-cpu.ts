import { readFileSync } from 'node:fs'

// Linux counts processor time in ticks of 10 ms, whatever the kernel's own clock.
const ticksPerSecond = 100

/** Processor time that the whole machine has spent on anything so far, in seconds; what its host took from it included. */
export function machineCpuSeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number)
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>((sum, value) => sum + (value ?? 0), 0)
  return ticks / ticksPerSecond
}

/** Processor time that this process has used so far, in seconds. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

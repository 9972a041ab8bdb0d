import { readFileSync } from 'node:fs'

// Fields of a line of /proc/diskstats, as Documentation/admin-guide/iostats.rst of Linux counts them.
const nameField = 2
const flushesField = 18

/** How often all disks of the machine were told to write what they had cached: what a synced commit ends with. */
export function diskFlushes(): number {
  const lines = readFileSync('/proc/diskstats', 'utf8').trim().split('\n')
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => !/^(loop|ram|zram|dm-)/.test(fields[nameField] ?? ''))
    .reduce((sum, fields) => sum + Number(fields[flushesField] ?? 0), 0)
}

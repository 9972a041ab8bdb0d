// Loaded into the server by its command line (--import): tells now and then what only the process itself can see.
import { renameSync, writeFileSync } from 'node:fs'

const file = process.env['TERN_SOAK_PROBE']
const everyMs = 5_000

/** What the probe tells. */
export interface Probe {
  /** In use after a collection, in MiB. */
  readonly heapMib: number
  /** Timers, sockets, and whatever else keeps a process going. */
  readonly handles: number
}

// Workers are started with the same options.
if (file !== undefined && process.argv.includes('start')) setInterval(() => tell(file), everyMs).unref()

function tell(target: string): void {
  globalThis.gc?.()
  const heapMib = process.memoryUsage().heapUsed / 2 ** 20
  const probe: Probe = { heapMib, handles: process.getActiveResourcesInfo().length }
  writeFileSync(`${target}.new`, JSON.stringify(probe))
  renameSync(`${target}.new`, target)
}

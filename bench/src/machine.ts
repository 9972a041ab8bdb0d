import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

export interface Machine {
  readonly processors: number
  readonly model: string
  readonly memoryGib: number
  readonly node: string
  /** How much else it had to do: its load average of the last minute. */
  readonly load: number
}

export function thisMachine(): Machine {
  return {
    processors: availableParallelism(),
    model: (cpus()[0]?.model ?? 'unknown').trim(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    load: loadavg()[0] ?? 0,
  }
}

/** Where it was measured, in one line. */
export function machineText(
  { processors, model, memoryGib, node, load }: Machine,
  database: string | undefined,
): string {
  const store =
    database === undefined ? 'the embedded store' : database === 'postgres' ? 'Postgres' : 'a given database'
  return `${processors} × ${model}, ${memoryGib} GiB, Node ${node}, ${store}; load average before it: ${load.toFixed(1)}`
}

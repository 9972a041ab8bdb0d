import { resolve } from 'node:path'

/** Which profiles of V8 are written where. */
export interface Profiling {
  /** Folder for CPU profiles; undefined for none. */
  readonly cpu: string | undefined
  /** Folder for sampled heap allocations; undefined for none. */
  readonly heap: string | undefined
}

export type ProfiledRole = 'server' | 'worker'

export function isProfiling({ cpu, heap }: Profiling): boolean {
  return cpu !== undefined || heap !== undefined
}

/** Options of Node that make a process write its profiles when it ends, into a folder of its role. */
export function profilingOptions({ cpu, heap }: Profiling, role: ProfiledRole): ReadonlyArray<string> {
  return [
    ...(cpu === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(cpu, role)}`]),
    ...(heap === undefined ? [] : ['--heap-prof', `--heap-prof-dir=${resolve(heap, role)}`]),
  ]
}

/** Variables of runs whose workers write profiles. */
export function profiledRunVariables(profiling: Profiling): Readonly<Record<string, string>> {
  return isProfiling(profiling) ? { NODE_OPTIONS: profilingOptions(profiling, 'worker').join(' ') } : {}
}

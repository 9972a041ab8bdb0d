import { readFileSync } from 'node:fs'
import { childrenOf } from '../process-stats.ts'

/** Processes that run the code of TypeScript tasks. They end when their server does. */
export function workersOf(server: number): ReadonlyArray<number> {
  return childrenOf(server).filter((pid) => isNode(pid) === true)
}

/** Processes of tasks that are commands. */
export function processesOf(server: number): ReadonlyArray<number> {
  return childrenOf(server).filter((pid) => isNode(pid) === false)
}

/** Whether a process runs. One that has ended is listed until somebody has waited for it, which nobody may ever do. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Undefined for one that is gone. */
function isNode(pid: number): boolean | undefined {
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return program === '' ? undefined : /node[^/]*$/.test(program)
  } catch {
    return undefined
  }
}

import { availableParallelism, totalmem } from 'node:os'
import type { ResourceAmounts } from '../engine/task-policy.ts'

/** What the machine has, or what this process may use of it. */
export function machineCapacity(): ResourceAmounts {
  const allowed = process.constrainedMemory()
  const memoryBytes = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem()
  return { cpu: availableParallelism(), memoryBytes, gpu: 0 }
}

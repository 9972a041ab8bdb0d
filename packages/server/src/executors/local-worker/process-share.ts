import type { TaskPolicy } from '../../engine/task-policy.ts'

/** What a worker process is for, where its tasks ask for resources. */
export interface ProcessShare {
  /** Attempts that it runs at once, beside those that only wait for their children; null for as many as it takes. */
  readonly attempts: number | null
  /** The most memory that it may use, with all that it starts, in bytes; null for no limit. */
  readonly memoryLimitBytes: number | null
}

const unlimited: ProcessShare = { attempts: null, memoryLimitBytes: null }

/**
 * A limit of memory is kept by the process, so one that has a limit is for one attempt. JavaScript computes on one processor:
 * as many share a process as ask for one processor together.
 */
export function shareOf({ resources: { cpu }, memoryLimitBytes, reuse }: TaskPolicy): ProcessShare {
  if (reuse !== null) return memoryLimitBytes === null ? unlimited : { attempts: null, memoryLimitBytes }
  if (memoryLimitBytes !== null) return { attempts: 1, memoryLimitBytes }
  return cpu === 0 ? unlimited : { attempts: Math.max(1, Math.floor(1 / cpu)), memoryLimitBytes: null }
}

const mebibyte = 2 ** 20
const smallestHeap = 32

/** What V8 is told, so that it collects before it takes more: the rest is for buffers, code and stacks. */
export function heapMebibytes(memoryLimitBytes: number): number {
  return Math.max(smallestHeap, Math.floor((0.75 * memoryLimitBytes) / mebibyte))
}

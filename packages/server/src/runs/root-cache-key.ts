import { cacheKey, interfaceHash } from '@tern/core'
import type { TaskSpec } from '@tern/idl/task'

/** Where the result of a task is cached that the server itself starts; empty for one that has no cache. */
export function rootCacheKey({ taskTemplate }: TaskSpec, inputsHash: string): string {
  if (taskTemplate?.metadata?.discoverable !== true) return ''
  return cacheKey({
    inputsHash,
    taskName: taskTemplate.id?.name ?? '',
    interfaceHash: interfaceHash(taskTemplate.interface),
    cacheVersion: taskTemplate.metadata.discoveryVersion,
  })
}

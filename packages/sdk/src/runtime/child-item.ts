import { cacheKey } from '@tern/core'
import type { ChildCall } from '../authoring/context.ts'
import { overrideBytesOf } from '../authoring/deployed-override.ts'
import type { ChildSpec } from './child-specs.ts'
import type { EnqueueItem } from './frame-writer.ts'

/** What a child is beside its task. */
export interface NamedChild {
  readonly name: string
  /** Of the inputs that count. */
  readonly hash: string
  readonly inputs: Uint8Array | undefined
  /** Where they are if they are not here. */
  readonly inputsUri: string
}

/** A child as the server is told of it. */
export function toEnqueueItem(
  parent: number,
  { definition, group, isDetached = false }: ChildCall,
  { ref, caching }: ChildSpec,
  { name, hash, inputs, inputsUri }: NamedChild,
): EnqueueItem {
  const { deployed, options } = definition
  return {
    parent,
    name,
    specRef: ref,
    inputs,
    inputsUri,
    group,
    cacheKey: caching.enabled
      ? cacheKey({
          inputsHash: hash,
          taskName: definition.name,
          interfaceHash: definition.interface.hash,
          cacheVersion: caching.version,
        })
      : '',
    queue: options.queue,
    isDetached,
    deployed: deployed && {
      name: definition.name,
      version: deployed.version,
      override: overrideBytesOf(definition),
      project: deployed.project,
      domain: deployed.domain,
    },
  }
}

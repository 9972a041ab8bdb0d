import type { JsonObject } from '@bufbuild/protobuf'
import { formatDuration, isTernError } from '@tern/core'
import { group } from '../../authoring/context.ts'
import { sleep } from '../../authoring/durable-time.ts'
import { callTraced } from '../../authoring/traced-call.ts'
import { TraceDefinition } from '../../authoring/trace-definition.ts'
import { type WaitConfig, waitMs } from './waits.ts'

/** What a look elsewhere has found. What was seen is recorded; a result is not, since the task ends with it. */
export type Look<T> = { readonly seen: JsonObject; readonly isLast?: boolean } | { readonly value: T }

export interface Polling<T> {
  /** What a look is called where actions are shown. */
  readonly name: string
  /** What tells these looks from others of the same task. */
  readonly about: string
  /** Of its actions. */
  readonly group: string
  readonly waits: WaitConfig
  look(): Promise<Look<T>>
  /** Told of each look that has found no result. */
  onSeen(seen: JsonObject, progress: Progress): Promise<void>
}

export interface Progress {
  /** Of looks, in all attempts. */
  readonly looks: number
  /** Whether it was now, and not in an earlier attempt. */
  readonly isNew: boolean
  /** How long it is until the next, if there is one. */
  readonly next: string | undefined
}

/**
 * Looks until there is a result, or nothing more to come. Between looks the task holds no worker; an attempt that takes over
 * from another goes on where that was: neither looks nor waits are repeated.
 */
export async function poll<T>(polling: Polling<T>): Promise<{ readonly value: T } | { readonly isNew: boolean }> {
  let isNew = false
  const looking = new TraceDefinition({
    name: polling.name,
    identity: `poll-${polling.name}`,
    keeps: (found) => 'seen' in (found as Look<T>),
    run: (_about: string) => {
      isNew = true
      return polling.look()
    },
  })
  return group(polling.group, async () => {
    for (let looks = 1; ; looks++) {
      isNew = false
      const found = (await callTraced(looking, [polling.about])) as Look<T>
      if ('value' in found) return found
      const next = found.isLast === true ? undefined : formatDuration(waitMs(polling.waits, looks))
      await polling.onSeen(found.seen, { looks, isNew, next })
      if (next === undefined) return { isNew }
      await sleep(next)
    }
  })
}

/** Whether whoever was asked could not answer, and may be able to the next time. */
export function gaveNoAnswer(error: unknown): error is Error {
  return isTernError(error) && error.retryable && error.name !== 'AbortedError'
}

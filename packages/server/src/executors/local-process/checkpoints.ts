import type { Storage } from '@tern/core/storage'
import type { Attempt } from '../executor.ts'

/** Where an attempt of an action saves what a later one may go on from. */
export function checkpointOf({ runBase, action }: Pick<Attempt, 'runBase' | 'action'>, attempt: number): string {
  return `${runBase}/${action}/${attempt}/_flytecheckpoints`
}

/**
 * The checkpoint that an attempt goes on from: the last one that any attempt before it has saved. One that ended before
 * it saved anything loses nobody's progress. Where there is none it is the place of the attempt before; empty for a first
 * attempt.
 */
export async function previousCheckpoint(
  storage: Pick<Storage, 'exists' | 'list'>,
  attempt: Pick<Attempt, 'runBase' | 'action' | 'number'>,
): Promise<string> {
  for (let number = attempt.number - 1; number >= 1; number -= 1) {
    const place = checkpointOf(attempt, number)
    if (await holdsAnything(storage, place)) return place
  }
  return attempt.number > 1 ? checkpointOf(attempt, attempt.number - 1) : ''
}

/** A checkpoint is an object, or all that is below its place. */
async function holdsAnything(storage: Pick<Storage, 'exists' | 'list'>, place: string): Promise<boolean> {
  if (await storage.exists(place)) return true
  for await (const _ of storage.list(place)) return true
  return false
}

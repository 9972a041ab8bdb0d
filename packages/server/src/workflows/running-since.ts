import { ActionPhase } from '@tern/idl/common'
import type { ActionRow } from '../store/actions-repository.ts'

/** When the current attempt of an action began to run, or an action that is not executed to wait; null if it did not. */
export function runningSince({ timeline, createdAt, endedAt, phase }: ActionRow): number | null {
  for (const transition of timeline.split(',')) {
    const [at, time] = transition.split(':')
    if (Number(at) === ActionPhase.RUNNING || Number(at) === ActionPhase.PAUSED) return Number(time)
  }
  // Results that were cached or recovered were never run.
  return endedAt !== null && phase !== ActionPhase.ABORTED ? createdAt : null
}

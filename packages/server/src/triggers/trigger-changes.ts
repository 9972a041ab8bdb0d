import { TriggerRevisionAction } from '@tern/idl/trigger'
import type { StoredTrigger, TriggerChange } from '../store/triggers-repository.ts'
import type { NewTrigger } from './new-trigger.ts'

/** When something is done to a trigger, and by whom: a serialized flyteidl2.common.EnrichedIdentity. */
export interface Occasion {
  readonly at: number
  readonly by: Uint8Array | null
}

const { DEPLOY, ACTIVATE, DEACTIVATE, DELETE } = TriggerRevisionAction

/** What deploying makes of a trigger; undefined when it is that already. */
export function deployed(
  before: StoredTrigger | undefined,
  wanted: NewTrigger,
  occasion: Occasion,
): TriggerChange | undefined {
  const { by } = occasion
  if (before === undefined) {
    const { at } = occasion
    const never = { triggeredAt: null, settledAt: null, deletedAt: null }
    const after = { ...wanted, ...never, revision: 1, deployedAt: at, updatedAt: at, scheduledFrom: at }
    return { action: DEPLOY, before, after: { ...after, deployedBy: by, updatedBy: by } }
  }
  const isLive = before.deletedAt === null
  if (isLive && isSame(before, wanted)) return undefined
  const at = timeOf(before, occasion)
  // A schedule that stays goes on as it was: only what it starts has changed.
  const keepsPace = isLive && before.active && equal(before.automation, wanted.automation)
  const after = { ...before, ...wanted, ...revised(before, occasion), deployedAt: at, deployedBy: by, deletedAt: null }
  return { action: DEPLOY, before, after: { ...after, scheduledFrom: keepsPace ? before.scheduledFrom : at } }
}

/** What switching a trigger on or off makes of it; undefined when it is so already. */
export function switched(before: StoredTrigger, active: boolean, occasion: Occasion): TriggerChange | undefined {
  if (before.active === active) return undefined
  const after = { ...before, ...revised(before, occasion), active }
  // What would have fired while it was off is not made up for.
  const scheduledFrom = active ? after.updatedAt : before.scheduledFrom
  return { action: active ? ACTIVATE : DEACTIVATE, before, after: { ...after, scheduledFrom } }
}

/** What deleting makes of a trigger; undefined when it has been deleted. */
export function deleted(before: StoredTrigger, occasion: Occasion): TriggerChange | undefined {
  if (before.deletedAt !== null) return undefined
  const after = { ...before, ...revised(before, occasion), active: false }
  return { action: DELETE, before, after: { ...after, deletedAt: after.updatedAt } }
}

function revised(before: StoredTrigger, occasion: Occasion) {
  return { revision: before.revision + 1, updatedAt: timeOf(before, occasion), updatedBy: occasion.by }
}

// Later changes have later times, also when the clock was set back.
function timeOf(before: StoredTrigger, { at }: Occasion): number {
  return Math.max(at, before.updatedAt)
}

function isSame(before: StoredTrigger, wanted: NewTrigger): boolean {
  return (
    before.active === wanted.active &&
    before.taskVersion === wanted.taskVersion &&
    before.description === wanted.description &&
    equal(before.spec, wanted.spec) &&
    equal(before.automation, wanted.automation)
  )
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

import { fromBinary } from '@bufbuild/protobuf'
import { TriggerAutomationSpecSchema } from '@tern/idl/task'
import type { StoredTrigger } from '../store/triggers-repository.ts'
import { toSchedule } from '@tern/core/schedule'

/**
 * The first `count` instants after `now` that a trigger fires at, in UTC epoch milliseconds. None when it is switched off
 * or deleted, or has no schedule.
 */
export function upcomingInstants(trigger: StoredTrigger, now: number, count: number): ReadonlyArray<number> {
  const { automation } = fromBinary(TriggerAutomationSpecSchema, trigger.automation)
  if (!trigger.active || trigger.deletedAt !== null || automation.case !== 'schedule') return []
  const schedule = toSchedule(automation.value, trigger.scheduledFrom)
  const instants: number[] = []
  for (let at = schedule.next(now); at !== undefined && instants.length < count; at = schedule.next(at))
    instants.push(at)
  return instants
}

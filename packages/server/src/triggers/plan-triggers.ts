import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import type { StoredTrigger, TriggerChange, TriggerKey } from '../store/triggers-repository.ts'
import type { NewTrigger } from './new-trigger.ts'
import { deleted, deployed, type Occasion, switched } from './trigger-changes.ts'

/** What the names of triggers begin with that belong to launch plans; the plan's name follows. */
export const planTriggerPrefix = 'launch-plan:'

/** The launch plan whose schedule the trigger is; undefined for one that is its own. */
export function planOfTrigger({ name }: Pick<TriggerKey, 'name'>): string | undefined {
  return name.startsWith(planTriggerPrefix) ? name.slice(planTriggerPrefix.length) : undefined
}

/** Throws FailedPreconditionError for a trigger that only its launch plan may change. */
export function requireOwn(key: TriggerKey): void {
  const plan = planOfTrigger(key)
  if (plan === undefined) return
  throw new FailedPreconditionError(`trigger ${key.name} is the schedule of launch plan ${plan}, and goes with it`, {
    hint: `Switch the plan on or off instead: tern activate ${plan} VERSION, or tern deactivate ${plan}`,
  })
}

/** Throws InvalidArgumentError for the name of a new trigger that only launch plans give theirs. */
export function checkOwnName(name: string, field: string): void {
  if (planOfTrigger({ name }) === undefined) return
  throw new InvalidArgumentError(`${field}: names that begin with ${planTriggerPrefix} are those of launch plans`, {
    field,
    hint: 'Choose another name, or give a launch plan the schedule.',
  })
}

/** What a change of a launch plan makes of its trigger: none for a version without a schedule, off where no version is active. */
export type PlanTrigger = NewTrigger | 'none' | 'off' | 'as it is'

/**
 * The changes that make this the one trigger of a launch plan.
 *
 * @param present the triggers of the plan that have not been deleted
 * @param known the one of the same name and task, also one that has been deleted
 */
export function planChanges(
  present: ReadonlyArray<StoredTrigger>,
  known: StoredTrigger | undefined,
  wanted: PlanTrigger,
  occasion: Occasion,
): ReadonlyArray<TriggerChange> {
  if (wanted === 'as it is') return []
  const put = typeof wanted === 'object' ? wanted : undefined
  const changes = present
    .filter(({ key }) => key.taskName !== put?.key.taskName)
    .map((trigger) => (wanted === 'off' ? switched(trigger, false, occasion) : deleted(trigger, occasion)))
  return [...changes, put && deployed(known, put, occasion)].filter((change) => change !== undefined)
}

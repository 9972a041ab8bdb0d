import { create } from '@bufbuild/protobuf'
import { InputsSchema, TriggerAutomationSpecSchema, TriggerAutomationSpecType } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import type { PlanName } from '../store/launch-plans-repository.ts'
import type { TriggerKey } from '../store/triggers-repository.ts'
import { type NewTrigger, toNewTrigger } from '../triggers/new-trigger.ts'
import { planTriggerPrefix } from '../triggers/plan-triggers.ts'
import { withPlanInputs } from './plan-inputs.ts'
import type { Plan } from './plans.ts'

/** What its schedule becomes while the plan is active: a trigger, in the plan's project and domain. */
export function triggerOf({ key, spec, taskKey, task }: Plan, now: number): NewTrigger | undefined {
  const { schedule, runSpec, description } = spec
  if (schedule === undefined) return undefined
  const automation = create(TriggerAutomationSpecSchema, {
    type: TriggerAutomationSpecType.TYPE_SCHEDULE,
    automation: { case: 'schedule', value: schedule },
  })
  const triggerSpec = create(TriggerSpecSchema, {
    active: true,
    taskVersion: taskKey.version,
    description: description || `Launch plan ${key.name}`,
    // To be shown: its runs have what the plan says when they start.
    inputWrapper: { case: 'inputs', value: withPlanInputs(create(InputsSchema), spec) },
    ...(runSpec && { runSpec }),
  })
  // That the plan may ask for emails has been looked at before.
  return toNewTrigger(triggerKeyOf(key, taskKey.name), triggerSpec, automation, task, { now, canMail: true })
}

export function triggerKeyOf({ project, domain, name }: PlanName, taskName: string): TriggerKey {
  return { project, domain, taskName, name: `${planTriggerPrefix}${name}` }
}

import { create } from '@bufbuild/protobuf'
import { checkTriggerName, InvalidArgumentError, toBinaryDeterministic, truncateText } from '@tern/core'
import {
  type TaskSpec,
  type TaskTrigger,
  type TriggerAutomationSpec,
  TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { type TriggerSpec, TriggerSpecSchema } from '@tern/idl/trigger'
import type { StoredTrigger, TaskName, TriggerKey } from '../store/triggers-repository.ts'
import { rulesOf } from '../notifications/notification-rules.ts'
import { checkOwnName } from './plan-triggers.ts'
import { toPolicy } from './policy.ts'
import { toSchedule } from '@tern/core/schedule'

/** What a trigger is to be: everything that a revision of it can differ in. */
export interface NewTrigger
  extends Pick<StoredTrigger, 'spec' | 'automation' | 'automationType' | 'taskVersion' | 'active' | 'description'> {
  readonly key: TriggerKey
}

export interface NewTriggerOptions {
  readonly now: number
  readonly field?: string
  /** Whether its runs may ask for emails. Defaults to false. */
  readonly canMail?: boolean | undefined
}

const maxDescription = 255

/**
 * Reads a trigger as it is deployed. Fields are named below `field`.
 *
 * Throws InvalidArgumentError for a name, a schedule or a policy that cannot be, and for a kickoff time that the task does
 * not take.
 */
export function toNewTrigger(
  key: TriggerKey,
  spec: TriggerSpec,
  automation: TriggerAutomationSpec | undefined,
  task: TaskSpec,
  options: NewTriggerOptions,
): NewTrigger {
  const prefix = options.field === undefined ? '' : `${options.field}.`
  checkTriggerName(key.name, `${prefix}name`)
  if (key.name.includes('/')) {
    throw new InvalidArgumentError(`${prefix}name: ${JSON.stringify(key.name)} must not contain "/"`, {
      field: `${prefix}name`,
    })
  }
  toPolicy(spec.runSpec, `${prefix}spec.run_spec`)
  if (spec.runSpec !== undefined) {
    rulesOf(spec.runSpec, { canMail: options.canMail ?? false }, `${prefix}spec.run_spec`)
  }
  const normal = toAutomation(automation, `${prefix}automation_spec`)
  if (normal.automation.case === 'schedule') {
    const field = `${prefix}automation_spec.schedule`
    toSchedule(normal.automation.value, options.now, field)
    checkInput(normal.automation.value.kickoffTimeInputArg, task, `${field}.kickoff_time_input_arg`)
  }
  if (normal.automation.case === 'artifact') {
    checkInput(normal.automation.value.inputArg, task, `${prefix}automation_spec.artifact.input_arg`)
  }
  return {
    key,
    // What has a column of its own is not repeated here, so that the rest can be compared.
    spec: toBinaryDeterministic(TriggerSpecSchema, { ...spec, active: false, taskVersion: '', description: '' }),
    automation: toBinaryDeterministic(TriggerAutomationSpecSchema, normal),
    automationType: normal.type,
    taskVersion: spec.taskVersion,
    active: spec.active,
    description: truncateText(spec.description, maxDescription),
  }
}

/** Reads the triggers that are deployed with a task, which all start the version that is deployed. */
export function toNewTriggers(
  task: TaskName,
  version: string,
  triggers: ReadonlyArray<TaskTrigger>,
  spec: TaskSpec,
  options: Omit<NewTriggerOptions, 'field'>,
): ReadonlyArray<NewTrigger> {
  const names = new Set<string>()
  return triggers.map((trigger, index) => {
    const field = `triggers[${index}]`
    if (names.has(trigger.name)) {
      throw new InvalidArgumentError(`${field}.name: there are two triggers ${JSON.stringify(trigger.name)}`, {
        field: `${field}.name`,
      })
    }
    names.add(trigger.name)
    checkOwnName(trigger.name, `${field}.name`)
    const { active = false, inputWrapper, runSpec, description = '' } = trigger.spec ?? {}
    const triggerSpec = create(TriggerSpecSchema, {
      active,
      description,
      taskVersion: version,
      ...(inputWrapper && { inputWrapper }),
      ...(runSpec && { runSpec }),
    })
    const key = { project: task.project, domain: task.domain, taskName: task.name, name: trigger.name }
    return toNewTrigger(key, triggerSpec, trigger.automationSpec, spec, { ...options, field })
  })
}

function toAutomation(automation: TriggerAutomationSpec | undefined, field: string): TriggerAutomationSpec {
  const { TYPE_SCHEDULE, TYPE_ARTIFACT, TYPE_NONE } = TriggerAutomationSpecType
  const chosen = automation?.automation.case
  const type = chosen === 'schedule' ? TYPE_SCHEDULE : chosen === 'artifact' ? TYPE_ARTIFACT : TYPE_NONE
  if (chosen === undefined && (automation?.type === TYPE_SCHEDULE || automation?.type === TYPE_ARTIFACT)) {
    const missing = automation.type === TYPE_SCHEDULE ? 'schedule' : 'artifact'
    throw new InvalidArgumentError(`${field}.${missing}: value is required`, { field: `${field}.${missing}` })
  }
  return { ...(automation ?? create(TriggerAutomationSpecSchema)), type }
}

function checkInput(argument: string, task: TaskSpec, field: string): void {
  const inputs = task.taskTemplate?.interface?.inputs?.variables.map(({ key }) => key) ?? []
  if (argument === '' || inputs.includes(argument)) return
  throw new InvalidArgumentError(
    `${field}: the task has no input ${JSON.stringify(argument.slice(0, 80))}, only ${inputs.join(', ') || 'none at all'}`,
    { field },
  )
}

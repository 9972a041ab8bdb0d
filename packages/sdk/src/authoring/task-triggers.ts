import { create, fromBinary } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import {
  FixedRateUnit,
  InputsSchema,
  RunSpecSchema,
  type Schedule,
  ScheduleSchema,
  type TaskTrigger,
  TaskTriggerSchema,
  type TriggerAutomationSpec,
  TriggerAutomationSpecSchema,
  TriggerAutomationSpecType,
} from '@tern/idl/task'
import { noContext, withContext } from '../types/inputs-context.ts'
import { writeValues } from '../types/literal-wire.ts'
import { checkGivenInputs } from '../types/validation.ts'
import { toNotificationSettings } from './notify.ts'
import type { TaskDefinition } from './task-definition.ts'
import { minutesOf, type Trigger, triggeredArtifact, triggerTime } from './trigger.ts'

// Flyte's name for it, by which Python's runtime finds the input.
const kickoffContextKey = '_u_kickoff_time_input_arg'

/**
 * The triggers of a task as the wire has them.
 *
 * @throws DataValidationError naming the input that is missing, or does not fit
 */
export function toTaskTriggers(definition: TaskDefinition): Promise<TaskTrigger[]> {
  return Promise.all((definition.triggers ?? []).map((trigger) => toTaskTrigger(trigger, definition)))
}

async function toTaskTrigger(trigger: Trigger, definition: TaskDefinition): Promise<TaskTrigger> {
  const given: Readonly<Record<string, unknown>> = trigger.inputs ?? {}
  const kickoff = nameOf(given, triggerTime)
  const artifact = nameOf(given, triggeredArtifact)
  const bound = [kickoff, artifact]
  const task = {
    ...definition.interface,
    owner: `trigger ${trigger.name} of ${definition.interface.owner}`,
    inputs: definition.interface.inputs.filter(({ name }) => !bound.includes(name)),
  }
  const values = Object.fromEntries(Object.entries(given).filter(([name]) => !bound.includes(name)))
  const { bytes } = writeValues(task.inputs, await checkGivenInputs(task, values))
  const inputs = fromBinary(InputsSchema, withContext(bytes, trigger.customContext ?? noContext))
  if (kickoff !== '')
    inputs.context.push({ $typeName: 'flyteidl2.core.KeyValuePair', key: kickoffContextKey, value: kickoff })
  return create(TaskTriggerSchema, {
    name: trigger.name,
    spec: {
      active: trigger.autoActivate ?? true,
      description: trigger.description ?? '',
      inputWrapper: { case: 'inputs', value: inputs },
      runSpec: toRunSpec(trigger),
    },
    automationSpec: toAutomation(trigger, kickoff, artifact),
  })
}

function nameOf(given: Readonly<Record<string, unknown>>, value: symbol): string {
  return Object.keys(given).find((name) => given[name] === value) ?? ''
}

function toRunSpec(trigger: Trigger) {
  const { envVars, labels, annotations, interruptible, overwriteCache = false, queue = '' } = trigger
  return create(RunSpecSchema, {
    overwriteCache,
    queue,
    notificationSettings: toNotificationSettings(trigger.notify),
    maxActionConcurrency: trigger.maxActionConcurrency ?? 0,
    ...(envVars && { envs: { values: Object.entries(envVars).map(([key, value]) => ({ key, value })) } }),
    ...(labels && { labels: { values: { ...labels } } }),
    ...(annotations && { annotations: { values: { ...annotations } } }),
    ...(interruptible === undefined ? {} : { interruptible }),
  })
}

function toAutomation(trigger: Trigger, kickoff: string, artifact: string): TriggerAutomationSpec {
  const { onArtifact } = trigger
  if (onArtifact === undefined) {
    return create(TriggerAutomationSpecSchema, {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: { case: 'schedule', value: toSchedule(trigger, kickoff) },
    })
  }
  const { name, version = '' } = typeof onArtifact === 'string' ? { name: onArtifact } : onArtifact
  return create(TriggerAutomationSpecSchema, {
    type: TriggerAutomationSpecType.TYPE_ARTIFACT,
    automation: { case: 'artifact', value: { artifactName: name, version, inputArg: artifact } },
  })
}

function toSchedule({ name, schedule, timezone = 'UTC', every, startAt }: Trigger, kickoff: string): Schedule {
  if (every === undefined) {
    const expression = schedule ?? ''
    return create(ScheduleSchema, {
      expression: { case: 'cron', value: { expression, timezone } },
      kickoffTimeInputArg: kickoff,
    })
  }
  return create(ScheduleSchema, {
    expression: {
      case: 'rate',
      value: {
        value: minutesOf(every, `trigger ${name}`),
        unit: FixedRateUnit.MINUTE,
        ...(startAt && { startTime: timestampFromDate(startAt) }),
      },
    },
    kickoffTimeInputArg: kickoff,
  })
}

import { create } from '@bufbuild/protobuf'
import { checkLiteral, isTernError } from '@tern/core'
import { type TaskSpec, type TaskTrigger, TaskTriggerSchema, type TriggerAutomationSpec } from '@tern/idl/task'
import type { TriggerDetails } from '@tern/idl/trigger'
import type { TernClient } from '@tern/sdk/client'
import type { CliIo } from '../io.ts'
import { toTriggerInputs } from '../triggers/trigger-inputs.ts'
import { UsageError } from '../usage-error.ts'

/** A trigger of a task that is deployed again. */
export interface KeptTrigger {
  readonly trigger: TaskTrigger
  /** Why the new version cannot be started with its inputs, in which case it is switched off. */
  readonly problem: string | undefined
}

/**
 * The triggers that a task has now, for its next version: a deployment replaces them all, and what was made by hand is to
 * stay.
 */
export async function keptTriggers(client: TernClient, task: TaskSpec, io: CliIo): Promise<readonly KeptTrigger[]> {
  const kept: KeptTrigger[] = []
  const name = task.taskTemplate?.id?.name ?? ''
  for await (const { id } of client.triggers.list(name)) {
    const details = await client.triggers.get({ task: name, name: id?.name?.name ?? '' })
    const problem = await misfit(details, task, client, io)
    kept.push({ trigger: toTaskTrigger(details, task, problem === undefined), problem })
  }
  return kept
}

function toTaskTrigger({ id, spec, automationSpec }: TriggerDetails, task: TaskSpec, fits: boolean): TaskTrigger {
  return create(TaskTriggerSchema, {
    name: id?.name?.name ?? '',
    spec: {
      active: fits && spec?.active === true,
      description: spec?.description ?? '',
      ...(spec?.inputWrapper && { inputWrapper: spec.inputWrapper }),
      ...(spec?.runSpec && { runSpec: spec.runSpec }),
    },
    ...(automationSpec && { automationSpec: withKnownInput(automationSpec, task) }),
  })
}

/** An input that the version has no more cannot take the time. */
function withKnownInput(automation: TriggerAutomationSpec, task: TaskSpec): TriggerAutomationSpec {
  if (automation.automation.case !== 'schedule') return automation
  const schedule = automation.automation.value
  const inputs = task.taskTemplate?.interface?.inputs?.variables ?? []
  if (inputs.some(({ key }) => key === schedule.kickoffTimeInputArg)) return automation
  return { ...automation, automation: { case: 'schedule', value: { ...schedule, kickoffTimeInputArg: '' } } }
}

async function misfit(
  { spec, automationSpec }: TriggerDetails,
  task: TaskSpec,
  { place }: TernClient,
  io: CliIo,
): Promise<string | undefined> {
  if (spec?.inputWrapper.case === 'offloadedInputData') return undefined
  const schedule = automationSpec?.automation.case === 'schedule' ? automationSpec.automation.value : undefined
  const kickoff = schedule?.kickoffTimeInputArg || undefined
  try {
    const inputs = await toTriggerInputs({ task, given: [], present: spec?.inputWrapper.value, kickoff, place, io })
    for (const { name, value } of inputs.literals) {
      const variable = task.taskTemplate?.interface?.inputs?.variables.find(({ key }) => key === name)?.value
      if (value !== undefined && variable?.type !== undefined) checkLiteral(value, variable.type, `input ${name}`)
    }
    return undefined
  } catch (error) {
    if (error instanceof UsageError || isTernError(error)) return (error as Error).message
    throw error
  }
}

import { checkLiteral, isTernError } from '@tern/core'
import type { TaskSpec } from '@tern/idl/task'
import type { TriggerDetails } from '@tern/idl/trigger'
import type { TernClient } from '@tern/sdk/client'
import type { CliIo } from '../io.ts'
import { toTriggerInputs } from '../triggers/trigger-inputs.ts'
import { UsageError } from '../usage-error.ts'

/** Why a version of a task cannot be started by a trigger that an earlier one has; undefined if it can. */
export async function triggerProblem(
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

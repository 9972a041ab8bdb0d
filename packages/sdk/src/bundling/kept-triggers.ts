import { create } from '@bufbuild/protobuf'
import { checkInputs, isTernError } from '@tern/core'
import type { NamedLiteral, TaskSpec, TaskTrigger, TriggerAutomationSpec } from '@tern/idl/task'
import { TaskTriggerSchema } from '@tern/idl/task'
import type { TriggerDetails } from '@tern/idl/trigger'
import type { TernClient } from '../remote/tern-client.ts'

/** A trigger of a task that is deployed again. */
export interface KeptTrigger {
  readonly trigger: TaskTrigger
  /** Why the new version cannot be started with its inputs, in which case it is switched off. */
  readonly problem: string | undefined
}

/** Tells why a version of a task cannot be started by a trigger that an earlier one has, if it cannot. */
export type ProblemOf = (trigger: TriggerDetails, task: TaskSpec) => Promise<string | undefined>

/**
 * The triggers that a task has now, for its next version: a deployment replaces them all, and what was made by hand is to
 * stay.
 */
export async function keptTriggers(
  client: TernClient,
  task: TaskSpec,
  problemOf: ProblemOf = inputProblem,
): Promise<readonly KeptTrigger[]> {
  const kept: KeptTrigger[] = []
  const name = task.taskTemplate?.id?.name ?? ''
  for await (const { id } of client.triggers.list(name)) {
    const details = await client.triggers.get({ task: name, name: id?.name?.name ?? '' })
    const problem = await problemOf(details, task)
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

/** What is wrong with the inputs that are known; those of other places are looked at when a run starts. */
async function inputProblem({ spec, automationSpec }: TriggerDetails, task: TaskSpec): Promise<string | undefined> {
  if (spec?.inputWrapper.case === 'offloadedInputData') return undefined
  const schedule = automationSpec?.automation.case === 'schedule' ? automationSpec.automation.value : undefined
  const given = spec?.inputWrapper.value?.literals ?? []
  const names = new Set([...given.map(({ name }) => name), schedule?.kickoffTimeInputArg])
  const defaults = task.defaultInputs.flatMap(({ name, parameter }): NamedLiteral[] =>
    parameter?.behavior.case === 'default' && !names.has(name)
      ? [{ $typeName: 'flyteidl2.task.NamedLiteral', name, value: parameter.behavior.value }]
      : [],
  )
  const variables = task.taskTemplate?.interface?.inputs
  const asked = variables?.variables.filter(({ key }) => key !== schedule?.kickoffTimeInputArg)
  try {
    checkInputs([...given, ...defaults], variables && { ...variables, variables: asked ?? [] })
    return undefined
  } catch (error) {
    if (isTernError(error)) return (error as Error).message
    throw error
  }
}

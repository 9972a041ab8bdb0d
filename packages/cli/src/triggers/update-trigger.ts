import { FailedPreconditionError } from '@tern/core'
import type { TaskSpec } from '@tern/idl/task'
import type { TriggerDetails, TriggerSpec } from '@tern/idl/trigger'
import type { TernClient, TriggerReference } from '@tern/sdk/client'
import type { TriggerOptions } from '../commands/trigger-options.ts'
import type { UpdateTriggerOptions } from '../commands/update-trigger.ts'
import { findDeployedTask } from '../flags/deployed-task.ts'
import type { CliIo } from '../io.ts'
import { CommandError, UsageError } from '../usage-error.ts'
import { toAutomation } from './automation.ts'
import { toTriggerInputs } from './trigger-inputs.ts'
import { orSuggestTrigger } from './trigger-reference.ts'
import { toTriggerRunSpec } from './trigger-run-spec.ts'

const changes = [
  'schedule',
  'timezone',
  'every',
  'start',
  'input',
  'kickoffArg',
  'triggerTimeVar',
  'description',
  'version',
  'overlap',
  'catchUp',
  'label',
  'annotation',
  'env',
] as const satisfies readonly (keyof TriggerOptions)[]

/**
 * Switches a trigger on or off, or changes it from the revision that was read here.
 *
 * @throws UsageError when there is nothing to change, CommandError when somebody else has changed it in the meantime
 */
export async function updateTrigger(
  client: TernClient,
  trigger: TriggerReference,
  options: UpdateTriggerOptions,
  io: CliIo,
): Promise<TriggerDetails> {
  const isChanged = changes.some((name) => options[name] !== undefined)
  const active = options.activate === true ? true : options.deactivate === true ? false : undefined
  if (!isChanged && active === undefined) {
    throw new UsageError('nothing to change', {
      hint: 'Say --activate or --deactivate, or what is to change: see tern update trigger --help.',
    })
  }
  const present = await orSuggestTrigger(client.triggers.get(trigger), trigger, client)
  const read = present.id?.revision ?? 0n
  if (options.revision !== undefined && BigInt(options.revision) !== read) {
    throw conflict(trigger, BigInt(options.revision), present)
  }
  if (!isChanged && options.revision === undefined) {
    await client.triggers.setActive(trigger, active ?? true)
    return client.triggers.get(trigger)
  }
  const { spec, automationSpec } = present
  if (spec === undefined) throw new CommandError(`the server has no spec of trigger ${trigger.name}`)
  const automation = toAutomation(options, automationSpec, io.now())
  const wanted = await changedSpec({ client, trigger, present: spec, options, kickoff: automation.input, io })
  try {
    return await client.triggers.deploy({
      ...trigger,
      spec: { ...wanted, active: active ?? spec.active },
      automationSpec: automation.spec,
      revision: read,
    })
  } catch (error) {
    if (!(error instanceof FailedPreconditionError)) throw error
    const now = await client.triggers.get(trigger)
    throw now.id?.revision === read ? error : conflict(trigger, read, now)
  }
}

interface ChangeRequest {
  readonly client: TernClient
  readonly trigger: TriggerReference
  readonly present: TriggerSpec
  readonly options: UpdateTriggerOptions
  readonly kickoff: string | undefined
  readonly io: CliIo
}

async function changedSpec(request: ChangeRequest): Promise<TriggerSpec> {
  const { client, trigger, present, options } = request
  const taskVersion = options.version ?? present.taskVersion
  const { spec: task } = await findDeployedTask(client, { name: trigger.task, version: taskVersion })
  return {
    ...present,
    taskVersion,
    description: options.description ?? present.description,
    inputWrapper: await changedInputs(request, task),
    runSpec: toTriggerRunSpec(options, present.runSpec),
  }
}

async function changedInputs(
  { client, present, options, kickoff, io }: ChangeRequest,
  task: TaskSpec,
): Promise<TriggerSpec['inputWrapper']> {
  const { inputWrapper } = present
  const given = options.input ?? []
  // Inputs that lie elsewhere are replaced as a whole, or not at all.
  if (inputWrapper.case === 'offloadedInputData' && given.length === 0) return inputWrapper
  const before = inputWrapper.case === 'inputs' ? inputWrapper.value : undefined
  const { place } = client
  return { case: 'inputs', value: await toTriggerInputs({ task, given, present: before, kickoff, place, io }) }
}

function conflict({ task, name }: TriggerReference, read: bigint, now: TriggerDetails): CommandError {
  return new CommandError(
    `trigger ${name} of task ${task} is at revision ${now.id?.revision ?? 0n}, not ${read}: somebody has changed it`,
    { hint: `See what has changed with tern get trigger ${task} ${name} --history, then try again.` },
  )
}

import { create } from '@bufbuild/protobuf'
import type { LaunchPlan } from '@tern/idl/launchplan'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import { toLaunch } from '@tern/sdk/client'
import type { Command } from 'commander'
import { type LaunchOptions, withLaunchOptions } from '../commands/launch-options.ts'
import { connect } from '../connect.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import { unknownOption } from '../flags/unknown-option.ts'
import type { CliIo } from '../io.ts'
import { storeGivenFiles } from '../task-run/given-files.ts'
import { startRun } from '../task-run/start-run.ts'
import { parseOwnFlags, parseTaskArguments } from '../task-run/task-arguments.ts'
import { getLaunchPlan } from './find-launch-plan.ts'

/** Starts a run of a deployed launch plan, whose inputs are flags. */
export async function launch(command: Command, io: CliIo): Promise<void> {
  const [plan = '', ...words] = command.args
  if (plan.startsWith('-')) throw unknownOption(plan, command, "Flags of a plan's inputs stand after the plan.")
  const own = await resolveOptions<LaunchOptions>(parseOwnFlags(words, command, withLaunchOptions), io)
  const client = await connect(own, io)
  const { version } = own.values
  const reference = { name: plan, version }
  const found = await getLaunchPlan(client, reference)
  const parsed = await parseTaskArguments<LaunchOptions>({
    spec: toSpec(found),
    name: plan,
    words,
    parent: command,
    io,
    addOwnOptions: withLaunchOptions,
  })
  const { values } = parsed.options
  await startRun({
    client,
    task: { plan: toLaunch(reference, found) },
    inputs: await storeGivenFiles(parsed.inputs, parsed, () => client.place),
    name: values.name,
    options: values,
    io,
  })
}

/** What a plan takes, as a task has it, from which flags are made. */
function toSpec({ id, interface: typed, parameters, spec }: LaunchPlan): TaskSpec {
  return create(TaskSpecSchema, {
    taskTemplate: { id: { name: id?.name ?? '' }, ...(typed && { interface: typed }) },
    defaultInputs: parameters,
    documentation: { shortDescription: spec?.description ?? '' },
  })
}

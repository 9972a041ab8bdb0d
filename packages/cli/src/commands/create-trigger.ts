import { Command, Option } from 'commander'
import { examples } from '../flags/help-style.ts'
import { parseTaskReference } from '../flags/task-reference.ts'
import type { CliIo } from '../io.ts'
import { type CommandContext, serverCommand } from './command.ts'
import { type TriggerOptions, withTriggerOptions } from './trigger-options.ts'

interface CreateTriggerOptions extends TriggerOptions {
  readonly inactive?: boolean
}

export function createTriggerCommand(io: CliIo): Command {
  const command = new Command('trigger')
    .description('make a trigger, which runs a deployed task by a schedule')
    .argument('<task>', 'ENV.TASK; it starts the newest version of now, or --version')
    .argument('<trigger>', 'a name for it')
  withTriggerOptions(command)
    .addOption(new Option('--inactive', 'leave it off for now'))
    .addOption(new Option('--auto-activate', 'switch it on, as is done anyway').conflicts('inactive').hideHelp())
    .addHelpText(
      'after',
      examples(
        ["tern create trigger etl.main nightly --schedule '0 2 * * *' --timezone Europe/Berlin", 'every night'],
        ['tern create trigger etl.main often --every 15m --input day=today', 'with an input'],
        ['tern create trigger etl.main daily --schedule @daily --kickoff-arg day', 'with its time as an input'],
        ['tern create trigger etl.main slow --every 5m --overlap skip', 'never two at once'],
      ),
    )
  return serverCommand<CreateTriggerOptions>(command, io, createTrigger)
}

async function createTrigger(
  { client, options, io, print }: CommandContext<CreateTriggerOptions>,
  first = '',
  second = '',
): Promise<void> {
  const { toTriggerReference } = await import('../triggers/trigger-reference.ts')
  const { describeTrigger, refuseExisting } = await import('../triggers/present-trigger.ts')
  const { toAutomation } = await import('../triggers/automation.ts')
  const { toTriggerInputs } = await import('../triggers/trigger-inputs.ts')
  const { toTriggerRunSpec } = await import('../triggers/trigger-run-spec.ts')
  const { findDeployedTask } = await import('../flags/deployed-task.ts')
  const { toTriggerDetailsView } = await import('../views/trigger-view.ts')
  const trigger = toTriggerReference(first, second)
  const automation = toAutomation(options, undefined, io.now())
  const task = await findDeployedTask(client, parseTaskReference(trigger.task, options.version))
  const inputs = await toTriggerInputs({
    task: task.spec,
    given: options.input ?? [],
    present: undefined,
    kickoff: automation.input,
    place: client.place,
    io,
  })
  await refuseExisting(client, { task: task.name, name: trigger.name })
  const made = await client.triggers.deploy({
    task: task.name,
    name: trigger.name,
    automationSpec: automation.spec,
    spec: {
      active: options.inactive !== true,
      taskVersion: task.version,
      description: options.description ?? '',
      inputWrapper: { case: 'inputs', value: inputs },
      runSpec: toTriggerRunSpec(options, undefined),
    },
  })
  await print(toTriggerDetailsView(made, io.now()), describeTrigger('Created'))
}

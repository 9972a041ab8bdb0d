import { Command, Option } from 'commander'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'
import { type TriggerOptions, withTriggerOptions } from './trigger-options.ts'

export interface UpdateTriggerOptions extends TriggerOptions {
  readonly activate?: boolean
  readonly deactivate?: boolean
  readonly revision?: number
}

export function updateTriggerCommand(io: CliIo): Command {
  const command = new Command('trigger')
    .description('switch a trigger on or off, or change it; what is not said stays as it is')
    .argument('<task>', 'ENV.TASK')
    .argument('<trigger>', 'its name')
    .addOption(new Option('--activate', 'switch it on').conflicts('deactivate'))
    .addOption(new Option('--deactivate', 'switch it off'))
  withTriggerOptions(command)
    .addOption(
      new Option('--revision <number>', 'only if it is still at this revision, as tern get shows it').argParser(
        parseCount,
      ),
    )
    .addHelpText(
      'after',
      examples(
        ['tern update trigger etl.main nightly --deactivate', 'nothing starts until it is on again'],
        ["tern update trigger etl.main nightly --schedule '0 4 * * *'", 'two hours later'],
        ['tern update trigger etl.main nightly --version 5f2c', 'another version of the task'],
      ),
    )
  return serverCommand<UpdateTriggerOptions>(
    command,
    io,
    async ({ client, options, print }, first = '', second = '') => {
      const { updateTrigger } = await import('../triggers/update-trigger.ts')
      const { toTriggerReference } = await import('../triggers/trigger-reference.ts')
      const { describeTrigger } = await import('../triggers/present-trigger.ts')
      const { toTriggerDetailsView } = await import('../views/trigger-view.ts')
      const changed = await updateTrigger(client, toTriggerReference(first, second), options, io)
      await print(toTriggerDetailsView(changed, io.now()), describeTrigger('Updated'))
    },
  )
}

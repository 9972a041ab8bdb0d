import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { confirmDeletion } from '../flags/confirm.ts'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface DeleteOptions extends ConnectionOptions {
  readonly yes?: boolean
}

export function deleteTriggerCommand(io: CliIo): Command {
  const command = new Command('trigger')
    .description('delete a trigger; its runs stay')
    .argument('<task>', 'ENV.TASK')
    .argument('<trigger>', 'its name')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples(['tern delete trigger etl.main nightly --yes', 'without a question']))
  return serverCommand<DeleteOptions>(command, io, async ({ client, options, print }, first = '', second = '') => {
    const { orSuggestTrigger, toTriggerReference } = await import('../triggers/trigger-reference.ts')
    const trigger = toTriggerReference(first, second)
    await orSuggestTrigger(client.triggers.get(trigger), trigger, client)
    await confirmDeletion(`trigger ${trigger.name} of task ${trigger.task}`, options.yes, io)
    await client.triggers.delete(trigger)
    await print({ ...trigger, deleted: true }, () => `Deleted trigger ${trigger.name} of ${trigger.task}.\n`)
  })
}

import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

export function signalConditionCommand(io: CliIo): Command {
  const command = new Command('condition')
    .description('give a condition the value that a run waits for')
    .argument('<run>', 'name of the run')
    .argument('<action>', 'name of the action, or of the condition')
    .argument('[value]', 'true or false, a number or a text, as the condition takes; asked for on a terminal')
    .addHelpText(
      'after',
      examples(
        ['tern get condition RUN', 'what a run waits for'],
        ['tern signal condition RUN approval true', 'go on'],
        ['tern signal condition RUN offset -- -5', 'a value that begins with a dash'],
      ),
    )
  return serverCommand<ConnectionOptions>(command, io, async ({ client, print }, run = '', action = '', value) => {
    const { signalCondition, signalText } = await import('../conditions/signal-condition.ts')
    await print(await signalCondition(client, { run, action, value }, io), signalText)
  })
}

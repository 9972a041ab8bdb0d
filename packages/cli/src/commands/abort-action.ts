import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface AbortOptions extends ConnectionOptions {
  readonly reason?: string
}

export function abortActionCommand(io: CliIo): Command {
  const command = new Command('action')
    .description('abort an action and its descendants; its caller gets an error and goes on')
    .argument('<run>', 'name of the run')
    .argument('<action>', 'name of the action')
    .option('--reason <text>', 'shown with the action')
  return serverCommand<AbortOptions>(command, io, async ({ client, options, print }, run = '', action = '') => {
    const { abort, abortText } = await import('./abort.ts')
    await print(await abort(client, { run, action, reason: options.reason }), abortText)
  })
}

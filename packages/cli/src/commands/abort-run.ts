import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface AbortOptions extends ConnectionOptions {
  readonly reason?: string
}

export function abortRunCommand(io: CliIo): Command {
  const command = new Command('run')
    .description('abort a run and everything it has started')
    .argument('<run>', 'its name')
    .option('--reason <text>', 'shown with the run')
  return serverCommand<AbortOptions>(command, io, async ({ client, options, print }, run = '') => {
    const { abort, abortText } = await import('./abort.ts')
    await print(await abort(client, { run, action: 'a0', reason: options.reason }), abortText)
  })
}

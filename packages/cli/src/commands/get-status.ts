import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface StatusCommandOptions extends ConnectionOptions {
  readonly actions: number
  readonly group?: string
}

export function getStatusCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'status'], flags, description)
  const command = new Command('status')
    .description('show what the server is busy with: queues, capacity, workers, and what waits for what')
    .addOption(option('--actions <count>', 'name at most so many of each wait').argParser(parseCount).default(5))
    .addOption(option('--group <key>', 'show the waits of one group alone, e.g. queue:gpu'))
    .addHelpText(
      'after',
      `${examples(
        ['tern get status', 'of the server, and of those that share its database'],
        ['tern get status --project etl', 'with the waits of one project alone'],
        ['tern get status --group queue:gpu --actions 100', 'what waits for a place in a queue'],
      )}\n\nWaits are those of all projects unless --project or --domain is given.`,
    )
  return serverCommand<StatusCommandOptions>(command, io, async ({ client, options, sources, print }) => {
    const { statusText } = await import('../views/status-text.ts')
    const { toServerView } = await import('../views/status-view.ts')
    const { actions: limit, group } = options
    const isOfProject = sources['project'] === 'flag' || sources['domain'] === 'flag'
    await print((await client.status.read({ limit, group, isOfProject })).map(toServerView), statusText)
  })
}

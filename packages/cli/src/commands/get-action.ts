import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { parsePhases, phaseFilter } from '../flags/filters.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { noteMore, serverCommand, takeItems } from './command.ts'

interface GetActionOptions extends ConnectionOptions {
  readonly limit: number
  readonly inPhase?: readonly string[]
}

export function getActionCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'action'], flags, description)
  const command = new Command('action')
    .alias('actions')
    .description('list the actions of a run, or show one')
    .argument('<run>', 'name of the run')
    .argument('[action]', 'name of the action; a0 is the root')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .addOption(option('--in-phase <phase>', 'only those in a phase; several with commas').argParser(parsePhases))
    .addHelpText(
      'after',
      examples(
        ['tern get action RUN --in-phase failed', 'which ones failed'],
        ['tern get action RUN a0', 'why and when'],
      ),
    )
  return serverCommand<GetActionOptions>(command, io, async (context, run = '', action) => {
    const { client, options, print } = context
    const { toActionDetailsView, toActionView } = await import('../views/action-view.ts')
    const { actionDetailsText, actionsText } = await import('../views/action-text.ts')
    if (action !== undefined) {
      return print(toActionDetailsView(await client.getAction(run, action)), actionDetailsText)
    }
    const actions = client.listActions(run, {
      limit: options.limit + 1,
      filters: phaseFilter(options.inPhase),
      sortBy: { key: 'created_at', ascending: true },
    })
    const { taken, hasMore } = await takeItems(actions, options.limit)
    // An empty list says nothing about a run that does not exist.
    if (taken.length === 0) await client.getRun(run)
    await print(taken.map(toActionView), actionsText)
    if (hasMore) noteMore(context)
  })
}

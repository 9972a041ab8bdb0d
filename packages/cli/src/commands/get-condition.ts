import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { phaseFilter } from '../flags/filters.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { noteMore, serverCommand, takeItems } from './command.ts'

interface GetConditionOptions extends ConnectionOptions {
  readonly limit: number
  readonly all?: boolean
}

export function getConditionCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'condition'], flags, description)
  const command = new Command('condition')
    .alias('conditions')
    .description('list the conditions that a run waits for')
    .argument('<run>', 'name of the run')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .option('--all', 'those that have their value, too')
    .addHelpText('after', examples(['tern signal condition RUN CONDITION true', 'answers one']))
  return serverCommand<GetConditionOptions>(command, io, async (context, run = '') => {
    const { client, options, print } = context
    const { conditionFilter } = await import('@tern/sdk/client')
    const { conditionsText, toConditionView } = await import('../views/condition-view.ts')
    const filters = [conditionFilter, ...(options.all === true ? [] : phaseFilter(['PAUSED']))]
    const actions = client.listActions(run, { limit: options.limit + 1, filters })
    const { taken, hasMore } = await takeItems(actions, options.limit)
    // An empty list says nothing about a run that does not exist.
    if (taken.length === 0) await client.getRun(run)
    const details = await Promise.all(taken.map(({ id }) => client.getAction(run, id?.name)))
    await print(details.map(toConditionView), conditionsText)
    if (hasMore) noteMore(context)
  })
}

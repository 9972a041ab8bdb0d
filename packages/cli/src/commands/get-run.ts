import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { labelFilters, parsePhases, phaseFilter } from '../flags/filters.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount, parseKeyValue } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { noteMore, serverCommand, takeItems } from './command.ts'

interface GetRunOptions extends ConnectionOptions {
  readonly limit: number
  readonly inPhase?: readonly string[]
  readonly taskName?: string
  readonly trigger?: string
  readonly label?: Readonly<Record<string, string>>
}

export function getRunCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'run'], flags, description)
  const command = new Command('run')
    .alias('runs')
    .description('list runs, newest first, or show one')
    .argument('[run]', 'its name')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .addOption(
      option('--in-phase <phase>', 'only those in a phase, e.g. failed; several with commas').argParser(parsePhases),
    )
    .addOption(option('--task-name <name>', 'only those of a task, ENV.TASK'))
    .option('--trigger <name>', 'only those of a trigger, by its name')
    .option('--label <key=value>', 'only those with a label; may be repeated', parseKeyValue)
    .addHelpText(
      'after',
      examples(
        ['tern get run --in-phase failed --limit 10', 'the last ten that failed'],
        ['tern get run --task-name etl.main --trigger nightly', 'what a trigger has started'],
        ["tern get run -o json | jq -r '.[].name'", 'their names'],
      ),
    )
  return serverCommand<GetRunOptions>(command, io, async (context, name) => {
    const { client, options, print } = context
    const { toRunDetailsView, toRunView } = await import('../views/run-view.ts')
    const { runDetailsText, runsText } = await import('../views/run-text.ts')
    const urlOf = (run: { name: string }) => client.runUrl(run.name)
    if (name !== undefined) return print(toRunDetailsView(await client.getRun(name), urlOf), runDetailsText)
    const runs = client.listRuns({ limit: options.limit + 1, filters: filtersOf(options) })
    const { taken, hasMore } = await takeItems(runs, options.limit)
    // An empty list says nothing about a project that does not exist.
    if (taken.length === 0) await client.getProject(client.configuration.project)
    await print(
      taken.map((run) => toRunView(run, urlOf)),
      runsText,
    )
    if (hasMore) noteMore(context)
  })
}

function filtersOf({ inPhase, taskName, trigger, label }: GetRunOptions) {
  return [
    ...phaseFilter(inPhase),
    ...(taskName === undefined ? [] : [{ field: 'task_name', function: 'EQUAL', values: [taskName] } as const]),
    ...(trigger === undefined ? [] : [{ field: 'trigger_name', function: 'EQUAL', values: [trigger] } as const]),
    ...labelFilters(label),
  ]
}

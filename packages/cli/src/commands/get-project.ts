import { Command, Option } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { noteMore, serverCommand, takeItems } from './command.ts'

interface GetProjectOptions extends ConnectionOptions {
  readonly limit: number
  readonly archived?: boolean
  readonly all?: boolean
}

export function getProjectCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'project'], flags, description)
  const command = new Command('project')
    .alias('projects')
    .description('list projects, or show one')
    .argument('[project]', 'its id')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .addOption(new Option('--archived', 'only those that are archived').conflicts('all'))
    .addOption(new Option('--all', 'archived ones too'))
    .addHelpText('after', examples(['tern get project --all', 'archived ones too']))
  return serverCommand<GetProjectOptions>(command, io, async (context, id) => {
    const { client, options, print } = context
    const { isArchived, projectsText, projectText, toProjectView } = await import('../views/project-view.ts')
    const { getProjectOrSuggest } = await import('../flags/project.ts')
    if (id !== undefined) return print(toProjectView(await getProjectOrSuggest(client, id)), projectText)
    const wanted = async function* () {
      const includeArchived = options.all === true || options.archived === true
      for await (const project of client.listProjects({ includeArchived })) {
        if (options.archived !== true || isArchived(project)) yield project
      }
    }
    const { taken, hasMore } = await takeItems(wanted(), options.limit)
    await print(taken.map(toProjectView), projectsText)
    if (hasMore) noteMore(context)
  })
}

import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseKeyValue } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface CreateProjectOptions extends ConnectionOptions {
  readonly name?: string
  readonly description?: string
  readonly label?: Readonly<Record<string, string>>
}

export function createProjectCommand(io: CliIo): Command {
  const command = new Command('project')
    .description('create a project')
    .argument('<id>', 'lower-case letters, digits and "-"')
    .option('--name <text>', 'shown to people; defaults to the id')
    .option('--description <text>', 'what it is for')
    .option('--label <key=value>', 'a label; may be repeated', parseKeyValue)
    .addHelpText('after', examples(["tern create project etl --name 'Extract, load' --label team=data", '']))
  return serverCommand<CreateProjectOptions>(command, io, async ({ client, options, print }, id = '') => {
    const { projectText, toProjectView } = await import('../views/project-view.ts')
    const { name, description, label: labels } = options
    await client.createProject({ id, name, description, labels })
    await print(toProjectView(await client.getProject(id)), projectText)
  })
}

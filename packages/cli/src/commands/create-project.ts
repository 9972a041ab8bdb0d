import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface CreateProjectOptions extends ConnectionOptions {
  readonly name?: string
  readonly description?: string
}

export function createProjectCommand(io: CliIo): Command {
  const command = new Command('project')
    .description('create a project')
    .argument('<id>', 'lower-case letters, digits and "-"')
    .option('--name <text>', 'shown to people; defaults to the id')
    .option('--description <text>', 'what it is for')
  return serverCommand<CreateProjectOptions>(command, io, async ({ client, options, print }, id = '') => {
    const { projectText, toProjectView } = await import('../views/project-view.ts')
    const { name, description } = options
    await client.createProject({
      id,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
    })
    await print(toProjectView(await client.getProject(id)), projectText)
  })
}

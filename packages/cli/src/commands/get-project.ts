import { Command } from 'commander'
import type { CliIo } from '../io.ts'
import { serverCommand, takeItems } from './command.ts'

export function getProjectCommand(io: CliIo): Command {
  const command = new Command('project')
    .alias('projects')
    .description('list projects, or show one')
    .argument('[project]', 'its id')
  return serverCommand(command, io, async ({ client, print }, id) => {
    const { projectsText, projectText, toProjectView } = await import('../views/project-view.ts')
    if (id !== undefined) return print(toProjectView(await client.getProject(id)), projectText)
    const { taken } = await takeItems(client.listProjects(), Number.POSITIVE_INFINITY)
    return print(taken.map(toProjectView), projectsText)
  })
}

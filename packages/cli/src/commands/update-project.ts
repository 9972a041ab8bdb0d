import { Command, Option } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { collectText, parseKeyValue } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { serverCommand } from './command.ts'

interface UpdateProjectOptions extends ConnectionOptions {
  readonly name?: string
  readonly description?: string
  readonly label?: Readonly<Record<string, string>>
  readonly removeLabel?: readonly string[]
  readonly archive?: boolean
  readonly unarchive?: boolean
}

export function updateProjectCommand(io: CliIo): Command {
  const command = new Command('project')
    .description('change a project, or archive it; what is not said stays as it is')
    .argument('<project>', 'its id')
    .option('--name <text>', 'shown to people')
    .option('--description <text>', 'what it is for')
    .option('--label <key=value>', 'a label to set; may be repeated', parseKeyValue)
    .option('--remove-label <key>', 'a label to remove; may be repeated', collectText)
    .addOption(new Option('--archive', 'take no more runs and deployments; what is there stays').conflicts('unarchive'))
    .addOption(new Option('--unarchive', 'take runs and deployments again'))
    .addHelpText(
      'after',
      examples(
        ['tern update project etl --label team=data', 'add a label'],
        ['tern update project etl --archive', 'no more runs'],
      ),
    )
  return serverCommand<UpdateProjectOptions>(command, io, async ({ client, options, print }, id = '') => {
    const { create } = await import('@bufbuild/protobuf')
    const { ProjectState } = await import('@tern/idl/project')
    const { LabelsSchema } = await import('@tern/idl/task')
    const { projectText, toProjectView } = await import('../views/project-view.ts')
    const { getProjectOrSuggest } = await import('../flags/project.ts')
    const { name, description, label, removeLabel = [], archive, unarchive } = options
    if (
      [name, description, label, archive, unarchive].every((each) => each === undefined) &&
      removeLabel.length === 0
    ) {
      throw new UsageError('nothing to change', { hint: 'Say what: see tern update project --help.' })
    }
    const present = await getProjectOrSuggest(client, id)
    const labels = { ...present.labels?.values, ...label }
    for (const key of removeLabel) delete labels[key]
    const state = archive === true ? ProjectState.ARCHIVED : unarchive === true ? ProjectState.ACTIVE : present.state
    await client.updateProject({
      ...present,
      state,
      name: name ?? present.name,
      description: description ?? present.description,
      labels: create(LabelsSchema, { values: labels }),
    })
    await print(toProjectView(await client.getProject(id)), projectText)
  })
}

import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import { parseTaskReference, type TaskReferenceText } from '../flags/task-reference.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type CommandContext, noteMore, serverCommand, takeItems } from './command.ts'

interface GetTaskOptions extends ConnectionOptions {
  readonly limit: number
  readonly version?: string
  readonly versions?: boolean
}

export function getTaskCommand(io: CliIo): Command {
  const command = new Command('task')
    .alias('tasks')
    .description('list deployed tasks, or show one with its inputs')
    .argument('[task]', 'ENV.TASK, or ENV.TASK:VERSION')
    .argument('[version]', 'defaults to the newest')
    .addOption(
      commandOption(['get', 'task'], '--limit <count>', 'show at most so many').argParser(parseCount).default(100),
    )
    .option('--version <text>', 'the version to show; the same as the argument')
    .option('--versions', 'list the versions of one, newest first')
    .addHelpText(
      'after',
      examples(
        ['tern get task', 'the newest version of each'],
        ['tern get task hello.main', 'its inputs and outputs; of a workflow, its graph'],
        ['tern get task hello.main --versions', 'what was deployed, when, and by whom'],
      ),
    )
  return serverCommand<GetTaskOptions>(command, io, async (context, name, version) => {
    const { options } = context
    const chosen = version ?? options.version
    if (name === undefined) {
      if (options.versions !== true && chosen === undefined) return listTasks(context)
      throw new UsageError('--version and --versions are for one task', { hint: 'Write tern get task ENV.TASK.' })
    }
    const reference = parseTaskReference(name, chosen)
    if (options.versions !== true) return showTask(context, reference)
    if (reference.version === undefined) return listVersions(context, reference.name)
    throw new UsageError('--versions lists all versions, and one is named', { hint: `Leave out ${reference.version}.` })
  })
}

async function showTask({ client, print }: CommandContext<GetTaskOptions>, reference: TaskReferenceText) {
  const { toTaskDetailsView } = await import('../views/task-view.ts')
  const { taskText } = await import('../views/task-text.ts')
  const { findDeployedTask } = await import('../flags/deployed-task.ts')
  const { details } = await findDeployedTask(client, reference)
  const view = toTaskDetailsView(details)
  if (view.type !== 'workflow') return print(view, taskText)
  const { graphText, toGraphView } = await import('../views/graph-view.ts')
  const graph = details.spec?.taskTemplate
  return print(
    { ...view, graph: toGraphView(graph) },
    (shown, style) => taskText(shown, style) + graphText(graph, style),
  )
}

async function listVersions(context: CommandContext<GetTaskOptions>, name: string): Promise<void> {
  const { client, options, print } = context
  const { toTaskVersionView } = await import('../views/task-view.ts')
  const { taskVersionsText } = await import('../views/task-text.ts')
  const { findDeployedTask } = await import('../flags/deployed-task.ts')
  const versions = client.listVersions(name, { limit: options.limit + 1 })
  const { taken, hasMore } = await takeItems(versions, options.limit)
  if (taken.length === 0) await findDeployedTask(client, { name })
  await print(taken.map(toTaskVersionView), taskVersionsText)
  if (hasMore) noteMore(context)
}

async function listTasks(context: CommandContext<GetTaskOptions>): Promise<void> {
  const { client, options, print } = context
  const { toTaskView } = await import('../views/task-view.ts')
  const { tasksText } = await import('../views/task-text.ts')
  const { taken, hasMore } = await takeItems(client.listTasks({ limit: options.limit + 1 }), options.limit)
  if (taken.length === 0) await client.getProject(client.configuration.project)
  await print(taken.map(toTaskView), tasksText)
  if (hasMore) noteMore(context)
}

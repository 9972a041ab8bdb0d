import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import { parseTaskReference } from '../flags/task-reference.ts'
import type { CliIo } from '../io.ts'
import { noteMore, serverCommand, takeItems } from './command.ts'

interface GetTaskOptions extends ConnectionOptions {
  readonly limit: number
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
    .addHelpText(
      'after',
      examples(['tern get task', 'the newest version of each'], ['tern get task hello.main', 'its inputs and outputs']),
    )
  return serverCommand<GetTaskOptions>(command, io, async (context, name, version) => {
    const { client, options, print } = context
    const { toTaskDetailsView, toTaskView } = await import('../views/task-view.ts')
    const { taskText, tasksText } = await import('../views/task-text.ts')
    if (name !== undefined) {
      const reference = parseTaskReference(name, version)
      return print(toTaskDetailsView(await client.getTask(reference)), taskText)
    }
    const { taken, hasMore } = await takeItems(client.listTasks({ limit: options.limit + 1 }), options.limit)
    if (taken.length === 0) await client.getProject(client.configuration.project)
    await print(taken.map(toTaskView), tasksText)
    if (hasMore) noteMore(context)
  })
}

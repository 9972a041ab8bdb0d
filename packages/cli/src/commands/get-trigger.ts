import { Command, Option } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import { parseTaskReference } from '../flags/task-reference.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type CommandContext, noteMore, serverCommand, takeItems } from './command.ts'

interface GetTriggerOptions extends ConnectionOptions {
  readonly limit: number
  readonly active?: boolean
  readonly inactive?: boolean
  readonly version?: string
  readonly history?: boolean
}

export function getTriggerCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'trigger'], flags, description)
  const command = new Command('trigger')
    .alias('triggers')
    .description('list triggers, or show one with when it fires next')
    .argument('[task]', 'ENV.TASK; without it, the triggers of all tasks')
    .argument('[trigger]', 'its name')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .addOption(new Option('--active', 'only those that are on').conflicts('inactive'))
    .addOption(new Option('--inactive', 'only those that are off'))
    .addOption(new Option('--version <text>', 'only those that start a version of the task'))
    .addOption(new Option('--history', 'the changes of one, newest first'))
    .addHelpText(
      'after',
      examples(
        ['tern get trigger --active', 'what runs by itself, and when'],
        ['tern get trigger etl.main nightly', 'its schedule, inputs and next firings'],
        ['tern get trigger etl.main nightly --history', 'who changed it'],
      ),
    )
  return serverCommand<GetTriggerOptions>(command, io, async (context, task, name) => {
    if (name !== undefined && task !== undefined) return showTrigger(context, task, name)
    if (context.options.history === true) {
      throw new UsageError('--history is for one trigger', { hint: 'Write tern get trigger ENV.TASK NAME --history.' })
    }
    return listTriggers(context, task)
  })
}

async function showTrigger(context: CommandContext<GetTriggerOptions>, first: string, second: string): Promise<void> {
  const { client, options, io, print } = context
  const { orSuggestTrigger, toTriggerReference } = await import('../triggers/trigger-reference.ts')
  const { toTriggerDetailsView, toTriggerRevisionView } = await import('../views/trigger-view.ts')
  const { triggerHistoryText, triggerText } = await import('../views/trigger-text.ts')
  const trigger = toTriggerReference(first, second)
  if (options.history !== true) {
    const details = await orSuggestTrigger(client.triggers.get(trigger), trigger, client)
    return print(toTriggerDetailsView(details, io.now()), triggerText)
  }
  const revisions = client.triggers.history(trigger, { limit: options.limit + 1 })
  const { taken, hasMore } = await takeItems(revisions, options.limit)
  if (taken.length === 0) await orSuggestTrigger(client.triggers.get(trigger), trigger, client)
  await print(taken.map(toTriggerRevisionView), triggerHistoryText)
  if (hasMore) noteMore(context)
}

async function listTriggers(context: CommandContext<GetTriggerOptions>, task: string | undefined): Promise<void> {
  const { client, options, io, print } = context
  const { toTriggerView } = await import('../views/trigger-view.ts')
  const { triggersText } = await import('../views/trigger-text.ts')
  const { findDeployedTask } = await import('../flags/deployed-task.ts')
  const reference = task === undefined ? undefined : parseTaskReference(task)
  const triggers = client.triggers.list(reference?.name, { limit: options.limit + 1, filters: filtersOf(options) })
  const { taken, hasMore } = await takeItems(triggers, options.limit)
  // An empty list says nothing about a task or a project that does not exist.
  if (taken.length === 0 && reference !== undefined) await findDeployedTask(client, reference)
  else if (taken.length === 0) await client.getProject(client.configuration.project)
  await print(
    taken.map((trigger) => toTriggerView(trigger, io.now())),
    triggersText,
  )
  if (hasMore) noteMore(context)
}

function filtersOf({ active, inactive, version }: GetTriggerOptions) {
  const equal = (field: string, value: string) => ({ field, function: 'EQUAL', values: [value] }) as const
  return [
    ...(active === true ? [equal('active', 'true')] : []),
    ...(inactive === true ? [equal('active', 'false')] : []),
    ...(version === undefined ? [] : [equal('task_version', version)]),
  ]
}

import { Command, Option } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type CommandContext, noteMore, serverCommand, takeItems } from './command.ts'

interface GetLaunchPlanOptions extends ConnectionOptions {
  readonly limit: number
  readonly versions?: boolean
  readonly task?: string
}

export function getLaunchPlanCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'launch-plan'], flags, description)
  const command = new Command('launch-plan')
    .alias('launch-plans')
    .description('list launch plans, or show one with what it takes and when it runs next')
    .argument('[plan]', 'its name; without it, all are listed')
    .argument('[version]', 'defaults to the active one, or the newest')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .addOption(new Option('--versions', 'the versions of one, newest first'))
    .addOption(new Option('--task <name>', 'only those that launch this task, ENV.TASK'))
    .addHelpText(
      'after',
      examples(
        ['tern get launch-plan', 'which there are, and which run by themselves'],
        ['tern get launch-plan nightly', 'its inputs and its schedule'],
        ['tern get launch-plan nightly --versions', 'what was deployed, and which version is active'],
      ),
    )
  return serverCommand<GetLaunchPlanOptions>(command, io, async (context, name, version) => {
    const { versions, task } = context.options
    if (name === undefined) {
      if (versions !== true) return listPlans(context)
      throw new UsageError('--versions is for one launch plan', { hint: 'Write tern get launch-plan NAME --versions.' })
    }
    if (task !== undefined)
      throw new UsageError('--task is for the list of launch plans', { hint: `Leave out ${name}.` })
    if (versions !== true) return showPlan(context, name, version)
    if (version === undefined) return listVersions(context, name)
    throw new UsageError('--versions lists all versions, and one is named', { hint: `Leave out ${version}.` })
  })
}

type Context = CommandContext<GetLaunchPlanOptions>

async function showPlan({ client, io, print }: Context, name: string, version: string | undefined): Promise<void> {
  const { getLaunchPlan } = await import('../launch-plans/find-launch-plan.ts')
  const { toPlanDetailsView } = await import('../views/launch-plan-view.ts')
  const { planText } = await import('../views/launch-plan-text.ts')
  const plan = await getLaunchPlan(client, { name, ...(version === undefined ? {} : { version }) })
  await print(toPlanDetailsView(plan, client, io.now()), planText)
}

async function listPlans(context: Context): Promise<void> {
  const { client, options, print } = context
  const { toPlanView } = await import('../views/launch-plan-view.ts')
  const { plansText } = await import('../views/launch-plan-text.ts')
  const plans = client.launchPlans.list({ limit: options.limit + 1, task: options.task })
  const { taken, hasMore } = await takeItems(plans, options.limit)
  // An empty list says nothing about a project that does not exist.
  if (taken.length === 0) await client.getProject(client.configuration.project)
  await print(taken.map(toPlanView), plansText)
  if (hasMore) noteMore(context)
}

async function listVersions(context: Context, name: string): Promise<void> {
  const { client, options, print } = context
  const { getLaunchPlan } = await import('../launch-plans/find-launch-plan.ts')
  const { toPlanView } = await import('../views/launch-plan-view.ts')
  const { planVersionsText } = await import('../views/launch-plan-text.ts')
  const versions = client.launchPlans.versions(name, { limit: options.limit + 1 })
  const { taken, hasMore } = await takeItems(versions, options.limit)
  if (taken.length === 0) await getLaunchPlan(client, { name })
  await print(taken.map(toPlanView), planVersionsText)
  if (hasMore) noteMore(context)
}

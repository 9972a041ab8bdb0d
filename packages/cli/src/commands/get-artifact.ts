import { Command } from 'commander'
import { commandOption, type ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type CommandContext, noteMore, serverCommand, takeItems } from './command.ts'

interface GetArtifactOptions extends ConnectionOptions {
  readonly limit: number
  readonly versions?: boolean
}

export function getArtifactCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'artifact'], flags, description)
  const command = new Command('artifact')
    .alias('artifacts')
    .description('list artifacts, or show one with its value')
    .argument('[artifact]', 'its name')
    .argument('[version]', 'defaults to the newest')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
    .option('--versions', 'list the versions of one, newest first')
    .addHelpText(
      'after',
      examples(
        ['tern get artifact', 'the newest version of each'],
        ['tern get artifact model --versions', 'how one has changed'],
      ),
    )
  return serverCommand<GetArtifactOptions>(command, io, async (context, name, version) => {
    if (context.options.versions === true && (name === undefined || version !== undefined)) {
      throw new UsageError('--versions lists the versions of one artifact', { hint: 'Write its name alone.' })
    }
    if (name === undefined) return listArtifacts(context)
    return context.options.versions === true ? listVersions(context, name) : showArtifact(context, name, version)
  })
}

type Context = CommandContext<GetArtifactOptions>

async function showArtifact({ client, print }: Context, name: string, version: string | undefined): Promise<void> {
  const { artifactText, toArtifactView } = await import('../views/artifact-view.ts')
  const { orSuggestArtifact } = await import('../flags/artifact.ts')
  const artifact = await orSuggestArtifact(client.artifacts.get(name, version), name, client)
  await print(toArtifactView(artifact), artifactText)
}

async function listVersions(context: Context, name: string): Promise<void> {
  const { client, options, print } = context
  const { artifactsText, toArtifactView } = await import('../views/artifact-view.ts')
  const { orSuggestArtifact } = await import('../flags/artifact.ts')
  const versions = client.artifacts.versions(name, { limit: options.limit + 1 })
  const { taken, hasMore } = await takeItems(versions, options.limit)
  if (taken.length === 0) await orSuggestArtifact(client.artifacts.get(name), name, client)
  await print(taken.map(toArtifactView), artifactsText)
  if (hasMore) noteMore(context)
}

async function listArtifacts(context: Context): Promise<void> {
  const { client, options, print } = context
  const { artifactsText, toArtifactView } = await import('../views/artifact-view.ts')
  const groups = client.artifacts.list({ limit: options.limit + 1 })
  const { taken, hasMore } = await takeItems(groups, options.limit)
  if (taken.length === 0) await client.getProject(client.configuration.project)
  await print(
    taken.flatMap(({ latest, versions }) =>
      latest === undefined ? [] : [{ ...toArtifactView(latest), versions: Number(versions) }],
    ),
    artifactsText,
  )
  if (hasMore) noteMore(context)
}

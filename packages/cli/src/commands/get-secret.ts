import { Command, Option } from 'commander'
import { commandOption } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseCount } from '../flags/parse-values.ts'
import { scopeHelp, scopeOf, type ScopeOptions, withScopeOptions } from '../flags/scope.ts'
import type { CliIo } from '../io.ts'
import { noteMore, serverCommand, takeItems } from './command.ts'

interface GetSecretOptions extends ScopeOptions {
  readonly limit: number
  readonly all?: boolean
}

export function getSecretCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['get', 'secret'], flags, description)
  const command = new Command('secret')
    .alias('secrets')
    .description('list the secrets that tasks can use, or show one; values are never shown')
    .argument('[secret]', 'its name')
    .addOption(option('--limit <count>', 'show at most so many').argParser(parseCount).default(100))
  withScopeOptions(command, 'global')
    .addOption(new Option('--all', 'those of every project and domain').conflicts(['global', 'org']))
    .addHelpText(
      'after',
      `${examples(
        ['tern get secret', 'what tasks of the configured project and domain can use'],
        ['tern get secret --all', 'whatever there is'],
      )}\n\n${scopeHelp}`,
    )
  return serverCommand<GetSecretOptions>(command, io, async (context, name) => {
    const { client, options, sources, print } = context
    const { findSecret, usableSecrets } = await import('../secrets/find-secret.ts')
    const { secretsText, secretText, toSecretView } = await import('../views/secret-view.ts')
    const scope = scopeOf(options, sources, client)
    if (name !== undefined) return print(toSecretView(await findSecret(client, name, scope)), secretText)
    const secrets = options.all === true ? client.secrets.list() : usableSecrets(client, scope)
    const { taken, hasMore } = await takeItems(secrets, options.limit)
    if (taken.length === 0 && options.all !== true && scope.project !== undefined)
      await client.getProject(scope.project)
    await print(taken.map(toSecretView), secretsText)
    if (hasMore) noteMore(context)
  })
}

import { Command } from 'commander'
import { confirmDeletion } from '../flags/confirm.ts'
import { examples } from '../flags/help-style.ts'
import { scopeHelp, scopeOf, type ScopeOptions, scopeWords, withScopeOptions } from '../flags/scope.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

interface DeleteSecretOptions extends ScopeOptions {
  readonly yes?: boolean
}

export function deleteSecretCommand(io: CliIo): Command {
  const command = new Command('secret')
    .description('delete a secret; tasks that need it cannot start any more')
    .argument('<secret>', 'its name')
    .option('-y, --yes', 'do not ask')
  withScopeOptions(command, 'global').addHelpText(
    'after',
    `${examples(['tern delete secret API_KEY --yes', 'without a question'])}\n\n${scopeHelp}`,
  )
  return serverCommand<DeleteSecretOptions>(command, io, async ({ client, options, sources, print }, name = '') => {
    const { findSecretOf } = await import('../secrets/find-secret.ts')
    const { toSecretView } = await import('../views/secret-view.ts')
    const scope = scopeOf(options, sources, client)
    const { level, project, domain } = toSecretView(await findSecretOf(client, name, scope))
    await confirmDeletion(`secret ${name} for ${scopeWords(scope)}`, options.yes, io)
    await client.secrets.delete(name, scope)
    const view = { name, level, project, domain, deleted: true }
    await print(view, () => `Deleted secret ${name} for ${scopeWords(scope)}.\n`)
  })
}

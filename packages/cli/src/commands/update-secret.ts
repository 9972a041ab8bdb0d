import { Command } from 'commander'
import { examples } from '../flags/help-style.ts'
import { scopeHelp, scopeOf, scopeWords } from '../flags/scope.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'
import { type SecretOptions, withSecretOptions } from './secret-options.ts'

export function updateSecretCommand(io: CliIo): Command {
  const command = new Command('secret')
    .description('replace the value of a secret; tasks that start from then on get the new one')
    .argument('<secret>', 'its name')
  withSecretOptions(command).addHelpText(
    'after',
    `${examples(['tern update secret API_KEY', 'asks for the value'])}\n\n${scopeHelp}`,
  )
  return serverCommand<SecretOptions>(command, io, async ({ client, options, sources, print }, name = '') => {
    const { findSecretOf } = await import('../secrets/find-secret.ts')
    const { readSecretValue } = await import('../secrets/read-secret-value.ts')
    const { toSecretView } = await import('../views/secret-view.ts')
    const scope = scopeOf(options, sources, client)
    const present = toSecretView(await findSecretOf(client, name, scope))
    const value = await readSecretValue(name, options, io)
    await client.secrets.update({ name, value, scope, type: options.type ?? present.type })
    const changed = toSecretView(await client.secrets.get(name, scope))
    await print(changed, () => `Updated secret ${name} for ${scopeWords(scope)}.\n`)
  })
}

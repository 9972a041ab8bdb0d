import { Command } from 'commander'
import { examples } from '../flags/help-style.ts'
import { scopeHelp, scopeOf, scopeWords } from '../flags/scope.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'
import { type SecretOptions, withSecretOptions } from './secret-options.ts'

export function createSecretCommand(io: CliIo): Command {
  const command = new Command('secret')
    .description('make a secret for tasks; its value is asked for on a terminal, or read from standard input')
    .argument('<secret>', 'its name: letters, digits, "-" and "_"')
  withSecretOptions(command).addHelpText(
    'after',
    `${examples(
      ['tern create secret API_KEY', 'asks for the value'],
      ['pass show api-key | tern create secret API_KEY', 'from a program'],
      ['tern create secret CERTIFICATE --from-file cert.pem --global', 'for all projects'],
    )}\n\n${scopeHelp}`,
  )
  return serverCommand<SecretOptions>(command, io, async ({ client, options, sources, print }, name = '') => {
    const { checkSecretName, readSecretValue } = await import('../secrets/read-secret-value.ts')
    const { toSecretView } = await import('../views/secret-view.ts')
    const scope = scopeOf(options, sources, client)
    checkSecretName(name)
    const value = await readSecretValue(name, options, io)
    await client.secrets.create({ name, value, scope, type: options.type })
    const made = toSecretView(await client.secrets.get(name, scope))
    await print(made, () => `Created secret ${name} for ${scopeWords(scope)}.\n`)
  })
}

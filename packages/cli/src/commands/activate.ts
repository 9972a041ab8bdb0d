import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

export function activateCommand(io: CliIo): Command {
  const command = new Command('activate')
    .description('make a version of a launch plan the active one: what its schedule starts')
    .argument('<plan>', 'its name')
    .argument('[version]', 'needed unless there is only one')
    .addHelpText('after', examples(['tern activate nightly 5f2c', 'instead of the version that is active now']))
  return serverCommand<ConnectionOptions>(command, io, async ({ client, print }, name = '', version) => {
    const { activate, activatedText } = await import('../launch-plans/activation.ts')
    await print(await activate(client, { name, version }), activatedText)
  })
}

export function deactivateCommand(io: CliIo): Command {
  const command = new Command('deactivate')
    .description('switch a launch plan off: its schedule starts nothing, and it can still be launched')
    .argument('<plan>', 'its name')
  return serverCommand<ConnectionOptions>(command, io, async ({ client, print }, name = '') => {
    const { deactivate, activatedText } = await import('../launch-plans/activation.ts')
    await print(await deactivate(client, { name }), activatedText)
  })
}

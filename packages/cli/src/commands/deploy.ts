import { Command } from 'commander'
import { commandOption, type ConnectionOptions, withConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { printResult } from '../output/print-result.ts'

export interface DeployOptions extends ConnectionOptions {
  readonly version?: string
  readonly dryRun?: boolean
  readonly checkReferences?: boolean
}

export function deployCommand(io: CliIo): Command {
  const option = (flags: string, description: string) => commandOption(['deploy'], flags, description)
  const command = new Command('deploy')
    .description('deploy the tasks and launch plans of a file, so that they can be run by name')
    .argument('<file>', 'TypeScript or JavaScript file')
    .argument('[env]', 'only this environment of it, with those it depends on')
    .addOption(option('--version <text>', 'version of the tasks; defaults to a hash of their code'))
    .addOption(option('--dry-run', 'only say what would be deployed'))
    .addOption(
      option('--check-references', 'ask first whether all is deployed, and as declared, that workflows refer to'),
    )
    .addHelpText('after', examples(['tern deploy examples/hello.ts', 'then: tern run --name hello.main --numbers 1']))
  return withConnectionOptions(command).action(async (file: string, environment: string | undefined) => {
    const resolved = await resolveOptions<DeployOptions>(command, io)
    const { deploy, deployText } = await import('../deploy/deploy.ts')
    const view = await deploy({ file, environment, resolved, io })
    await printResult(view, { format: resolved.values.output, io, toText: deployText })
  })
}

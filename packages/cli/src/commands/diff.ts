import { Command } from 'commander'
import type { ConnectionOptions } from '../flags/common-options.ts'
import { examples } from '../flags/help-style.ts'
import { parseTaskReference } from '../flags/task-reference.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { serverCommand } from './command.ts'

interface DiffOptions extends ConnectionOptions {
  readonly file?: string
}

export function diffCommand(io: CliIo): Command {
  const command = new Command('diff')
    .description('say what is different between two versions of a workflow')
    .argument('<workflow>', 'ENV.WORKFLOW, or ENV.WORKFLOW:VERSION')
    .argument('[before]', 'a version; the last but one, if both are left out')
    .argument('[after]', 'a version; defaults to the newest')
    .option('--file <file>', 'compare what is deployed with the workflow in this file')
    .addHelpText(
      'after',
      examples(
        ['tern diff etl.nightly', 'the newest version, and the one before it'],
        ['tern diff etl.nightly v3 v5', 'two versions'],
        ['tern diff etl.nightly --file etl.ts', 'what a deploy would change'],
      ),
    )
  return serverCommand<DiffOptions>(command, io, async ({ client, options, print }, workflow = '', before, after) => {
    const { file } = options
    if (file !== undefined && after !== undefined) {
      throw new UsageError('--file is what the deployed version is compared with, and two versions are named', {
        hint: `Leave out ${after}.`,
      })
    }
    const reference = parseTaskReference(workflow, before)
    const { diff, diffText } = await import('../workflows/diff.ts')
    await print(await diff({ name: reference.name, before: reference.version, after, file, client, io }), diffText)
  })
}

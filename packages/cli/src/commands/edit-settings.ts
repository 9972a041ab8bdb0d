import { Command, Option } from 'commander'
import { examples } from '../flags/help-style.ts'
import { parseVersion } from '../flags/parse-values.ts'
import { scopeHelp, scopeOf, type ScopeOptions, withScopeOptions } from '../flags/scope.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { serverCommand } from './command.ts'

interface EditSettingsOptions extends ScopeOptions {
  readonly fromFile?: string
  readonly version?: number
  readonly dryRun?: boolean
}

export function editSettingsCommand(io: CliIo): Command {
  const command = new Command('settings').alias('setting').description('edit settings, with $VISUAL or $EDITOR')
  withScopeOptions(command, 'org')
    .addOption(new Option('--from-file <file>', 'take them from a file instead, as a whole; - is standard input'))
    .addOption(
      new Option('--version <number>', 'only if they are still at this version, as tern get shows it').argParser(
        parseVersion,
      ),
    )
    .addOption(new Option('--dry-run', 'only say what would change'))
    .addHelpText(
      'after',
      `${examples(
        ['tern edit settings', 'of the configured project and domain'],
        ['tern edit settings --domain production', 'of every project of a domain'],
        ['tern edit settings --org --from-file settings.yaml', 'of all, from a file'],
      )}\n\n${scopeHelp}`,
    )
  return serverCommand<EditSettingsOptions>(command, io, async ({ client, options, sources, print }) => {
    const { fromFile, version, dryRun: isDryRun = false } = options
    const scope = scopeOf(options, sources, client)
    if (fromFile === undefined && !io.isInteractive) {
      throw new UsageError('an editor needs a terminal', { hint: 'Use --from-file; - is standard input.' })
    }
    const { applySettings, editedText, editSettings } = await import('../settings/edit-settings.ts')
    const request = { client, scope, version, isDryRun }
    if (fromFile === undefined) return print(await editSettings(request, io), editedText)
    const { readNamedFile } = await import('../task-run/read-file-value.ts')
    const text = new TextDecoder().decode(await readNamedFile(fromFile, 'from-file', io))
    await print(await applySettings(text, request), editedText)
  })
}

import { Command } from 'commander'
import { examples } from '../flags/help-style.ts'
import { levelOf, scopeHelp, scopeOf, type ScopeOptions, withScopeOptions } from '../flags/scope.ts'
import type { CliIo } from '../io.ts'
import { serverCommand } from './command.ts'

export function getSettingsCommand(io: CliIo): Command {
  const command = new Command('settings').alias('setting').description('show the settings that hold, and who set them')
  withScopeOptions(command, 'org').addHelpText(
    'after',
    `${examples(
      ['tern get settings', 'of the configured project and domain'],
      ['tern get settings --domain production', 'of a domain'],
      ['tern get settings --org', 'of all'],
    )}\n\n${scopeHelp}`,
  )
  return serverCommand<ScopeOptions>(command, io, async ({ client, options, sources, print }) => {
    const { effectiveSettings, toLevels } = await import('@tern/core/settings')
    const { toEffectiveDocument } = await import('../settings/settings-document.ts')
    const scope = scopeOf(options, sources, client)
    const levels = toLevels(await client.settings.levels(scope))
    const settings = effectiveSettings(levels)
    const view = {
      level: levelOf(scope),
      project: scope.project ?? null,
      domain: scope.domain ?? null,
      version: Number(levels.at(-1)?.record.version ?? 0n),
      settings: Object.fromEntries(settings.map(({ name, ...setting }) => [name, setting])),
    }
    await print(view, () => toEffectiveDocument(scope, settings))
  })
}

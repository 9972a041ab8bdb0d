import type { Command, Option } from 'commander'
import { SettingOption } from './setting-option.ts'

/** How help looks: what else sets a flag stands after its description. */
export function styleHelp(command: Command): void {
  command.configureHelp({ optionDescription, sortSubcommands: false, showGlobalOptions: false })
}

function optionDescription(option: Option): string {
  const facts: string[] = []
  if (option.argChoices !== undefined) facts.push(option.argChoices.join(', '))
  if (option.defaultValue !== undefined && option.defaultValue !== false) {
    facts.push(`default ${option.defaultValueDescription ?? String(option.defaultValue)}`)
  }
  if (option instanceof SettingOption && option.variable !== undefined) facts.push(option.variable)
  return facts.length === 0 ? option.description : `${option.description} (${facts.join('; ')})`
}

/** Lines after a command's help that show how it is used. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length))
  return ['', 'Examples:', ...lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)].join('\n')
}

import { type Command, Option } from 'commander'
import { configKeyFor, SettingOption, variableFor } from './setting-option.ts'

export type OutputFormat = 'table' | 'json' | 'yaml'

/** Flags that every command takes. */
export interface CommonOptions {
  readonly config?: string
  readonly output: OutputFormat
  readonly verbose?: boolean
}

/** Flags of every command that talks to a server. */
export interface ConnectionOptions extends CommonOptions {
  readonly endpoint?: string
  readonly insecure?: boolean
  readonly project: string
  readonly domain: string
}

const heading = 'Common options:'

const defaultProject = 'flytesnacks'
const defaultDomain = 'development'

/** A flag that is set for one command, `scope`, also by its environment variable and key of the config file. */
export function commandOption(scope: readonly string[], flags: string, description: string): SettingOption {
  const option = new SettingOption(flags, description)
  return new SettingOption(flags, description, {
    variable: variableFor(option.name(), scope),
    configKey: configKeyFor(option.name(), scope),
  })
}

/** Adds the flags that every command has. */
export function withCommonOptions(command: Command): Command {
  const option = (flags: string, description: string) => commandOption([], flags, description).helpGroup(heading)
  return command
    .addOption(new SettingOption('--config <file>', 'config file', { variable: 'TERN_CONFIG' }).helpGroup(heading))
    .addOption(
      option('-o, --output <format>', 'how to print: for people or for programs')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .addOption(option('-v, --verbose', 'show stack traces of errors'))
}

/** Adds the flags that say which server, project and domain a command is about. */
export function withConnectionOptions(command: Command): Command {
  const option = (flags: string, description: string, configKey: string) => {
    const name = new Option(flags).name()
    return new SettingOption(flags, description, { variable: variableFor(name, []), configKey }).helpGroup(heading)
  }
  return withCommonOptions(
    command
      .addOption(option('--endpoint <address>', 'server, e.g. localhost:30080', 'admin.endpoint'))
      .addOption(option('--insecure', 'use plain HTTP where the address does not say', 'admin.insecure'))
      .addOption(option('-p, --project <name>', 'project', 'task.project').default(defaultProject))
      .addOption(option('-d, --domain <name>', 'domain', 'task.domain').default(defaultDomain)),
  )
}

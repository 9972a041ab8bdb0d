import { type Command, Option } from 'commander'
import { commandOption, type ConnectionOptions, withConnectionOptions } from '../flags/common-options.ts'
import { parseCount, parseKeyValue } from '../flags/parse-values.ts'

export interface LaunchOptions extends ConnectionOptions {
  readonly version?: string
  readonly tui?: boolean
  readonly follow?: boolean
  readonly name?: string
  readonly env?: Readonly<Record<string, string>>
  readonly label?: Readonly<Record<string, string>>
  readonly maxActionConcurrency?: number
  readonly queue?: string
  readonly overwriteCache?: boolean
}

/** Adds the flags of `tern launch`, which may stand before the plan and after it. */
export function withLaunchOptions(command: Command): Command {
  const option = (flags: string, description: string) =>
    commandOption(['launch'], flags, description).helpGroup(heading)
  const plain = (flags: string, description: string) => new Option(flags, description).helpGroup(heading)
  return withConnectionOptions(
    command
      .addOption(plain('--version <text>', 'version of the plan; defaults to the active one'))
      .addOption(option('--tui', 'show the run as a tree, on the whole terminal'))
      .addOption(option('-f, --follow', 'show the log and wait for the result'))
      .addOption(plain('--name <text>', 'name of the run'))
      .addOption(
        plain('-e, --env <key=value>', 'environment variable for every action; may be repeated').argParser(
          parseKeyValue,
        ),
      )
      .addOption(plain('--label <key=value>', 'label of the run; may be repeated').argParser(parseKeyValue))
      .addOption(
        option('--max-action-concurrency <count>', 'actions that may run at once, at least 2').argParser(parseCount),
      )
      .addOption(option('--queue <name>', 'where its actions queue'))
      .addOption(option('--overwrite-cache', 'compute again what is cached')),
  )
}

const heading = 'Options:'

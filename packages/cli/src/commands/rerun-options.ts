import { type Command, Option } from 'commander'
import { commandOption, withConnectionOptions } from '../flags/common-options.ts'
import { collectText, parseCount, parseKeyValue } from '../flags/parse-values.ts'
import type { RunOptions } from './run-options.ts'

export interface RerunOptions extends Omit<RunOptions, 'local'> {
  readonly recover?: boolean
  readonly actionName?: string
  readonly forceRerunAction?: readonly string[]
}

/** Adds the flags of `tern rerun`, which may stand before the run and after it. */
export function withRerunOptions(command: Command): Command {
  const option = (flags: string, description: string) => commandOption(['rerun'], flags, description).helpGroup(heading)
  const plain = (flags: string, description: string) => new Option(flags, description).helpGroup(heading)
  const keyValue = (flags: string, description: string) => plain(flags, description).argParser(parseKeyValue)
  return withConnectionOptions(
    command
      .addOption(plain('--recover', 'take over what succeeded in the run, and execute the rest'))
      .addOption(
        plain(
          '--force-rerun-action <name>',
          'with --recover, an action to execute although it succeeded; may be repeated',
        ).argParser(collectText),
      )
      .addOption(plain('--action-name <name>', 'execute this action of the run by itself, instead of all of it'))
      .addOption(option('-f, --follow', 'show the log and wait for the result'))
      .addOption(plain('--name <text>', 'name of the new run'))
      .addOption(keyValue('-e, --env <key=value>', "environment variable, beside the run's; may be repeated"))
      .addOption(keyValue('--label <key=value>', "label of the new run, beside the run's; may be repeated"))
      .addOption(
        option('--max-action-concurrency <count>', 'actions that may run at once, at least 2').argParser(parseCount),
      )
      .addOption(option('--queue <name>', 'where its actions queue'))
      .addOption(option('--overwrite-cache', 'compute again what is cached')),
  )
}

const heading = 'Options:'

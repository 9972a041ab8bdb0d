import { type Command, Option } from 'commander'
import { commandOption, type ConnectionOptions, withConnectionOptions } from '../flags/common-options.ts'
import { parseCount, parseKeyValue } from '../flags/parse-values.ts'

/** What the commands that start runs say of the run. */
export interface StartOptions extends ConnectionOptions {
  readonly tui?: boolean
  readonly follow?: boolean
  readonly name?: string
  readonly env?: Readonly<Record<string, string>>
  readonly label?: Readonly<Record<string, string>>
  readonly maxActionConcurrency?: number
  readonly queue?: string
  readonly overwriteCache?: boolean
}

export interface RunOptions extends StartOptions {
  readonly local?: boolean
}

/** Adds the flags of `tern run`, which may stand before the file, between file and task, and after the task. */
export function withRunOptions(command: Command): Command {
  const local = commandOption(['run'], '--local', 'run in this process, without a server').helpGroup(heading)
  return withStartOptions(command.addOption(local), 'run', 'name of the run; without a FILE, the deployed task to run')
}

/** Adds the flags of a command that starts a run, and those of the connection. `path` is the command, for the keys of the config. */
export function withStartOptions(command: Command, path: string, name: string): Command {
  const option = (flags: string, description: string) => commandOption([path], flags, description).helpGroup(heading)
  return withConnectionOptions(
    command
      .addOption(option('--tui', 'show the run as a tree, on the whole terminal'))
      .addOption(option('-f, --follow', 'show the log and wait for the result'))
      .addOption(plainOption('--name <text>', name))
      .addOption(
        plainOption('-e, --env <key=value>', 'environment variable for every action; may be repeated').argParser(
          parseKeyValue,
        ),
      )
      .addOption(plainOption('--label <key=value>', 'label of the run; may be repeated').argParser(parseKeyValue))
      .addOption(
        option('--max-action-concurrency <count>', 'actions that may run at once, at least 2').argParser(parseCount),
      )
      .addOption(option('--queue <name>', 'where its actions queue'))
      .addOption(option('--overwrite-cache', 'compute again what is cached')),
  )
}

/** A flag of such a command that no variable and no config file gives. */
export function plainOption(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(heading)
}

const heading = 'Options:'

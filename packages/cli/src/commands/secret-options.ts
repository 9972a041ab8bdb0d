import { type Command, Option } from 'commander'
import { type ScopeOptions, withScopeOptions } from '../flags/scope.ts'

/** What is said about a secret when it is made or replaced. */
export interface SecretOptions extends ScopeOptions {
  readonly value?: string
  readonly fromFile?: string
  readonly type?: 'regular' | 'image_pull'
}

/** Adds the flags that give a secret's value, and say for whom it is. */
export function withSecretOptions(command: Command): Command {
  return withScopeOptions(
    command
      .addOption(new Option('--value <text>', 'its value, which the history of the shell keeps').conflicts('fromFile'))
      .addOption(new Option('--from-file <file>', 'a file with its value, every byte of it; - is standard input'))
      .addOption(new Option('--type <type>', 'what it is for').choices(['regular', 'image_pull'])),
    'global',
  )
}

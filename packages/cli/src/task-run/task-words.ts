import { Command } from 'commander'
import { withRunOptions } from '../commands/run-options.ts'
import { unknownOption } from '../flags/unknown-option.ts'

/** The words after a file: flags, the task, and what belongs to the task. */
export interface TaskWords {
  readonly task: string | undefined
  readonly rest: readonly string[]
  /** Whether help was asked for before any task was named. */
  readonly wantsHelp: boolean
  /** Holds the flags between file and task; below `tern run`. */
  readonly command: Command
}

/**
 * Finds the task among the words after a file.
 *
 * @param name what stands before these words: the file, for help and messages
 * @throws UsageError for an unknown flag before the task
 */
export function splitAtTask(name: string, words: readonly string[], run: Command): TaskWords {
  const command = withRunOptions(new Command(name).copyInheritedSettings(run))
    .argument('[words...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(() => undefined)
  command.parent = run
  command.parse([...words], { from: 'user' })
  const [first, ...rest] = command.args
  const wantsHelp = first === '--help' || first === '-h'
  if (first !== undefined && first.startsWith('-') && !wantsHelp) {
    throw unknownOption(first, command, "Flags of a task's inputs stand after the task.")
  }
  return { task: wantsHelp ? undefined : first, rest, wantsHelp, command }
}

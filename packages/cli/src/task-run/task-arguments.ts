import { Command } from 'commander'
import type { Literal } from '@tern/idl/core'
import type { Inputs, TaskSpec } from '@tern/idl/task'
import { type RunOptions, withRunOptions } from '../commands/run-options.ts'
import { type ResolvedOptions, resolveOptions } from '../flags/resolve-options.ts'
import type { CliIo } from '../io.ts'
import { findGivenFiles } from './given-files.ts'
import { type InputFlag, inputFlags } from './input-flags.ts'
import { completeInputs, parseInputs } from './parse-inputs.ts'
import { readFileValue } from './read-file-value.ts'
import { taskCommand } from './task-command.ts'

/** What was said after a task's name, understood. */
export interface TaskArguments<Options = RunOptions> {
  readonly flags: readonly InputFlag[]
  /** The inputs that were given, by name. */
  readonly given: ReadonlyMap<string, Literal>
  /** All inputs, with defaults filled in. Files of this machine are named by their paths. */
  readonly inputs: Inputs
  /** The files and folders of this machine that were given, by their paths. */
  readonly local: ReadonlySet<string>
  readonly options: ResolvedOptions<Options>
}

export interface TaskArgumentsRequest {
  readonly spec: TaskSpec
  /** The task as it was written, for its help. */
  readonly name: string
  readonly words: readonly string[]
  /** The command before: its flags count too. */
  readonly parent: Command
  readonly io: CliIo
  /** Adds the flags that may stand between those of the inputs. Defaults to those of `tern run`. */
  readonly addOwnOptions?: (command: Command) => Command
}

/**
 * Reads the words after a task: a flag for each of its inputs, and those of the command.
 *
 * @throws UsageError naming the flag that is unknown, missing or wrong
 */
export async function parseTaskArguments<Options = RunOptions>({
  spec,
  name,
  words,
  parent,
  io,
  addOwnOptions = withRunOptions,
}: TaskArgumentsRequest): Promise<TaskArguments<Options>> {
  const flags = inputFlags(spec)
  const { command, given } = taskCommand(spec, flags, { name, addOwnOptions })
  command.copyInheritedSettings(parent).helpOption('-h, --help', 'show help').parent = parent
  command.parse([...words], { from: 'user' })
  const options = await resolveOptions<Options>(command, io)
  const literals = parseInputs(flags, await readFileValues(flags, given, io))
  const files = await findGivenFiles(flags, literals, io.cwd)
  return { flags, ...files, inputs: completeInputs(spec, flags, files.given), options }
}

/**
 * Reads Tern's own flags among the words after a task whose inputs are not known yet, as is the case for one on a server:
 * the flags say which server that is.
 */
export function parseOwnFlags(
  words: readonly string[],
  parent: Command,
  addOwnOptions: (command: Command) => Command = withRunOptions,
): Command {
  const command = addOwnOptions(new Command('task').copyInheritedSettings(parent))
    .argument('[words...]')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(() => undefined)
  command.parent = parent
  command.parse([...words], { from: 'user' })
  return command
}

async function readFileValues(
  flags: readonly InputFlag[],
  given: ReadonlyMap<string, readonly string[]>,
  io: CliIo,
): Promise<Map<string, string[]>> {
  const texts = new Map<string, string[]>()
  for (const { input, flag } of flags) {
    const values = given.get(input)
    if (values === undefined) continue
    texts.set(input, await Promise.all(values.map((value) => readFileValue(value, flag, io))))
  }
  return texts
}

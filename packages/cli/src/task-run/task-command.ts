import { Command } from 'commander'
import type { TaskSpec } from '@tern/idl/task'
import { InputOption } from '../flags/setting-option.ts'
import type { InputFlag } from './input-flags.ts'

/** What stood after a task's name on the command line. */
export interface TaskCommand {
  /** Takes the arguments after the task's name, and holds the values of Tern's own flags. */
  readonly command: Command
  /** By the input's name, the texts of its flag in order. */
  readonly given: ReadonlyMap<string, readonly string[]>
}

/**
 * Makes the command of one task: a flag for each input, and those of Tern's own flags that no input hides.
 *
 * @param name how the task is called on the command line
 * @param addOwnOptions adds the flags that are not of inputs to a command
 */
export function taskCommand(
  spec: TaskSpec,
  flags: readonly InputFlag[],
  { name, addOwnOptions }: { name: string; addOwnOptions: (command: Command) => Command },
): TaskCommand {
  const given = new Map<string, string[]>()
  const command = new Command(name).allowExcessArguments(false).usage(usageOf(flags)).description(descriptionOf(spec))
  command.optionsGroup('Options:')
  for (const option of flags.flatMap((flag) => inputOptions(flag, flags, given))) command.addOption(option)
  const taken = new Set(command.options.map(({ long }) => long))
  for (const option of addOwnOptions(new Command()).options) {
    if (!taken.has(option.long)) command.addOption(option)
  }
  return { command, given }
}

function usageOf(flags: readonly InputFlag[]): string {
  const required = flags.filter(({ view }) => view.required).map((flag) => `--${flag.flag} ${placeholder(flag)}`)
  return [...required, '[options]'].join(' ')
}

function descriptionOf({ documentation, taskTemplate }: TaskSpec): string {
  const description = documentation?.longDescription || documentation?.shortDescription || ''
  const deprecated = taskTemplate?.metadata?.deprecatedErrorMessage ?? ''
  return [deprecated === '' ? '' : `Deprecated: ${deprecated}`, description].filter(Boolean).join('\n\n')
}

function inputOptions(flag: InputFlag, flags: readonly InputFlag[], given: Map<string, string[]>): InputOption[] {
  const collect = (text: string) => {
    given.set(flag.input, [...(given.get(flag.input) ?? []), text])
    return true
  }
  const option = (name: string) => {
    const made = new InputOption(`--${name} ${placeholder(flag)}`, describe(flag))
      .argParser(collect)
      .helpGroup('Inputs:')
    return flag.isBoolean ? made.preset('true') : made
  }
  const isFree = (name: string) => name !== flag.flag && !flags.some((other) => other.flag === name)
  return [
    option(flag.flag),
    // The name as the task has it is understood too, which is how Flyte's command writes it.
    ...(isFree(flag.input) ? [option(flag.input).hideHelp()] : []),
    ...(flag.isBoolean && isFree(`no-${flag.flag}`)
      ? [new InputOption(`--no-${flag.flag}`).argParser(() => collect('false')).hideHelp()]
      : []),
  ]
}

function placeholder({ isBoolean, type, view }: InputFlag): string {
  if (isBoolean) return '[boolean]'
  if (type.type.case === 'enumType') return `<${type.type.value.values.join('|')}>`
  return `<${view.type.replace(/ \| none$/, '')}>`
}

function describe({ view, isBoolean, flag }: InputFlag): string {
  const facts = [
    ...(view.required ? ['required'] : []),
    ...(view.default === null ? [] : [`default ${JSON.stringify(view.default)}`]),
    ...(isBoolean ? [`or --no-${flag}`] : []),
  ]
  return [view.description ?? '', facts.length === 0 ? '' : `(${facts.join('; ')})`].filter(Boolean).join(' ')
}

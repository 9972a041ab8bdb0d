import type { Command, Option } from 'commander'
import { createProgram } from '../src/program.ts'
import { memoryIo } from '../src/test/memory-io.ts'

const head = `# The tern command

Made from the help of the commands: \`npx vitest run --config .config/vitest.config.ts packages/cli/test/cli-reference.test.ts -u\`
writes it again.

A flag comes before its environment variable, which comes before the config file, which comes before the default. What
[packages/cli](../packages/cli/README.md) says of the config file, of inputs of tasks, and of what \`-o json\` prints, holds for
all commands. They end with 0 when they did what they were asked to, 1 when that failed, 2 when they were called wrongly, and 130
when they were interrupted.
`

/** The reference of all commands, as Markdown. */
export function cliReference(): string {
  const io = memoryIo()
  const program = createProgram(io)
  const helpOf = (command: Command) => {
    const before = io.written.stdout.length
    command.outputHelp()
    return io.written.stdout.slice(before)
  }
  const common = program.options.filter(isCommon)
  const parts = leavesOf(program).map((command) => section(command, helpOf(command)))
  return [head, `## Flags of every command\n\n${optionTable(program, common)}\n`, ...parts].join('\n')
}

function section(command: Command, help: string): string {
  const own = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !isCommon(option) && option.long !== '--help')
  const [examples = '', ...notes] = (help.split(/^Examples:\n/m)[1] ?? '').trimEnd().split('\n\n')
  return [
    `## ${pathOf(command)}\n`,
    `${sentence(command.description())}\n`,
    '```\n' + command.createHelp().commandUsage(command) + '\n```\n',
    ...(command.registeredArguments.length === 0 ? [] : [`${argumentList(command)}\n`]),
    ...(own.length === 0 ? [] : [`${optionTable(command, own)}\n`]),
    ...(examples === ''
      ? []
      : ['```sh\n' + examples.replace(/^ {2}/gm, '').replace(/ {2,}(.*)$/gm, '  # $1') + '\n```\n']),
    ...notes.map((note) => `${note}\n`),
  ].join('\n')
}

function argumentList(command: Command): string {
  return command.registeredArguments
    .map((argument) => `- \`${argument.name()}\`: ${argument.description}${defaultOf(argument.defaultValue)}`)
    .join('\n')
}

function defaultOf(value: unknown): string {
  return typeof value === 'string' ? ` (default ${value})` : ''
}

function optionTable(command: Command, options: readonly Option[]): string {
  const help = command.createHelp()
  const rows = options.map(
    (option) => `| \`${escape(help.optionTerm(option))}\` | ${escape(help.optionDescription(option))} |`,
  )
  return ['| flag | |', '| --- | --- |', ...rows].join('\n')
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|')
}

function isCommon(option: Option): boolean {
  return option.helpGroupHeading === 'Common options:'
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

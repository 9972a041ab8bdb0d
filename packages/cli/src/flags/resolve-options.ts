import { type Command, InvalidArgumentError, type Option } from 'commander'
import { type ConfigFile, readConfigFile } from '../config/config-file.ts'
import { findConfigFile } from '../config/find-config-file.ts'
import type { CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { parseBoolean } from './parse-values.ts'
import { InputOption, SettingOption } from './setting-option.ts'

/** Where the value of an option came from. */
export type OptionSource = 'flag' | 'environment' | 'file' | 'default'

export interface ResolvedOptions<T> {
  readonly values: T
  /** By the option's attribute, e.g. `dataDir`; absent for an option without a value. */
  readonly sources: Readonly<Record<string, OptionSource>>
}

/**
 * The options of a command: flags before environment variables before the config file before defaults. A flag may stand
 * after the command or, if it is a common one, before it.
 *
 * @throws UsageError naming the variable or key whose value is wrong
 */
export async function resolveOptions<T>(command: Command, io: CliIo): Promise<ResolvedOptions<T>> {
  const fromFlags = flagsOf(command)
  const path = findConfigFile(configPathOf(fromFlags, io), io)
  const file = path === undefined ? undefined : await readConfigFile(path, ownKeysOf(rootOf(command)))
  const values: Record<string, unknown> = {}
  const sources: Record<string, OptionSource> = {}
  for (const [name, option] of optionsOf(command)) {
    const found = fromFlags.has(name)
      ? ({ value: fromFlags.get(name), source: 'flag' } as const)
      : (fromEnvironment(option, io) ?? fromFile(option, file) ?? fromDefault(option))
    if (found === undefined) continue
    values[name] = found.value
    sources[name] = found.source
  }
  return { values: values as T, sources }
}

/** All keys of the config file that are ours, i.e. those of every option of every command. */
export function ownKeysOf(root: Command): ReadonlySet<string> {
  const own = root.options.flatMap((option) =>
    option instanceof SettingOption && option.configKey?.startsWith('tern.') ? [option.configKey] : [],
  )
  return new Set([...own, ...root.commands.flatMap((command) => [...ownKeysOf(command)])])
}

interface Found {
  readonly value: unknown
  readonly source: OptionSource
}

/** Options of a command and those it is below, by attribute; the innermost command's come first. */
function optionsOf(command: Command): Map<string, Option> {
  const options = new Map<string, Option>()
  for (const option of chainOf(command).flatMap((each) => ownOptions(each))) {
    if (!options.has(option.attributeName())) options.set(option.attributeName(), option)
  }
  return options
}

/** What was given on the command line, the innermost command's flags first. */
function flagsOf(command: Command): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const each of chainOf(command)) {
    for (const name of ownOptions(each).map((option) => option.attributeName())) {
      if (values.has(name) || each.getOptionValueSource(name) !== 'cli') continue
      values.set(name, each.getOptionValue(name))
    }
  }
  return values
}

/** A command's options but for the inputs of a task, which may have the same names and are something else. */
function ownOptions(command: Command): Option[] {
  return command.options.filter((option) => !(option instanceof InputOption))
}

/** A command and those it is below, from the inside out. */
function chainOf(command: Command): Command[] {
  return command.parent === null ? [command] : [command, ...chainOf(command.parent)]
}

function configPathOf(fromFlags: ReadonlyMap<string, unknown>, io: CliIo): string | undefined {
  return (fromFlags.get('config') as string | undefined) ?? (io.env['TERN_CONFIG'] || undefined)
}

function fromEnvironment(option: Option, io: CliIo): Found | undefined {
  if (!(option instanceof SettingOption) || option.variable === undefined) return undefined
  const text = io.env[option.variable]
  if (text === undefined || text === '') return undefined
  return { value: parseSetting(option, text, option.variable), source: 'environment' }
}

function fromFile(option: Option, file: ConfigFile | undefined): Found | undefined {
  if (!(option instanceof SettingOption) || option.configKey === undefined) return undefined
  const value = file?.values.get(option.configKey)
  if (file === undefined || value === undefined) return undefined
  return { value: parseSetting(option, value, `${option.configKey} in ${file.path}`), source: 'file' }
}

function fromDefault(option: Option): Found | undefined {
  return option.defaultValue === undefined ? undefined : { value: option.defaultValue, source: 'default' }
}

function parseSetting(option: SettingOption, value: unknown, where: string): unknown {
  try {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new InvalidArgumentError('It must be a single value.')
    }
    const text = String(value)
    if (option.isBoolean()) return parseBoolean(text)
    return option.parseArg === undefined ? text : option.parseArg(text, undefined as never)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new UsageError(`${where} is ${JSON.stringify(value)}. ${error.message}`)
  }
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent)
}

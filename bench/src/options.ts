import { parseArgs } from 'node:util'
import { InvalidArgumentError } from '@tern/core'
import { benchmarks } from './benchmarks.ts'
import type { BenchmarkOptions } from './benchmark.ts'
import { defaultHistory, historySummary } from './history.ts'
import { shapes } from './shapes.ts'

export interface Options extends BenchmarkOptions {
  /** The name of a shape or benchmark, or `all`. */
  readonly name: string
  /** What is given of its parameters. */
  readonly parameters: Readonly<Record<string, number>>
  readonly rounds: number | undefined
  readonly isQuick: boolean
  /** Whether only the usage is asked for. */
  readonly isHelp: boolean
  readonly format: 'text' | 'markdown' | 'json'
}

interface Definition {
  readonly summary: string
  /** With their defaults. */
  readonly parameters: Readonly<Record<string, number>>
}

const definitions: Readonly<Record<string, Definition>> = {
  ...shapes,
  history: { summary: historySummary, parameters: defaultHistory },
  ...benchmarks,
}
const allDefinition: Definition = { summary: 'the table of speeds', parameters: {} }

export const usage = `usage: npm run bench [-- all] [--quick] [--rounds N] [--keep DIR]
       npm run bench -- SHAPE [--PARAMETER N …] [--rounds N]
       npm run bench -- history|store|schedule|python [--PARAMETER N …] [--keep DIR]

${Object.entries(definitions)
  .map(([name, { summary, parameters }]) => `  ${name.padEnd(8)} ${summary} ${JSON.stringify(parameters)}`)
  .join('\n')}

With no shape, or all, it measures the shapes and sizes of the table of speeds, one after another, and prints the table
with what each may take (docs/benchmarks.md); --quick takes sizes that only show that it works.

  --rounds N          how often each shape is measured, once its server is warm
  --database ADDRESS  measures on that database, or on postgres, which it starts itself; else the embedded store
  --keep DIR          keeps the store with a million actions, for the next time
  --markdown, --json  prints tables in Markdown, or everything as JSON, and all else to standard error
  --cpu-prof DIR      writes CPU profiles of the server and of workers, in folders of these names
  --heap-prof DIR     the same for what they allocate

Each round is one line, RESULT_JSON:{…}. The first round of a server finds everything cold: it starts the workers, and
compiles.`

const texts = ['rounds', 'database', 'keep', 'cpu-prof', 'heap-prof'] as const
const flags = ['quick', 'json', 'markdown', 'help'] as const

/** Throws InvalidArgumentError, or TypeError for an option that there is not. */
export function parseOptions(args: ReadonlyArray<string>): Options {
  const { positionals, values } = parseArgs({ args: [...args], options: allOptions(), allowPositionals: true })
  const [name = 'all', ...more] = positionals
  const definition = name === 'all' ? allDefinition : Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (definition === undefined || more.length > 0) {
    throw new InvalidArgumentError(`there is no shape ${positionals.join(' ')}`, { field: 'shape' })
  }
  const text = (option: (typeof texts)[number]) => values[option] as string | undefined
  const rounds = text('rounds')
  return {
    name,
    parameters: parametersOf(name, definition, values),
    rounds: rounds === undefined ? undefined : toNumber('rounds', rounds),
    database: text('database'),
    keep: text('keep'),
    profiling: { cpu: text('cpu-prof'), heap: text('heap-prof') },
    isQuick: values['quick'] === true,
    isHelp: values['help'] === true,
    format: values['json'] === true ? 'json' : values['markdown'] === true ? 'markdown' : 'text',
  }
}

const parameterNames = new Set(Object.values(definitions).flatMap(({ parameters }) => Object.keys(parameters)))

function allOptions() {
  return {
    ...Object.fromEntries([...texts, ...parameterNames].map((option) => [option, { type: 'string' as const }])),
    ...Object.fromEntries(flags.map((option) => [option, { type: 'boolean' as const }])),
  }
}

function parametersOf(
  name: string,
  { parameters }: Definition,
  values: Readonly<Record<string, unknown>>,
): Record<string, number> {
  const given = [...parameterNames].filter((parameter) => parameter !== 'rounds' && values[parameter] !== undefined)
  const foreign = given.find((parameter) => !Object.hasOwn(parameters, parameter))
  if (foreign !== undefined) throw new InvalidArgumentError(`${name} has no parameter ${foreign}`, { field: foreign })
  return Object.fromEntries(given.map((parameter) => [parameter, toNumber(parameter, String(values[parameter]))]))
}

function toNumber(option: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError(`--${option} ${text} must be a number above 0`, { field: option })
}

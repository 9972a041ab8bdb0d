import { create } from '@bufbuild/protobuf'
import { describeType, toLiteral } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import { type Inputs, InputsSchema, type TaskSpec } from '@tern/idl/task'
import type { Place } from '@tern/sdk/internal'
import { suggest } from '../flags/suggest.ts'
import type { CliIo } from '../io.ts'
import { findGivenFiles, storeGivenFiles } from '../task-run/given-files.ts'
import { type InputFlag, inputFlags } from '../task-run/input-flags.ts'
import { parseInputs } from '../task-run/parse-inputs.ts'
import { readFileValue } from '../task-run/read-file-value.ts'
import { UsageError } from '../usage-error.ts'

export interface TriggerInputsRequest {
  /** Of the version that the trigger starts. */
  readonly task: TaskSpec
  /** The inputs as they were given: names and texts. */
  readonly given: readonly (readonly [name: string, text: string])[]
  /** Those that the trigger has already; a given one takes the place of one of the same name. */
  readonly present: Inputs | undefined
  /** The input that takes the time a run is scheduled for. */
  readonly kickoff: string | undefined
  /** Where files of this machine go that are given. */
  readonly place: Place
  readonly io: Pick<CliIo, 'cwd' | 'readStdin'>
}

/**
 * The inputs of a trigger's runs, typed by the interface of its task. Defaults are left to the task.
 *
 * @throws UsageError naming the input that is unknown, missing or wrong
 */
export async function toTriggerInputs(request: TriggerInputsRequest): Promise<Inputs> {
  const { task, given, present, kickoff, place, io } = request
  // Called as they are written, in what is said about them.
  const flags = inputFlags(task).map((flag) => ({ ...flag, flag: `input ${flag.input}` }))
  const literals = new Map<string, Literal>()
  for (const { name, value } of present?.literals ?? []) if (value !== undefined) literals.set(name, value)
  for (const name of [...literals.keys(), ...given.map(([each]) => each)]) requireInput(name, flags, task)
  if (kickoff !== undefined) checkKickoff(kickoff, flags, task)
  const files = await findGivenFiles(flags, parseInputs(flags, await textsOf(given, io)), io.cwd)
  for (const [name, value] of files.given) literals.set(name, value)
  const missing = flags.filter(({ input, view }) => view.required && !literals.has(input) && input !== kickoff)
  if (missing.length > 0) throw missingInputs(missing, task)
  for (const { input, view, type, fallback } of flags) {
    if (!view.required && fallback === undefined && input !== kickoff && !literals.has(input)) {
      literals.set(input, toLiteral(null, type))
    }
  }
  const inputs = create(InputsSchema, {
    literals: Array.from(literals, ([name, value]) => ({ name, value })),
    context: present?.context ?? [],
  })
  return storeGivenFiles(inputs, files, () => place)
}

async function textsOf(given: TriggerInputsRequest['given'], io: TriggerInputsRequest['io']) {
  const texts = new Map<string, string[]>()
  for (const [name, text] of given) {
    texts.set(name, [...(texts.get(name) ?? []), await readFileValue(text, `input ${name}`, io)])
  }
  return texts
}

function requireInput(name: string, flags: readonly InputFlag[], task: TaskSpec): void {
  const names = flags.map(({ input }) => input)
  if (names.includes(name)) return
  const similar = suggest(name, names)
  const all = names.length === 0 ? 'It has none.' : `Its inputs are: ${names.join(', ')}.`
  throw new UsageError(`${nameOf(task)} has no input ${name}`, {
    hint: similar === undefined ? all : `Did you mean ${similar}?`,
  })
}

function checkKickoff(name: string, flags: readonly InputFlag[], task: TaskSpec): void {
  requireInput(name, flags, task)
  const type = flags.find(({ input }) => input === name)?.type
  if (type === undefined || /\bdatetime\b/.test(describeType(type))) return
  throw new UsageError(`--kickoff-arg: input ${name} of ${nameOf(task)} is ${describeType(type)}, and no time`)
}

function missingInputs(missing: readonly InputFlag[], task: TaskSpec): UsageError {
  const flags = missing.map(({ input, view }) => `--input ${input}=… (${view.type})`).join(', ')
  const time = missing.find(({ view }) => view.type === 'datetime')
  return new UsageError(`${nameOf(task)} needs ${flags}`, {
    hint: time && `--kickoff-arg ${time.input} gives it the time that a run is scheduled for.`,
  })
}

function nameOf({ taskTemplate }: TaskSpec): string {
  return taskTemplate?.id?.name || 'the task'
}

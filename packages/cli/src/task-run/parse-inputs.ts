import { create } from '@bufbuild/protobuf'
import { DataValidationError, literalTypes, parseText, toLiteral } from '@tern/core'
import { type Literal, LiteralSchema } from '@tern/idl/core'
import { type Inputs, InputsSchema, type TaskSpec } from '@tern/idl/task'
import { UsageError } from '../usage-error.ts'
import type { InputFlag } from './input-flags.ts'

/** The texts that were given for a task's inputs, by the input's name, in order. */
export type GivenTexts = ReadonlyMap<string, readonly string[]>

/**
 * Reads the values of flags as literals of their inputs' types.
 *
 * @throws UsageError naming the flag whose value is wrong
 */
export function parseInputs(flags: readonly InputFlag[], given: GivenTexts): Map<string, Literal> {
  const literals = new Map<string, Literal>()
  for (const flag of flags) {
    const texts = given.get(flag.input)
    if (texts !== undefined) literals.set(flag.input, parseInput(flag, texts))
  }
  return literals
}

/**
 * All inputs of a task for the wire: what was given, defaults, and nothing where the type allows it.
 *
 * @throws UsageError naming the flags that are missing
 */
export function completeInputs(
  spec: TaskSpec,
  flags: readonly InputFlag[],
  given: ReadonlyMap<string, Literal>,
): Inputs {
  const missing = flags.filter(({ input, view }) => view.required && !given.has(input))
  if (missing.length > 0) throw missingInputs(missing, spec)
  const byName = new Map(flags.map((flag) => [flag.input, flag]))
  const order = (spec.taskTemplate?.interface?.inputs?.variables ?? []).map(({ key }) => key)
  return create(InputsSchema, {
    literals: order.flatMap((name) => {
      const flag = byName.get(name)
      if (flag === undefined) return []
      return [{ name, value: given.get(name) ?? flag.fallback ?? toLiteral(null, flag.type) }]
    }),
  })
}

function parseInput(flag: InputFlag, texts: readonly string[]): Literal {
  const [first = '', ...more] = texts
  try {
    if (flag.elementType !== undefined && (more.length > 0 || !isJsonList(first))) return parseElements(flag, texts)
    if (more.length > 0) throw new UsageError(`--${flag.flag} was given ${texts.length} times`)
    return parseText(first, flag.type, `--${flag.flag}`)
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw new UsageError(error.message, { hint: error.hint ?? hintFor(flag), cause: error })
  }
}

function isJsonList(text: string): boolean {
  return text.trimStart().startsWith('[')
}

// `--numbers 1 --numbers 2` is `--numbers '[1,2]'`.
function parseElements(flag: InputFlag, texts: readonly string[]): Literal {
  const elementType = flag.elementType ?? literalTypes.string()
  return create(LiteralSchema, {
    value: {
      case: 'collection',
      value: { literals: texts.map((text) => parseText(text, elementType, `--${flag.flag}`)) },
    },
  })
}

function hintFor({ flag, elementType }: InputFlag): string | undefined {
  return elementType === undefined ? undefined : `Write a list as JSON, or repeat --${flag}.`
}

function missingInputs(missing: readonly InputFlag[], spec: TaskSpec): UsageError {
  const names = missing.map(({ flag, view }) => `--${flag} (${view.type})`).join(', ')
  const task = spec.taskTemplate?.id?.name ?? 'the task'
  return new UsageError(`${task} needs ${names}`, { hint: '`--help` after the task lists its inputs.' })
}

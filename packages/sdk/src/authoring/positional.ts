import { DataValidationError } from '@tern/core'
import type { Parameter } from '../derive/derived-interface.ts'
import type { TaskContext } from './context.ts'
import type { TaskDefinition } from './task-definition.ts'

// Functions whose interface is derived take their inputs as they are written, one after the other; everything else about a
// task knows inputs by name.

export interface NamedCall {
  readonly inputs: Readonly<Record<string, unknown>>
  /** What came after the inputs. */
  readonly options: unknown
}

/**
 * The arguments of a call, as inputs by name.
 *
 * @throws DataValidationError when there are too many
 */
export function toNamedCall(definition: TaskDefinition, args: readonly unknown[]): NamedCall {
  const { parameters } = definition
  if (parameters === undefined) return { inputs: (args[0] ?? {}) as Record<string, unknown>, options: args[1] }
  const taken = parameters.filter(isTaken)
  if (args.length > taken.length + 1) throw tooMany(definition, taken, args)
  const inputs: Record<string, unknown> = {}
  for (const [index, parameter] of taken.entries()) {
    const value = args[index]
    if ('input' in parameter) {
      if (value !== undefined) inputs[parameter.input] = value
    } else Object.assign(inputs, value)
  }
  return { inputs, options: args[taken.length] }
}

/**
 * What is given for a run, as inputs by name: the arguments as a list, the one object that the function takes, or inputs by
 * name already.
 */
export function toNamedInputs(
  definition: TaskDefinition,
  given: object | undefined,
): Readonly<Record<string, unknown>> {
  if (given === undefined) return {}
  const { parameters } = definition
  const isNamed = parameters === undefined || (!Array.isArray(given) && parameters.filter(isTaken).length !== 1)
  if (isNamed) return given as Record<string, unknown>
  return toNamedCall(definition, toCallArguments(definition, given)).inputs
}

/** Arguments for a call, from one value of what the task takes: the `I` of its type. */
function toCallArguments({ parameters }: TaskDefinition, given: object): readonly unknown[] {
  return parameters !== undefined && Array.isArray(given) ? given : [given]
}

/** The arguments of the function itself, from its inputs. */
export function toFunctionArguments(
  parameters: readonly Parameter[],
  inputs: Readonly<Record<string, unknown>>,
  context: TaskContext,
): unknown[] {
  return parameters.map((parameter) => {
    if ('given' in parameter) return parameter.given === 'context' ? context : context.signal
    if ('input' in parameter) return inputs[parameter.input]
    const present = parameter.members.filter((name) => inputs[name] !== undefined)
    return Object.fromEntries(present.map((name) => [name, inputs[name]]))
  })
}

type TakenParameter = Exclude<Parameter, { readonly given: unknown }>

function isTaken(parameter: Parameter): parameter is TakenParameter {
  return !('given' in parameter)
}

function tooMany({ name }: TaskDefinition, taken: readonly TakenParameter[], args: readonly unknown[]) {
  const list = taken.map((parameter) =>
    'input' in parameter ? parameter.input : `{ ${parameter.members.join(', ')} }`,
  )
  return new DataValidationError(`task ${name} was called with ${args.length} arguments`, {
    path: 'inputs',
    hint: `It takes (${list.join(', ')}), and options of the call after that.`,
  })
}

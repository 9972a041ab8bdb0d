import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import {
  type DerivedInterface,
  derivedFormat,
  type DerivedInput,
  isDerivedInterface,
} from '../derive/derived-interface.ts'
import { described, shapeSchema } from '../derive/shape-schema.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import type { TaskContext } from './context.ts'
import { toFunctionArguments } from './positional.ts'
import type { TaskFunction } from './task-definition.ts'
import type { TaskOptions } from './task-options.ts'

/** A function of the user's, whatever it takes. */
export type AnyFunction = (...args: never[]) => unknown

/** What `env.task` was called with. */
export interface TaskArguments {
  readonly options: TaskOptions
  readonly fn: AnyFunction
  readonly derived: DerivedInterface | undefined
  /** Nothing is known of its interface. Functions with options and no schemas could be said to have declared an empty one. */
  readonly isUntyped: boolean
}

/** @throws InvalidArgumentError when there is no function, or no name */
export function readTaskArguments(environment: string, args: readonly unknown[]): TaskArguments {
  const last = args.at(-1)
  const derived = isDerivedInterface(last) ? last : undefined
  const [first, second] = args
  const options = (typeof first === 'function' ? {} : first) as Partial<TaskOptions>
  const fn = (typeof first === 'function' ? first : second) as AnyFunction
  const name = options?.name ?? derived?.name ?? (typeof first === 'function' ? first.name : undefined)
  if (typeof fn !== 'function') {
    throw new InvalidArgumentError(`task ${environment}.${name ?? ''}: the second argument must be its function`)
  }
  if (typeof first === 'function' && (name ?? '') === '') {
    throw new InvalidArgumentError(`a task of environment ${environment} has no name`, {
      field: 'name',
      hint: 'Name the function, env.task(async function predict(…) { … }), or give options: env.task({ name }, …).',
    })
  }
  const isUntyped = derived === undefined && typeof first === 'function'
  return { options: { ...options, ...(name === undefined ? {} : { name }) } as TaskOptions, fn, derived, isUntyped }
}

/** Whether a task declares neither inputs nor outputs, so that they may be in the types of its function. */
export function hasNoSchemas({ inputs, output, outputs }: TaskOptions): boolean {
  return inputs === undefined && output === undefined && outputs === undefined
}

/** The schemas of a task that has none written down, from what the compiler found out. */
export function derivedSchemas(
  task: string,
  derived: DerivedInterface,
): { readonly inputs: Schemas; readonly output?: Schema; readonly outputs?: Schemas } {
  if (derived.derived !== derivedFormat) {
    throw new FailedPreconditionError(`the interface of task ${task} was derived by another version of @tern/sdk`, {
      hint: 'Use the plugin of the version of @tern/sdk that is installed.',
    })
  }
  const inputs = Object.fromEntries(derived.inputs.map((input) => [input.name, inputSchema(task, input)]))
  const { output, outputs } = derived
  return {
    inputs,
    ...(output === undefined ? {} : { output: described(shapeSchema(output.shape), output) }),
    ...(outputs === undefined
      ? {}
      : { outputs: Object.fromEntries(outputs.map((each) => [each.name, described(shapeSchema(each.shape), each)])) }),
  }
}

function inputSchema(task: string, input: DerivedInput): Schema {
  const schema = shapeSchema(input.shape)
  const { fallback } = input
  if (fallback === undefined) return described(schema, input)
  try {
    return described(schema.default(fallback()), input)
  } catch (error) {
    // A constant that is declared further down.
    if (!(error instanceof ReferenceError)) throw error
    throw new InvalidArgumentError(
      `task ${task}: the default of input ${input.name} is not there yet: ${error.message}`,
      {
        field: `inputs.${input.name}`,
        hint: 'Declare the constant above the task.',
        cause: error,
      },
    )
  }
}

/** The function as the rest of the SDK calls tasks: with its inputs by name. */
export function withNamedInputs(fn: AnyFunction, { parameters }: DerivedInterface): TaskFunction {
  return (inputs, context: TaskContext) => fn(...(toFunctionArguments(parameters, inputs, context) as never[]))
}

/** The error for a task whose file was loaded without anybody looking at its types. */
export function notDerived(task: string): FailedPreconditionError {
  return new FailedPreconditionError(
    `the interface of task ${task} is not known: its file was loaded without looking at its types`,
    {
      hint:
        'Load it with `tern run`, `tern deploy`, `node --import @tern/sdk/register FILE`, or the plugin of ' +
        '@tern/sdk/build for Vite, Rollup or esbuild; or give the task `inputs` and `output`.',
    },
  )
}

/**
 * The interface of a task whose file was loaded without anybody looking at its types.
 *
 * @throws FailedPreconditionError from each of its properties
 */
export function unknownInterface(task: string): TaskInterface {
  const refuse = (): never => {
    throw notDerived(task)
  }
  const owner = `task ${task}`
  return Object.defineProperties(
    { owner },
    Object.fromEntries(['inputs', 'outputs', 'outputKind', 'typed', 'hash'].map((name) => [name, { get: refuse }])),
  ) as unknown as TaskInterface
}

import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import { type DerivedTask, isDerivedTask } from '../derive/derived-interface.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import type { TaskContext } from './context.ts'
import { sourceParameters } from './function-parameters.ts'
import { toFunctionArguments } from './positional.ts'
import { isLoadedForTasks } from './process-role.ts'
import type { TaskFunction } from './task-definition.ts'
import type { TaskOptions } from './task-options.ts'

/** A function of the user's, whatever it takes. */
export type AnyFunction = (...args: never[]) => unknown

/** What `env.task` was called with. */
export interface TaskArguments {
  readonly options: TaskOptions
  readonly fn: AnyFunction
  readonly derived: DerivedTask | undefined
  /** Nothing is known of its interface. Functions with options and no schemas could be said to have declared an empty one. */
  readonly isUntyped: boolean
}

/** @throws InvalidArgumentError when there is no function, or no name */
export function readTaskArguments(
  environment: { readonly name: string; readonly tasks: ReadonlyMap<string, unknown> },
  args: readonly unknown[],
): TaskArguments {
  const last = args.at(-1)
  const derived = isDerivedTask(last) ? last : undefined
  const [first, second] = args
  const options = (typeof first === 'function' ? {} : first) as Partial<TaskOptions>
  const fn = (typeof first === 'function' ? first : second) as AnyFunction
  if (typeof fn !== 'function') {
    throw new InvalidArgumentError(
      `task ${environment.name}.${options?.name ?? ''}: the second argument must be its function`,
    )
  }
  const isUntyped = derived === undefined && typeof first === 'function'
  // The name of a constant that holds it is not to be seen here, and nobody but direct callers can make use of it yet.
  const isOpen = derived === undefined && !isDeclared(options)
  const ownName = isOpen ? fn.name || `unnamed-${environment.tasks.size + 1}` : undefined
  const name = options.name ?? derived?.name ?? ownName
  return { options: { ...options, ...(name === undefined ? {} : { name }) } as TaskOptions, fn, derived, isUntyped }
}

/**
 * Whether a task declares neither inputs nor outputs, so that they may be in the types of its function. Who loads a file for
 * its tasks has looked.
 */
export function mayHaveTypes(options: TaskOptions): boolean {
  return !isDeclared(options) && !isLoadedForTasks()
}

function isDeclared({ inputs, output, outputs }: Partial<TaskOptions>): boolean {
  return inputs !== undefined || output !== undefined || outputs !== undefined
}

/** Options as far as they can be checked while nobody knows the inputs, if the function has any. */
export function withoutInputNames(options: TaskOptions, fn: AnyFunction): TaskOptions {
  if (sourceParameters(fn).length === 0) return options
  const { cache } = options
  const withoutNames = typeof cache === 'object' ? { ...cache, ignoredInputs: [] } : cache
  return { ...options, triggers: undefined, cache: withoutNames }
}

/** The function as the rest of the SDK calls tasks: with its inputs by name. */
export function withNamedInputs(fn: AnyFunction, { parameters }: DerivedTask): TaskFunction {
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

import type { AnyFunction } from './derived-task.ts'
import type { TaskContext } from './context.ts'
import type { Task } from './task.ts'
import type { TaskOptions } from './task-options.ts'
import type { Trigger } from './trigger.ts'

declare const integer: unique symbol
declare const outputs: unique symbol

/**
 * A number that is whole, in the types of a function whose interface is derived: `number` travels as a float, `Int` as an
 * integer. Any number can be given where one is wanted; it is checked when it arrives.
 */
export type Int = number & { readonly [integer]?: true }

/**
 * As the result of a function whose interface is derived: each property is an output of its own, where any other object is
 * one output.
 */
export type Outputs<T extends object> = T & { readonly [outputs]?: true }

/** Options of a task whose interface comes from the types of its function. */
export interface DerivedTaskOptions extends Omit<TaskOptions, 'name' | 'inputs' | 'output' | 'outputs' | 'triggers'> {
  /** Defaults to the name of the function, or of the constant that holds the task. */
  readonly name?: string | undefined
  /** Start runs of it by themselves, once it is deployed. Their inputs go by the names of the parameters. */
  readonly triggers?: Trigger | readonly Trigger[] | undefined
  readonly inputs?: undefined
  readonly output?: undefined
  readonly outputs?: undefined
}

/** The task of a function: callers give what the function takes, except what the SDK gives it. */
export type TaskOf<F extends AnyFunction> = Task<TakenParameters<Parameters<F>>, ResultOfFunction<F>>

type ResultOfFunction<F extends AnyFunction> =
  ReturnType<F> extends Generator<unknown, infer R, never> | AsyncGenerator<unknown, infer R, never>
    ? Awaited<R>
    : Awaited<ReturnType<F>>

// What comes last and is given by the SDK goes. Callers may then leave out what is optional before it, as the function could
// not say with a parameter after it.
type TakenParameters<P extends readonly unknown[]> = P extends readonly [...infer Taken, (infer Last)?]
  ? [Last] extends [TaskContext | AbortSignal | undefined]
    ? [Exclude<Last, undefined>] extends [never]
      ? P
      : TakenParameters<OptionalAtEnd<Taken>>
    : P
  : P

type OptionalAtEnd<P extends readonly unknown[], Optional extends readonly unknown[] = []> = P extends readonly [
  ...infer Before,
  infer Last,
]
  ? undefined extends Last
    ? P extends readonly [...Before, ...infer Labelled]
      ? OptionalAtEnd<Before, [...Partial<Labelled>, ...Optional]>
      : never
    : [...P, ...Optional]
  : [...P, ...Optional]

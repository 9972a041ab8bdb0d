/**
 * What the compiler found out about a task's function, as it is written into the call of `env.task` when a file is loaded by
 * `tern run`, `tern deploy` or one of the plugins.
 */
export interface DerivedInterface {
  /** Of this format; another version of the SDK may have written it. */
  readonly derived: typeof derivedFormat
  /** The name of the function, or of the constant that holds the task. */
  readonly name?: string
  readonly docs?: { readonly short: string; readonly long?: string }
  /** The function's parameters in their order. */
  readonly parameters: readonly Parameter[]
  readonly inputs: readonly DerivedInput[]
  /** Classes that are in the types. */
  readonly classes?: () => readonly Class[]
  /** What the function returns; absent when that is nothing. */
  readonly output?: { readonly shape: Shape; readonly description?: string }
  /** Instead of `output`, for a function that returns `Outputs<…>`. */
  readonly outputs?: readonly Member[]
}

export const derivedFormat = 1

export type Class = abstract new (...args: never) => unknown

/** What a parameter of the function gets: an input, an object of several, the context of the attempt, or its signal. */
export type Parameter =
  | { readonly input: string }
  | { readonly members: readonly string[] }
  | { readonly given: 'context' | 'signal' }

export interface DerivedInput extends Member {
  /** Gives the default; absent when there is none, or when the function computes it. */
  readonly fallback?: () => unknown
}

export interface Member {
  readonly name: string
  readonly shape: Shape
  readonly description?: string
}

/** A TypeScript type, as far as its values travel. */
export type Shape =
  | SimpleShape
  | { readonly kind: 'enum'; readonly entries: readonly string[] | Readonly<Record<string, string | number>> }
  | { readonly kind: 'literal'; readonly values: readonly (number | boolean)[] }
  | { readonly kind: 'array' | 'record' | 'set' | 'optional' | 'nullable'; readonly of: Shape }
  | { readonly kind: 'map'; readonly key: Shape; readonly of: Shape }
  | { readonly kind: 'tuple' | 'union'; readonly of: readonly Shape[] }
  | ObjectShape
  /** The object with that id, of which this is a part. */
  | { readonly kind: 'self'; readonly id: number }
  /** Instances of one of the `classes`, which is used in a file at a line. */
  | { readonly kind: 'class'; readonly index: number; readonly at: string }
  | { readonly kind: 'data-frame'; readonly columns?: Readonly<Record<string, string>> }

export type SimpleShape =
  | 'string'
  | 'number'
  | 'integer'
  | 'bigint'
  | 'boolean'
  | 'date'
  | 'duration'
  | 'null'
  | 'unknown'
  | 'bytes'
  | 'url'
  | 'file'
  | 'dir'

export interface ObjectShape {
  readonly kind: 'object'
  /** Set when the object has itself in it. */
  readonly id?: number
  readonly members: readonly Member[]
  /** Of the members that have no name of their own. */
  readonly rest?: Shape
}

/** Whether the last argument of a call of `env.task` has been written there by us. */
export function isDerivedInterface(value: unknown): value is DerivedInterface {
  return typeof value === 'object' && value !== null && 'derived' in value && 'parameters' in value
}

import type { DataFrame } from '../io/data-frame.ts'
import type { Dir } from '../io/dir.ts'
import type { File } from '../io/file.ts'
import type { Schema, Schemas } from '../types/standard-schema.ts'

/**
 * What the compiler found out about a task's function, as it is written into the call of `env.task` when a file is loaded by
 * `tern run`, `tern deploy` or one of the plugins.
 */
export interface DerivedInterface {
  /** Another version of the SDK may have written it. */
  readonly format: number
  /** The name of the function, or of the constant that holds the task. */
  readonly name?: string
  readonly docs?: { readonly short: string; readonly long?: string }
  /** The function's parameters in their order. */
  readonly parameters: readonly Parameter[]
  readonly inputs: readonly DerivedInput[]
  /** Classes that are in the types. */
  readonly classes?: () => readonly Class[]
  /** Those of the SDK, which bundles have only when they need them. */
  readonly io?: () => IoClasses
  /** What the function returns; absent when that is nothing. */
  readonly output?: { readonly shape: Shape; readonly description?: string }
  /** Instead of `output`, for a function that returns `Outputs<…>`. */
  readonly outputs?: readonly Member[]
}

export const derivedFormat = 1

export interface IoClasses {
  readonly File?: typeof File
  readonly Dir?: typeof Dir
  readonly DataFrame?: typeof DataFrame
}

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
  | { readonly kind: 'file' | 'dir' }
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

export interface ObjectShape {
  readonly kind: 'object'
  /** Set when the object has itself in it. */
  readonly id?: number
  readonly members: readonly Member[]
  /** Of the members that have no name of their own. */
  readonly rest?: Shape
}

/** A derived interface as `env.task` takes it. */
export interface DerivedTask {
  readonly [derivedKey]: true
  readonly name: string | undefined
  readonly docs: DerivedInterface['docs']
  readonly parameters: readonly Parameter[]
  /** @throws InvalidArgumentError naming the task and what has no wire form */
  schemasOf(task: string): TaskSchemas
}

export interface TaskSchemas {
  readonly inputs: Schemas
  readonly output?: Schema
  readonly outputs?: Schemas
}

export const derivedKey: unique symbol = Symbol.for('tern.derived') as never

/** Whether the last argument of a call of `env.task` has been written there by us. */
export function isDerivedTask(value: unknown): value is DerivedTask {
  return typeof value === 'object' && value !== null && derivedKey in value
}

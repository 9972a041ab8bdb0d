import type { InputOf, OutputOf, Schema, Schemas } from '../types/standard-schema.ts'

/** Flattens an intersection, so that editors show the members. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

type OptionalKeys<S extends Schemas> = {
  [K in keyof S]: undefined extends InputOf<S[K]> ? K : never
}[keyof S]

/** What a caller passes: inputs with a default, and optional ones, may be left out. */
export type CallInputs<S extends Schemas> = Simplify<
  { [K in Exclude<keyof S, OptionalKeys<S>>]: InputOf<S[K]> } & {
    [K in OptionalKeys<S>]?: InputOf<S[K]> | undefined
  }
>

/** What the task's function receives: every input, with defaults filled in. */
export type FunctionInputs<S extends Schemas> = Simplify<{ [K in keyof S]: OutputOf<S[K]> }>

/** What the task's function returns: one value, an object of named outputs, or nothing. */
export type FunctionResult<O extends Schema | undefined, N extends Schemas | undefined> = O extends Schema
  ? InputOf<O>
  : N extends Schemas
    ? CallInputs<N>
    : void

/** What a caller of the task gets. */
export type CallResult<O extends Schema | undefined, N extends Schemas | undefined> = O extends Schema
  ? OutputOf<O>
  : N extends Schemas
    ? Simplify<{ [K in keyof N]: OutputOf<N[K]> }>
    : void

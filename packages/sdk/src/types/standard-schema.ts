/**
 * The part of the Standard Schema interface (standardschema.dev) that the SDK uses. zod 4 implements it, and so do
 * Valibot, ArkType and others; any of them can describe a task's inputs and outputs.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': StandardProps<Input, Output>
}

interface StandardProps<Input, Output> {
  readonly version: 1
  readonly vendor: string
  readonly validate: (value: unknown) => ValidationResult<Output> | Promise<ValidationResult<Output>>
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
  /** Standard JSON Schema, which libraries other than zod need to offer for a wire type to be derived. */
  readonly jsonSchema?: { readonly input: (options: { readonly target: string }) => Record<string, unknown> }
}

export type ValidationResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly ValidationIssue[] }

export interface ValidationIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Schemas by name: the inputs of a task, or its named outputs. */
export type Schemas = Readonly<Record<string, Schema>>

/** What a writer hands in for a schema: before defaults and transformations. */
export type InputOf<S> = S extends Schema ? NonNullable<S['~standard']['types']>['input'] : never

/** What a reader gets from a schema: after defaults and transformations. */
export type OutputOf<S> = S extends Schema ? NonNullable<S['~standard']['types']>['output'] : never

/** Whether `value` looks like a schema of any library that implements Standard Schema. */
export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard = (value as Partial<Schema>)['~standard']
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}

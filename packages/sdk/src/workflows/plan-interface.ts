import { create } from '@bufbuild/protobuf'
import { interfaceHash } from '@tern/core'
import { type Literal, type TypedInterface, TypedInterfaceSchema } from '@tern/idl/core'
import type { Schema, ValidationResult } from '../types/standard-schema.ts'
import type { TaskInterface, Variable } from '../types/task-interface.ts'

/** What a launch plan says of inputs. */
export interface SavedInputs {
  readonly fixed: ReadonlyMap<string, Literal>
  readonly defaults: ReadonlyMap<string, Literal>
}

/**
 * What a launch plan takes and gives: the interface of what it launches, without the fixed inputs and with the plan's defaults.
 * Values go through as they are given: it is the task that transforms them.
 */
export function planInterface(name: string, target: TaskInterface, { fixed, defaults }: SavedInputs): TaskInterface {
  const owner = `launch plan ${name}`
  const inputs = target.inputs
    .filter((variable) => !fixed.has(variable.name))
    .map((variable) =>
      asGiven({ ...variable, where: `input ${variable.name} of ${owner}` }, defaults.get(variable.name)),
    )
  const { outputKind, readOutputs } = target
  let typed: TypedInterface | undefined
  let hash: string | undefined
  return {
    owner,
    inputs,
    outputs: target.outputs,
    outputKind,
    fixedInputs: [...fixed.keys()],
    ...(readOutputs === undefined ? {} : { readOutputs }),
    get typed() {
      typed ??= withoutInputs(target.typed, fixed)
      return typed
    },
    get hash() {
      hash ??= interfaceHash(this.typed)
      return hash
    },
  }
}

function withoutInputs({ inputs, outputs }: TypedInterface, fixed: ReadonlyMap<string, unknown>): TypedInterface {
  return create(TypedInterfaceSchema, {
    inputs: { variables: (inputs?.variables ?? []).filter(({ key }) => !fixed.has(key)) },
    ...(outputs === undefined ? {} : { outputs }),
  })
}

function asGiven(variable: Variable, literal: Literal | undefined): Variable {
  if (literal === undefined) return variable.transforms ? { ...variable, schema: untransformed(variable) } : variable
  const { leftToDefault: _, ...rest } = variable
  // Made anew each time, so that nobody changes it for others.
  const fallback = {
    get value() {
      return variable.codec.fromLiteral(literal)
    },
  }
  return { ...rest, fallback, schema: withDefault(untransformed(variable), fallback) }
}

function withDefault(schema: Schema, fallback: { readonly value: unknown }): Schema {
  return derivedSchema((value) =>
    value === undefined ? { value: fallback.value } : schema['~standard'].validate(value),
  )
}

/** A schema that checks as another does, and gives what it was given where that would give something else. */
function untransformed({ schema, transforms }: Variable): Schema {
  if (!transforms) return schema
  return derivedSchema((value) => {
    const result = schema['~standard'].validate(value)
    const keep = (checked: ValidationResult<unknown>) => (checked.issues === undefined ? { value } : checked)
    return result instanceof Promise ? result.then(keep) : keep(result)
  })
}

function derivedSchema(validate: Schema['~standard']['validate']): Schema {
  return { '~standard': { version: 1, vendor: 'tern', validate } }
}

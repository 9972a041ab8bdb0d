import {
  compareText,
  DataValidationError,
  describeType,
  InvalidArgumentError,
  interfaceHash,
  typedInterface,
} from '@tern/core'
import type { TypedInterface } from '@tern/idl/core'
import type { $ZodType } from 'zod/v4/core'
import { artifactOf, type ArtifactOptions } from './artifact-schema.ts'
import type { Reader } from '../io/reader.ts'
import type { Codec } from './codec.ts'
import { codecFor } from './schema-codec.ts'
import type { Schema, Schemas } from './standard-schema.ts'
import { transformerFor } from './transformers.ts'
import { holdsFiles, isZodSchema, transformsValues, withoutOptional } from './zod-facts.ts'

/** One input or output of a task, with everything that is known from its schema. */
export interface Variable {
  readonly name: string
  /** The name in UTF-8. */
  readonly nameBytes: Uint8Array
  readonly schema: Schema
  readonly codec: Codec
  /** Its type as messages call it. */
  readonly label: string
  /** What messages call it: `input x of task hello.predict`. */
  readonly where: string
  readonly description: string
  /** What stands in for it when it is left out; `value` is undefined for one that may simply be absent. */
  readonly fallback: { readonly value: unknown } | undefined
  /** True when reading gives another value than was written, so that what is given must travel as it is. */
  readonly transforms: boolean
  /** True when its values may have something in them that is put into storage before they travel. */
  readonly holdsFiles: boolean
  /** One without a value does not travel at all, so that the task's own default holds. */
  readonly leftToDefault?: boolean | undefined
  /** Of an output whose values are versions of an artifact. */
  readonly artifact?: ArtifactOptions | undefined
}

/** What a task takes and returns. */
export interface TaskInterface {
  /** Whose it is, as messages call it: `task hello.predict`. */
  readonly owner: string
  readonly inputs: readonly Variable[]
  readonly outputs: readonly Variable[]
  /** Inputs that a launch plan fixes, so that nobody else can give them. */
  readonly fixedInputs?: readonly string[] | undefined
  /** Whether the function returns nothing, one value (`o0`), or an object of named outputs. */
  readonly outputKind: 'none' | 'single' | 'named'
  readonly typed: TypedInterface
  readonly hash: string
  /** Reads a serialised flyteidl2.task.Outputs, where it is not declared here what is in it. */
  readonly readOutputs?: ((bytes: Uint8Array, reader?: Reader) => unknown) | undefined
}

/** The name of the only output of a task that returns one value. */
const singleOutputName = 'o0'

/**
 * Works out the wire interface of a task, or a trace, from its schemas.
 *
 * @throws InvalidArgumentError naming the task and the input or output whose schema has no wire form
 */
export function bindInterface(
  name: string,
  schemas: {
    readonly inputs?: Schemas | undefined
    readonly output?: Schema | undefined
    readonly outputs?: Schemas | undefined
  },
  kind: 'task' | 'trace' | 'condition' | 'launch plan' | 'node' = 'task',
): TaskInterface {
  const owner = `${kind} ${name}`
  const inputs = sorted(schemas.inputs).map(([name, schema]) => bind(owner, 'input', name, name, schema))
  const outputs =
    schemas.output === undefined
      ? sorted(schemas.outputs).map(([name, schema]) => bind(owner, 'output', name, name, schema))
      : [bind(owner, 'output', singleOutputName, `${name.slice(name.indexOf('.') + 1)}Output`, schemas.output)]
  let typed: TypedInterface | undefined
  let hash: string | undefined
  return {
    owner,
    inputs,
    outputs,
    outputKind: schemas.output !== undefined ? 'single' : outputs.length > 0 ? 'named' : 'none',
    get typed() {
      typed ??= typedInterface({ inputs: toTypes(inputs), outputs: toTypes(outputs) })
      return typed
    },
    get hash() {
      hash ??= interfaceHash(this.typed)
      return hash
    },
  }
}

/**
 * The interface of a task that is deployed elsewhere, as its callers see it. An optional input is one with a default
 * there, not one of a union with none.
 */
export function bindDeployedInterface(
  name: string,
  { inputs = {}, ...outputs }: Parameters<typeof bindInterface>[1],
  kind: 'task' | 'launch plan' = 'task',
): TaskInterface {
  const required = Object.entries(inputs).map(([input, schema]) => [input, requiredSchema(schema)] as const)
  const bound = bindInterface(name, { inputs: Object.fromEntries(required), ...outputs }, kind)
  const { owner, outputKind, typed, hash } = bound
  const asGiven = bound.inputs.map((variable) => {
    const schema = inputs[variable.name] ?? variable.schema
    if (schema === variable.schema) return variable
    return { ...variable, schema, fallback: { value: undefined }, leftToDefault: true }
  })
  return { owner, outputKind, typed, hash, inputs: asGiven, outputs: bound.outputs }
}

function requiredSchema(schema: Schema): Schema {
  return isZodSchema(schema) ? (withoutOptional(schema) as unknown as Schema) : schema
}

// The wire has variables in the order of their names, and an object has no order to prefer: one order for all makes the
// hashes of inputs agree, whoever writes them.
function sorted(schemas: Schemas | undefined): [string, Schema][] {
  return Object.entries(schemas ?? {}).sort(([a], [b]) => compareText(a, b))
}

function bind(owner: string, what: 'input' | 'output', name: string, title: string, schema: Schema): Variable {
  try {
    const codec = codecFor(schema, title)
    return {
      name,
      nameBytes: Buffer.from(name),
      schema,
      codec,
      label: describeType(codec.type),
      where: `${what}${name === singleOutputName && what === 'output' ? '' : ` ${name}`} of ${owner}`,
      description: descriptionOf(schema),
      fallback: what === 'input' ? fallbackOf(schema) : undefined,
      transforms: isZodSchema(schema) ? transformsValues(schema) : true,
      holdsFiles: isZodSchema(schema) ? holdsFiles(schema) : transformerFor(schema)?.holdsFiles === true,
      artifact: what === 'output' ? artifactOf(schema) : undefined,
    }
  } catch (error) {
    if (!(error instanceof InvalidArgumentError || error instanceof DataValidationError)) throw error
    throw new InvalidArgumentError(`${owner}: ${what} ${name}: ${error.message}`, {
      field: `${what}s.${name}`,
      hint: error.hint,
      cause: error,
    })
  }
}

// A schema that accepts nothing has a default, or is optional.
function fallbackOf(schema: Schema): { value: unknown } | undefined {
  const result = schema['~standard'].validate(undefined)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    return undefined
  }
  return result.issues === undefined ? { value: result.value } : undefined
}

function descriptionOf(schema: Schema): string {
  const description = isZodSchema(schema) ? (schema as $ZodType & { description?: string }).description : undefined
  return description ?? ''
}

function toTypes(variables: readonly Variable[]) {
  return Object.fromEntries(
    variables.map(({ name, codec, description }) => [name, { type: codec.type, description }] as const),
  )
}

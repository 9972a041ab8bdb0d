import { create, toBinary } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { OutputsSchema, type ProducedArtifact, ProducedArtifactSchema } from '@tern/idl/task'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { OutputOf, Schema } from './standard-schema.ts'
import type { Variable } from './task-interface.ts'
import { isZodSchema } from './zod-facts.ts'

/** What the versions of an artifact are called, and what is said about them. */
export interface ArtifactOptions<T = unknown> {
  /** 1 to 255 characters, without `/` and `@`. */
  readonly name: string
  /** Defaults to one that names the run, the action and the attempt. */
  readonly version?: string | ((value: T) => string) | undefined
  readonly description?: string | undefined
  /** What versions can be found by. */
  readonly metadata?: Readonly<Record<string, string>> | ((value: T) => Readonly<Record<string, string>>) | undefined
}

const declared = new WeakMap<object, ArtifactOptions<never>>()

/**
 * The schema of an output that becomes a new version of an artifact each time that its task succeeds, e.g.
 * `output: artifact(Model, { name: 'model' })`. In a local run it is an output as any other.
 *
 * @throws InvalidArgumentError when the schema is not one of zod, or the name is none
 */
export function artifact<S extends Schema>(schema: S, options: ArtifactOptions<OutputOf<S>>): S {
  if (!isZodSchema(schema))
    throw new InvalidArgumentError('artifact: the schema must be one of zod', { field: 'schema' })
  checkName(options.name)
  const own = (schema as unknown as Clonable).clone(schema._zod.def, { parent: true })
  declared.set(own, options)
  return own as unknown as S
}

/** What `artifact` said of a schema, or of what it was made from. */
export function artifactOf(schema: Schema): ArtifactOptions | undefined {
  for (let each: $ZodType | undefined = isZodSchema(schema) ? schema : undefined; each; each = madeFrom(each)) {
    const options = declared.get(each)
    if (options !== undefined) return options as ArtifactOptions
  }
  return undefined
}

function madeFrom(schema: $ZodType): $ZodType | undefined {
  if (schema._zod.parent !== undefined) return schema._zod.parent
  const { def } = (schema as $ZodTypes)._zod
  return def.type === 'optional' || def.type === 'nullable' ? def.innerType : undefined
}

/** Outputs with a word on which of them are artifacts: flyteidl2.task.Outputs, as `bytes` is. */
export function withArtifacts(
  variables: readonly Variable[],
  values: readonly unknown[],
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (variables.every(({ artifact: options }) => options === undefined)) return bytes
  const produced = variables.flatMap((variable, index) => producedBy(variable, values[index]))
  // Fields of a message may come in pieces.
  const more = toBinary(OutputsSchema, create(OutputsSchema, { producedArtifacts: produced }))
  const all = new Uint8Array(bytes.length + more.length)
  all.set(bytes)
  all.set(more, bytes.length)
  return all
}

function producedBy({ name, codec, artifact: options }: Variable, value: unknown): ProducedArtifact[] {
  if (options === undefined || value === undefined || value === null) return []
  const { version = '', metadata = {}, description = '' } = options
  const init: MessageInitShape<typeof ProducedArtifactSchema> = {
    output: name,
    name: options.name,
    version: typeof version === 'function' ? version(value) : version,
    info: { description, userMetadata: typeof metadata === 'function' ? { ...metadata(value) } : { ...metadata } },
    type: codec.type,
  }
  return [create(ProducedArtifactSchema, init)]
}

interface Clonable {
  clone(def: unknown, options: { readonly parent: boolean }): object
}

function checkName(name: unknown): void {
  if (
    typeof name === 'string' &&
    name.length >= 1 &&
    name.length <= 255 &&
    !/[/@]/.test(name) &&
    name.trim() === name
  ) {
    return
  }
  throw new InvalidArgumentError(
    `artifact: the name ${JSON.stringify(name)} must have 1 to 255 characters, none of them "/" or "@"`,
    { field: 'name' },
  )
}

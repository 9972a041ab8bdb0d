import { InvalidArgumentError } from '@tern/core'
import { itemResultType } from '@tern/core/workflow'
import type { Codec, PlainCodec } from '../types/codec.ts'
import { structCodec } from '../types/composite-codecs.ts'
import { listSchema } from '../types/own-schemas.ts'
import { codecFor } from '../types/schema-codec.ts'
import { isSchema, type InputOf, type OutputOf, type Schema, type ValidationResult } from '../types/standard-schema.ts'
import { addTransformer, transformerFor } from '../types/transformers.ts'

/** What became of one item of a map with `onItemError: 'result'`. */
export type ItemResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ItemError }

/** Why an item of a map failed. */
export interface ItemError {
  readonly message: string
  /** The name of the error, where it is known. */
  readonly code: string
  /** Whose fault it is: `user` or `system`. */
  readonly kind: string
  /** Its last one, from 1; 0 where it is not known. */
  readonly attempt: number
  /** The name of its action. */
  readonly action: string
}

/**
 * The schema of what a map with `onItemError: 'result'` gives, for whatever takes it:
 *
 *     inputs: { lengths: itemResults(z.int()) }
 *
 * @param schema of what the mapped task gives
 */
export function itemResults<S extends Schema>(
  schema: S,
): Schema<readonly ItemResult<InputOf<S>>[], ItemResult<OutputOf<S>>[]> {
  if (!isSchema(schema)) {
    throw new InvalidArgumentError('itemResults needs the schema of one value, such as z.int()', { field: 'schema' })
  }
  return listSchema(itemResult(schema), 'item') as never
}

function itemResult(schema: Schema): Schema {
  const result: Schema = { '~standard': { version: 1, vendor: 'tern', validate: (given) => validate(schema, given) } }
  const codec = codecOf(schema)
  const holdsFiles = transformerFor(schema)?.holdsFiles ?? false
  addTransformer(result, { codec: () => codec, plain: () => codec.plain, holdsFiles })
  return result
}

function codecOf(schema: Schema): Codec {
  const { type, plain } = codecFor(schema, 'value')
  return structCodec(itemResultType(type), resultPlain(plain))
}

function resultPlain(value: PlainCodec): PlainCodec {
  const through = (of: (value: unknown) => unknown) => (given: unknown) => {
    const result = given as ItemResult<unknown>
    return result.ok ? { ok: true, value: of(result.value) } : { ok: false, error: result.error }
  }
  return { isIdentity: false, toPlain: through(value.toPlain), fromPlain: through(value.fromPlain) }
}

async function validate(schema: Schema, given: unknown): Promise<ValidationResult<unknown>> {
  if (typeof given !== 'object' || given === null || !('ok' in given)) {
    return { issues: [{ message: 'expected { ok: true, value } or { ok: false, error }' }] }
  }
  const result = given as ItemResult<unknown>
  if (!result.ok) return { value: result }
  const checked = await schema['~standard'].validate(result.value)
  if (checked.issues === undefined) return { value: { ok: true, value: checked.value } }
  return { issues: checked.issues.map(({ message, path = [] }) => ({ message, path: ['value', ...path] })) }
}

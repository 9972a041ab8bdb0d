import type { LiteralType } from '@tern/idl/core'
import { identity } from '../types/codec.ts'
import { makeLiteral, readLiteral } from '../types/core-values.ts'
import type { Schema } from '../types/standard-schema.ts'
import { addTransformer } from '../types/transformers.ts'
import type { RefData } from './references.ts'

/** The schema of what a reference stands for: that of the output or input itself, or one that is made from its type. */
export function schemaOfRef({ node, output, path, type }: RefData, inputs: Readonly<Record<string, Schema>>): Schema {
  const known = node === undefined ? inputs[output] : node.schemas.get(output)
  return known !== undefined && path.length === 0 ? known : schemaOfType(type)
}

/** A schema that takes whatever is of a type. */
function schemaOfType(type: LiteralType): Schema {
  const schema: Schema = { '~standard': { version: 1, vendor: 'tern', validate: (value) => ({ value }) } }
  const codec = {
    type,
    toLiteral: (value: unknown) => makeLiteral(value, type),
    fromLiteral: (literal: Parameters<typeof readLiteral>[0]) => readLiteral(literal, type),
    plain: identity,
  }
  addTransformer(schema, { codec: () => codec, plain: () => identity })
  return schema
}

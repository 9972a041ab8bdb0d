import { type JsonObject, toBinary } from '@bufbuild/protobuf'
import { LiteralSchema, type LiteralType } from '@tern/idl/core'
import { jsonSchemaOf } from '../json-schema-of.ts'
import { literalTypes } from '../literal-types.ts'
import { toLiteral } from '../to-literal.ts'
import type { StartedEnd } from './effects.ts'
import type { LiteralBytes } from './literal-bytes.ts'

/** How an item failed. */
export type ItemFailure = Exclude<StartedEnd, { readonly outputs: Uint8Array }>

/** What a map node gives for one item, where its failures are results: `{ ok, value }` or `{ ok, error }`. */
export function itemResult(
  of: { readonly ok: true; readonly value: unknown } | ({ readonly ok: false } & ItemFailure),
): LiteralBytes {
  const value = of.ok ? of : { ok: false, error: errorOf(of) }
  return toBinary(LiteralSchema, toLiteral(value, literalTypes.struct({})))
}

function errorOf({ failure, attempt, action }: ItemFailure) {
  const { message, code, kind } = failure
  return { message, code, kind, attempt: attempt ?? 0, action: action ?? '' }
}

const text = { type: 'string' }

/** The JSON schema of how an item failed. */
const itemErrorSchema: JsonObject = {
  title: 'ItemError',
  type: 'object',
  properties: { message: text, code: text, kind: text, attempt: { type: 'integer' }, action: text },
  required: ['message', 'code', 'kind', 'attempt', 'action'],
}

/** The type of what a map node gives for an item of the type, where its failures are results. */
export function itemResultType(type: LiteralType): LiteralType {
  const { schema, definitions } = jsonSchemaOf(type)
  return literalTypes.struct({
    title: 'ItemResult',
    type: 'object',
    properties: { ok: { type: 'boolean' }, value: schema, error: itemErrorSchema },
    required: ['ok'],
    ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
  })
}

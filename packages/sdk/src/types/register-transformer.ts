import { DataValidationError } from '@tern/core'
import type { Codec, PlainCodec } from './codec.ts'
import { codecFor } from './schema-codec.ts'
import { isSchema, type Schema } from './standard-schema.ts'
import { addMatchingTransformer, addTransformer } from './transformers.ts'

/** Says how the values of some schemas travel, by way of a schema that has a wire form already. */
export interface Transformer<Value, Wire> {
  /** The schemas it is for: one of them, or a question about any. */
  readonly schema: Schema<unknown, Value> | ((schema: object) => boolean)
  /** What is sent instead. */
  readonly wire: Schema<unknown, Wire>
  readonly toWire: (value: Value) => Wire
  readonly fromWire: (wire: Wire) => Value
}

/**
 * Makes schemas usable that have no wire form of their own, such as `z.instanceof(URL)`. Register before the tasks that
 * use them are declared; the latest registration wins.
 */
export function registerTransformer<Value, Wire>(transformer: Transformer<Value, Wire>): void {
  const { schema, wire } = transformer
  const registered = {
    codec: (name: string) => transformingCodec(transformer, codecFor(wire, name)),
    plain: () => transformingPlain(transformer, codecFor(wire, '').plain),
  }
  if (isSchema(schema)) addTransformer(schema, registered)
  else addMatchingTransformer(schema, registered)
}

function transformingCodec<Value, Wire>(transformer: Transformer<Value, Wire>, wire: Codec): Codec {
  return {
    type: wire.type,
    plain: transformingPlain(transformer, wire.plain),
    toLiteral: (value) => wire.toLiteral(guarded(() => transformer.toWire(value as Value))),
    fromLiteral: (literal) => guarded(() => transformer.fromWire(wire.fromLiteral(literal) as Wire)),
  }
}

function transformingPlain<Value, Wire>(transformer: Transformer<Value, Wire>, wire: PlainCodec): PlainCodec {
  return {
    isIdentity: false,
    toPlain: (value) => wire.toPlain(guarded(() => transformer.toWire(value as Value))),
    fromPlain: (plain) => guarded(() => transformer.fromWire(wire.fromPlain(plain) as Wire)),
  }
}

function guarded<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof DataValidationError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DataValidationError(`its transformer failed: ${reason}`, { cause: error })
  }
}
